package dev.tidegate.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tidegate.pipeline.ReplayPipeline;
import dev.tidegate.pipeline.ReplayPipelineConfiguration;
import dev.tidegate.pipeline.ReplayPipelineOptions;
import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.testing.TestDatabase;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.beam.runners.direct.DirectRunner;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole system in this process, on embedded Flink, reached as other programs reach it. */
class LocalSystemIT {
  private static ReachableSystem system;

  @BeforeAll
  static void reach() {
    system = new ReachableSystem(SharedSystem.get().description());
  }

  @Test
  void anEventsRowsStandInPostgresAndItsBodyInTheArchive() throws Exception {
    system.publish(container("e1", "c1", "TEMU0000001", "2026-01-31T10:00:00Z"), Map.of());

    awaitLedger("e1", "PROCESSED");
    assertThat(system.sql("SELECT number FROM containers WHERE t49_container_id = 'c1'"))
        .containsExactly("TEMU0000001");
    awaitArchived("e1", 1);
  }

  @Test
  void theLedgersPayloadsHaveTheirDaysPartitions() throws Exception {
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.sql(
                            "SELECT count(*) FROM pg_inherits"
                                + " WHERE inhparent = 'event_payloads'::regclass"))
                    .as("the default one, today's and two days' ahead")
                    .containsExactly("4"));
  }

  @Test
  void anOlderNotificationDoesNotOverwriteANewerOne() throws Exception {
    system.publish(container("new", "c2", "NEWU0000001", "2026-01-31T10:00:00Z"), Map.of());
    awaitLedger("new", "PROCESSED");
    system.publish(container("old", "c2", "OLDU0000001", "2026-01-30T10:00:00Z"), Map.of());
    awaitLedger("old", "PROCESSED");

    assertThat(system.sql("SELECT number FROM containers WHERE t49_container_id = 'c2'"))
        .containsExactly("NEWU0000001");
  }

  @Test
  void aRepeatIsDroppedAndAnotherBodyOfTheSameIdIsKept() throws Exception {
    byte[] body = container("same", "c3", "TEMU0000003", "2026-01-31T10:00:00Z");
    byte[] other = container("same", "c3", "TEMU0000004", "2026-01-31T10:00:00Z");
    system.publish(body, Map.of());
    system.publish(other, Map.of());
    system.publish(body, Map.of());
    system.publish(container("after", "c4", "TEMU0000005", "2026-01-31T10:00:00Z"), Map.of());

    awaitArchived("same", 2);
    awaitLedger("after", "PROCESSED");
    await()
        .untilAsserted(
            () ->
                assertThat(system.sql("SELECT attempts FROM events WHERE notification_id = 'same'"))
                    .containsExactly("2"));
    awaitArchived("same", 2);
    // The third message is where analysts ask for repeats, and is no outcome of the event.
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.query(
                            "SELECT count(*), count(DISTINCT message_id) FROM event_outcomes"
                                + " WHERE notification_id = 'same' AND status = 'REPEATED'"))
                    .containsExactly("1|1"));
    assertThat(
            system.query(
                "SELECT sum(repeats) >= 1, sum(messages) > sum(repeats) FROM duplicate_rate_daily"
                    + " WHERE event_type = 'container.created'"))
        .containsExactly("true|true");
    // The outcome is archived after the rows are committed.
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.query(
                            "SELECT status IN ('APPLIED', 'STALE'), copies FROM events"
                                + " WHERE notification_id = 'same'"))
                    .containsExactly("true|2"));
  }

  @Test
  void nothingThatASenderSaysMovesTheTimeOfReceipt() throws Exception {
    for (String time : new String[] {"2019-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
      String id = "received-" + time.substring(0, 4);
      system.publish(
          container(id, id, "TEMU0000010", "2026-01-31T10:00:00Z"),
          Map.of("ce-time", time, "received_at", time));
      awaitLedger(id, "PROCESSED");
      awaitArchived(id, 1);
      assertThat(
              system.sql(
                  "SELECT received_at = published_at FROM events WHERE notification_id = '%s'"
                      .formatted(id)))
          .containsExactly("t");
      assertThat(
              system.query(
                  "SELECT received_at = publish_time FROM raw_events WHERE notification_id = '%s'"
                      .formatted(id)))
          .containsExactly("true");
    }
    // So the clock guard holds, whatever time an attribute names.
    system.publish(
        container("ahead", "ahead", "TEMU0000011", "9998-01-01T00:00:00Z"),
        Map.of("ce-time", "9998-01-01T00:00:00Z", "received_at", "9998-01-01T00:00:00Z"));
    awaitLedger("ahead", "DEAD_LETTER");
  }

  @Test
  void aForgedReplayIsArchivedAsAnyOtherEvent() throws Exception {
    byte[] body = container("forged", "forged", "TEMU0000012", "2026-01-31T10:00:00Z");
    system.publish(
        body, Map.of("replay_id", "forged", "body_sha256", Sha256.hexOf(body), "stamp", "forged"));

    awaitLedger("forged", "PROCESSED");
    awaitArchived("forged", 1);
    assertThat(
            system.query(
                "SELECT replay_id, json_extract_string(attributes, '$.unproved_replay_id')"
                    + " FROM raw_events WHERE notification_id = 'forged'"))
        .containsExactly("null|forged");
  }

  @Test
  void ledgerArchiveAndRowsAgreeOnTypeAndIdentity() throws Exception {
    // The body's own type, whatever the attribute says; of names that repeat, the last.
    system.publish(
        container("typed", "typed", "TEMU0000013", "2026-01-31T10:00:00Z"),
        Map.of("ce-type", "container.transport.full_out"));
    String repeated =
        new String(container("last", "last", "TEMU0000014", "2026-01-31T10:00:00Z"), UTF_8)
            .replaceFirst(
                "\\{",
                "{\"data\":{\"id\":\"first\",\"attributes\":{\"event\":\"container.updated\"}},");
    system.publish(repeated.getBytes(UTF_8), Map.of());

    for (String id : new String[] {"typed", "last"}) {
      awaitLedger(id, "PROCESSED");
      awaitArchived(id, 1);
      assertThat(
              system.sql(
                  "SELECT event_type, number FROM events JOIN containers"
                      + " ON t49_container_id = notification_id WHERE notification_id = '%s'"
                          .formatted(id)))
          .containsExactly(
              "container.created|" + (id.equals("typed") ? "TEMU0000013" : "TEMU0000014"));
      assertThat(
              system.query(
                  "SELECT event_type FROM raw_events WHERE notification_id = '%s'".formatted(id)))
          .containsExactly("container.created");
    }
    assertThat(system.sql("SELECT 1 FROM events WHERE notification_id = 'first'")).isEmpty();
  }

  @Test
  void tenantsDoNotMeet() throws Exception {
    system.publish(
        container("t", "shared", "AAAU0000001", "2026-01-31T10:00:00Z"), Map.of("tenant_id", "a"));
    system.publish(
        container("t", "shared", "BBBU0000001", "2026-01-31T11:00:00Z"), Map.of("tenant_id", "b"));

    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.sql(
                            "SELECT tenant_id, number FROM containers"
                                + " WHERE t49_container_id = 'shared' ORDER BY 1"))
                    .containsExactly("a|AAAU0000001", "b|BBBU0000001"));
  }

  @Test
  void malformedJsonIsADeadLetterThatHoldsTheOriginal() throws Exception {
    deadLetterOf("{\"data\":".getBytes(UTF_8), Map.of("notification_id", "malformed"), "Decode");
  }

  @Test
  void anEmptyBodyIsADeadLetter() throws Exception {
    deadLetterOf(new byte[0], Map.of("notification_id", "empty"), "Decode");
  }

  @Test
  void invalidUtf8IsADeadLetterWithItsBytes() throws Exception {
    deadLetterOf(
        new byte[] {'{', '"', (byte) 0xFF, '"', ':', '1', '}'},
        Map.of("notification_id", "not-utf8"),
        "Decode");
  }

  @Test
  void aNulCharacterInAValueIsADeadLetter() throws Exception {
    deadLetterOf(
        container("nul", "c5", "NUL\\u0000", "2026-01-31T10:00:00Z"), Map.of(), "Transform");
  }

  @Test
  void aThousandLevelsAreADeadLetter() throws Exception {
    deadLetterOf(
        ("{\"a\":".repeat(1000) + "1" + "}".repeat(1000)).getBytes(UTF_8),
        Map.of("notification_id", "deep"),
        "Decode");
  }

  @Test
  void anAbsurdTimeIsADeadLetter() throws Exception {
    deadLetterOf(
        container("future", "c6", "TEMU0000006", "2999-01-01T00:00:00Z"), Map.of(), "Validate");
  }

  @Test
  void aRefusedNotificationDoesNotRuleTheArchivesViews() throws Exception {
    system.publish(loaded("clock-1", "9999-12-31T23:59:59Z", "WRONG"), Map.of());
    system.publish(loaded("clock-2", "infinity", "WRONG"), Map.of());
    system.publish(loaded("clock-3", "2026-02-05T10:00:00Z", "RIGHT"), Map.of());
    awaitLedger("clock-1", "DEAD_LETTER");
    awaitLedger("clock-2", "PROCESSED");
    awaitLedger("clock-3", "PROCESSED");
    awaitArchived("clock-3", 1);

    assertThat(
            system.query(
                "SELECT notification_id, voyage_number FROM container_milestones"
                    + " WHERE transport_event_id = 'te-clock'"))
        .containsExactly("clock-3|RIGHT");
    assertThat(
            system.sql(
                "SELECT voyage_number FROM container_events WHERE t49_event_id = 'te-clock'"))
        .containsExactly("RIGHT");
  }

  @Test
  void whatJsonCannotCarryIsKeptAsBytesAndSeenByEveryView() throws Exception {
    byte[] body =
        new String(loaded("bytes", "2026-02-05T10:00:00Z", "V1"), UTF_8)
            .replaceFirst("\\{", "{\"meta\":{\"x\":\"a\\\\u0000b\",\"x\":1e400,\"x\":\"ok\"},")
            .replace("te-clock", "te-bytes")
            .getBytes(UTF_8);
    system.publish(body, Map.of());
    awaitLedger("bytes", "PROCESSED");
    awaitArchived("bytes", 1);

    assertThat(
            system.sql(
                "SELECT raw_payload IS NULL, encode(payload_body(p.payload), 'hex')"
                    + " FROM webhook_deliveries d JOIN event_payloads p"
                    + " ON p.tenant_id = d.tenant_id AND p.notification_id = d.t49_notification_id"
                    + " WHERE t49_notification_id = 'bytes'"))
        .containsExactly("t|" + HexFormat.of().formatHex(body));
    // Everybody's.
    assertThat(system.sql("SELECT raw_payload, delivery_status FROM webhook_deliveries"))
        .isNotEmpty();
    assertThat(
            system.query(
                "SELECT payload IS NULL, lower(hex(r.body)), voyage_number"
                    + " FROM raw_events r JOIN container_milestones USING (notification_id)"
                    + " WHERE transport_event_id = 'te-bytes'"))
        .containsExactly("true|" + HexFormat.of().formatHex(body) + "|V1");
  }

  @Test
  void aMessageWithoutAnIdIsADeadLetterUnderItsMessagesId() throws Exception {
    byte[] body = "{\"data\":{\"type\":\"webhook_notification\"}}".getBytes(UTF_8);
    String messageId = system.publish(body, Map.of());

    awaitLedger("pubsub-message:" + messageId, "DEAD_LETTER");
    awaitArchived("pubsub-message:" + messageId, 1);
  }

  @Test
  void anUnusableTenantIsADeadLetterAndNoOtherTenantsEvent() throws Exception {
    system.publish(
        container("stray", "c7", "TEMU0000007", "2026-01-31T10:00:00Z"),
        Map.of("tenant_id", "a\nb"));

    awaitLedger("stray", "DEAD_LETTER");
    assertThat(system.sql("SELECT tenant_id FROM events WHERE notification_id = 'stray'"))
        .containsExactly("unidentified");
    assertThat(system.sql("SELECT 1 FROM containers WHERE t49_container_id = 'c7'")).isEmpty();
  }

  @Test
  void elevenLevelsAndABodyOverAMegabyteAreOrdinary() throws Exception {
    String deep = "[".repeat(11) + "]".repeat(11);
    system.publish(
        notification(
            "large",
            "container.teleported",
            "{\"x\":\"%s\",\"deep\":%s}".formatted("y".repeat(1_500_000), deep)),
        Map.of());

    awaitLedger("large", "UNHANDLED");
    awaitArchived("large", 1);
  }

  @Test
  void anUnknownTypeAndAnUnknownSourceAreRecordedAsUnhandled() throws Exception {
    system.publish(notification("unknown-type", "container.teleported", "{}"), Map.of());
    system.publish(
        "{\"total\":1}".getBytes(UTF_8),
        Map.of("notification_id", "o1", "event_type", "order.placed", "source", "shop"));

    awaitLedger("unknown-type", "UNHANDLED");
    awaitLedger("o1", "UNHANDLED");
  }

  @Test
  void whatIsAlreadyRunningOrTakenIsSaidBeforeAnythingStarts(@TempDir Path other) throws Exception {
    LocalOptions sameFolder = SharedSystem.optionsOn(SharedSystem.dataFolder());
    assertThatThrownBy(() -> LocalSystem.start(sameFolder, step -> {}))
        .isInstanceOf(LocalSystemException.class)
        .hasMessageContaining("Another Tidegate runs on");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      LocalOptions free = SharedSystem.optionsOn(other);
      LocalOptions takenPort =
          new LocalOptions(
              other,
              new LocalOptions.Ports(taken.getLocalPort(), 0, 0),
              free.pubsub(),
              free.database(),
              free.archiveFolder(),
              free.runner(),
              free.parallelism(),
              Optional.empty(),
              List.of(),
              List.of());
      assertThatThrownBy(() -> LocalSystem.start(takenPort, step -> {}))
          .isInstanceOf(LocalSystemException.class)
          .hasMessageContaining("Port " + taken.getLocalPort() + " is taken")
          .hasMessageContaining("--gateway-port");
      LocalOptions wrongGateway =
          new LocalOptions(
              other,
              free.ports(),
              free.pubsub(),
              free.database(),
              free.archiveFolder(),
              free.runner(),
              free.parallelism(),
              Optional.of(Files.writeString(other.resolve("gateway.yaml"), "webhook: []")),
              List.of(),
              List.of());
      List<String> steps = new ArrayList<>();
      assertThatThrownBy(() -> LocalSystem.start(wrongGateway, steps::add))
          .isInstanceOf(LocalSystemException.class)
          .hasMessageContaining("/webhook (line 1): is not known; did you mean webhooks?");
      assertThat(steps).isEmpty();
    }
  }

  @Test
  void whatIsGivenFromOutsideIsUsedAndNotStarted(@TempDir Path other) throws Exception {
    TestDatabase database = TestDatabase.createEmpty();
    Path secret = Files.writeString(other.resolve("secret"), "the partner's secret");
    Path gateway =
        Files.writeString(
            other.resolve("gateway.yaml"),
            """
            port: 1
            pubsub: {project: production, topic: production}
            database: {jdbcUrl: "jdbc:postgresql://away/d", username: u, password: env:NOT_SET}
            eventIdKey: env:NOT_SET
            stampKey: env:NOT_SET
            webhooks:
              - name: partner
                source: partner
                scheme: HMAC
                header: X-Signature
                notificationIdPointer: /id
                eventTypePointer: /type
                secrets: [{tenant: acme, secret: "file:%s"}]
            authentication:
              apiKeys: [{id: acme-service, sha256: %s, tenant: acme}]
            """
                .formatted(secret, Sha256.hexOf("acme's key".getBytes(UTF_8))));
    Path sources =
        Files.writeString(
            other.resolve("partner.yaml"),
            """
            source: partner
            event: { id: body:/id, type: body:/type }
            tables:
              partner_things: { key: { thing_id: text }, groups: { state: { kind: text } } }
            events:
              hooked:
                rows:
                  - { table: partner_things, key: { thing_id: payload.id }, set: { kind: event.type } }
            """);
    try (EmbeddedPubsub pubsub = EmbeddedPubsub.start(other.resolve("outside"), 0);
        LocalSystem onOutside =
            LocalSystem.start(
                new LocalOptions(
                    other.resolve("data"),
                    new LocalOptions.Ports(0, 0, 0),
                    new LocalOptions.Pubsub(
                        Optional.of(pubsub.endpoint()),
                        "other-project",
                        "other-topic",
                        "other-sub"),
                    Optional.of(
                        new LocalOptions.Database(database.jdbcUrl(), TestDatabase.USERNAME)),
                    Optional.of(other.resolve("elsewhere")),
                    LocalOptions.Runner.DIRECT,
                    1,
                    Optional.of(gateway),
                    List.of(sources.toString()),
                    List.of("acme", "default")),
                step -> {})) {
      ReachableSystem outside = new ReachableSystem(onOutside.description());
      String body = "{\"id\":\"h1\",\"type\":\"hooked\"}";
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Files.readAllBytes(secret), "HmacSHA256"));
      String signature = HexFormat.of().formatHex(mac.doFinal(body.getBytes(UTF_8)));
      String url = onOutside.description().gatewayUrl();
      HttpRequest.Builder signed =
          HttpRequest.newBuilder()
              .header("Content-Type", "application/json")
              .header("X-Signature", signature)
              .POST(HttpRequest.BodyPublishers.ofString(body));
      assertThat(status(signed.uri(URI.create(url + "/webhooks/partner")))).isEqualTo(202);
      assertThat(status(signed.uri(URI.create(url + "/webhooks/terminal49")))).isEqualTo(404);
      HttpRequest.Builder list = HttpRequest.newBuilder(URI.create(url + "/events"));
      assertThat(status(list)).isEqualTo(401);
      assertThat(status(list.header("X-API-Key", "acme's key"))).isEqualTo(200);
      outside.publish(container("out", "c8", "OUTU0000001", "2026-01-31T10:00:00Z"), Map.of());

      await()
          .untilAsserted(
              () ->
                  assertThat(outside.sql("SELECT notification_id || status FROM events"))
                      .containsExactlyInAnyOrder("outPROCESSED", "h1PROCESSED"));
      assertThat(outside.sql("SELECT tenant_id, thing_id, kind FROM partner_things"))
          .containsExactly("acme|h1|hooked");
      assertThat(other.resolve("data"))
          .isDirectoryNotContaining("glob:**{postgres,pubsub,archive}");
      await()
          .untilAsserted(
              () ->
                  assertThat(outside.query("SELECT count(*) FROM raw_events"))
                      .containsExactly("2"));
      assertThat(other.resolve("elsewhere/raw_events")).isDirectory();

      byte[] notListed = "{\"id\":\"h2\",\"type\":\"hooked\"}".getBytes(UTF_8);
      outside.publish(notListed, Map.of("tenant_id", "globex", "source", "partner"));
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          outside.sql(
                              "SELECT tenant_id, error_class, status, convert_from(body, 'UTF8')"
                                  + " FROM event_dead_letters"))
                      .containsExactly(
                          "globex|TENANT_MISMATCH|OPEN|" + new String(notListed, UTF_8)));
      assertThat(outside.sql("SELECT tenant_id FROM partner_things")).containsExactly("acme");
      replayMismatches(database, sources);
      assertThat(outside.sql("SELECT status FROM event_dead_letters")).containsExactly("REPLAYED");
      assertThat(outside.sql("SELECT tenant_id, thing_id FROM partner_things"))
          .containsExactlyInAnyOrder("acme|h1", "globex|h2");
    }
  }

  /** As an operator does when the tenant is welcome after all. */
  private static void replayMismatches(TestDatabase database, Path sources) {
    ReplayPipelineOptions options = PipelineOptionsFactory.create().as(ReplayPipelineOptions.class);
    options.setRunner(DirectRunner.class);
    options.setFrom(ReplayPipelineOptions.Source.DEAD_LETTERS);
    options.setOutput(ReplayPipelineOptions.Output.SINKS);
    options.setErrorClasses(List.of("TENANT_MISMATCH"));
    options.setTenants(List.of("globex"));
    options.setJdbcUrl(database.jdbcUrl());
    options.setJdbcUsername(TestDatabase.USERNAME);
    options.setSources(sources.toString());
    Pipeline replay = Pipeline.create(options);
    ReplayPipeline.build(replay, ReplayPipelineConfiguration.of(options), preview -> {});
    replay.run().waitUntilFinish();
  }

  private static int status(HttpRequest.Builder request) throws Exception {
    return HttpClient.newHttpClient()
        .send(request.build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private static void deadLetterOf(byte[] body, Map<String, String> attributes, String stage)
      throws Exception {
    String messageId = system.publish(body, attributes);

    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.sql(
                            "SELECT stage, encode(body, 'base64'), e.status"
                                + " FROM event_dead_letters l"
                                + " JOIN events e USING (tenant_id, source, notification_id)"
                                + " WHERE l.message_id = '%s'".formatted(messageId)))
                    .as("dead letter and ledger")
                    .singleElement()
                    .satisfies(
                        row -> {
                          String[] cells = row.split("\\|", -1);
                          assertThat(cells[0]).isEqualTo(stage);
                          assertThat(Base64.getMimeDecoder().decode(cells[1])).isEqualTo(body);
                          assertThat(cells[2]).isEqualTo("DEAD_LETTER");
                        }));
    for (String view : new String[] {"raw_events", "dead_letters"}) {
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          system.query(
                              "SELECT count(*) FROM %s WHERE message_id = '%s'"
                                  .formatted(view, messageId)))
                      .containsExactly("1"));
    }
  }

  private static void awaitLedger(String notificationId, String status) {
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.sql(
                            "SELECT status FROM events WHERE notification_id = '%s'"
                                .formatted(notificationId)))
                    .containsExactly(status));
  }

  private static void awaitArchived(String notificationId, int copies) {
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.query(
                            "SELECT count(*) FROM raw_events WHERE notification_id = '%s'"
                                .formatted(notificationId)))
                    .containsExactly(Integer.toString(copies)));
  }

  private static byte[] container(String id, String containerId, String number, String createdAt) {
    return """
    {"data":{"id":"%s","type":"webhook_notification",
     "attributes":{"event":"container.created","created_at":"%s"}},
     "included":[{"id":"%s","type":"container","attributes":{"number":"%s"}}]}
    """
        .formatted(id, createdAt, containerId, number)
        .getBytes(UTF_8);
  }

  private static byte[] loaded(String id, String createdAt, String voyage) {
    return """
    {"data":{"id":"%s","type":"webhook_notification",
     "attributes":{"event":"container.transport.vessel_loaded","created_at":"%s"},
     "relationships":{"reference_object":{"data":{"id":"te-clock","type":"transport_event"}}}},
     "included":[{"id":"te-clock","type":"transport_event","attributes":{
      "event":"container.transport.vessel_loaded","voyage_number":"%s",
      "timestamp":"2026-02-04T08:00:00Z","timezone":"Asia/Shanghai"}}]}
    """
        .formatted(id, createdAt, voyage)
        .getBytes(UTF_8);
  }

  private static byte[] notification(String id, String type, String extra) {
    return """
    {"data":{"id":"%s","type":"webhook_notification",
     "attributes":{"event":"%s","created_at":"2026-01-31T10:00:00Z"}},"meta":%s}
    """
        .formatted(id, type, extra)
        .getBytes(UTF_8);
  }
}
