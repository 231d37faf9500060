package dev.tidegate.gateway.replay;

import static dev.tidegate.gateway.replay.ReplayClient.quickly;
import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static dev.tidegate.gateway.store.TestLedger.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import dev.tidegate.gateway.observe.OpenApiDocument;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.RecordingPublisher.Published;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.schemas.Version;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replays of many events: which they take, and what they publish. */
class ReplayIT {
  private static final JsonSchema REQUEST = requestSchema();

  private static TestLedger ledger;

  private final RecordingPublisher publisher = new RecordingPublisher();
  private RunningReplays running;
  private ReplayClient replays;

  @BeforeAll
  static void create() throws SQLException {
    ledger = TestLedger.create();
  }

  @BeforeEach
  void open() throws SQLException {
    ledger.empty();
    running = RunningReplays.start(ledger, publisher);
    replays = running.client();
  }

  @AfterEach
  void close() {
    running.close();
  }

  @Test
  void everyLetterIsPublishedAsTheReplayPipelineDoes() throws SQLException {
    ledger.letters("a", 250);
    String replay = replays.start(A_OPERATOR, quickly(""));

    JsonNode done = replays.awaitCompleted(replay);
    assertThat(done.path("selected").asInt()).isEqualTo(250);
    assertThat(done.path("published").asInt()).isEqualTo(250);
    assertThat(publisher.all("notification_id")).containsExactlyElementsOf(ids(250));
    Published first = publisher.all().get(0);
    assertThat(first.event().body()).asString(StandardCharsets.UTF_8).isEqualTo("letter n000");
    assertThat(first.event().attributes())
        .containsEntry("replay_id", replay)
        .containsEntry("tenant_id", "a")
        .containsEntry("source", "shop")
        .containsEntry("event_type", "order.paid")
        .containsEntry("trace", "kept")
        .containsEntry("attempts", "1")
        .containsEntry("body_sha256", Sha256.hexOf("letter n000".getBytes(StandardCharsets.UTF_8)))
        .containsEntry("original_publish_time", "2026-03-01T09:59:59Z")
        .containsEntry(
            "dead_letter_id",
            ledger.query(
                "SELECT dead_letter_id FROM event_dead_letters WHERE notification_id = 'n000'"));
  }

  @Test
  void aDryRunPublishesNothing() throws SQLException {
    ledger.letters("a", 3);
    ledger.letters("b", 4);

    Answer answer = replays.client().post(A_OPERATOR, "/admin/replays", "{\"dryRun\":true}");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("selected").asInt()).isEqualTo(3);
    assertThat(
            replays
                .client()
                .post(PLATFORM, "/admin/replays", "{\"dryRun\":true}")
                .json()
                .path("selected")
                .asInt())
        .isEqualTo(7);
    // A replay that is asked for later is done: had the others become replays, so were they.
    replays.awaitCompleted(
        replays.start(A_OPERATOR, quickly(",\"filter\":{\"sources\":[\"none\"]}")));
    assertThat(publisher.all()).isEmpty();
    assertThat(ledger.query("SELECT count(*) FROM replays")).isEqualTo("1");
  }

  @ParameterizedTest
  @CsvSource({
    "DEAD_LETTERS, , missing",
    "LEDGER, , none",
    "DEAD_LETTERS, NONE, none",
    "LEDGER, MISSING, missing",
    "LEDGER, ALL, all"
  })
  void eachEventSaysWhichEffectsItMayCause(String from, String effects, String attribute)
      throws SQLException {
    ledger.letter("a", "n1", "f1");
    ledger.event("a", "n2");
    String replay =
        replays.start(
            A_OPERATOR,
            quickly(
                ",\"from\":\"%s\"%s"
                    .formatted(
                        from, effects == null ? "" : ",\"effects\":\"%s\"".formatted(effects))));

    assertThat(replays.awaitCompleted(replay).path("effects").asText())
        .isEqualTo(attribute.toUpperCase(Locale.ROOT));
    assertThat(publisher.all("effects")).containsExactly(attribute);
  }

  @Test
  void aDryRunTellsWhichEffectsMayBeCausedAndHowManyAgain() throws SQLException {
    ledger.event("a", "n1");
    ledger.event("b", "n1");
    for (String cause : List.of("n1", "n1", "n2")) {
      ledger.execute(
          """
          INSERT INTO effects (tenant_id, effect_id, source, cause, handler, effect_key, kind,
            effect_type)
          VALUES ('a', gen_random_uuid(), 'shop', '%s', 't', 'k', 'TASK', 't')
          """
              .formatted(cause));
    }
    JsonNode usual = dryRun("{\"dryRun\":true,\"from\":\"LEDGER\"}");
    assertThat(usual.path("effects").asText()).isEqualTo("NONE");
    assertThat(usual.has("effectsRepeated")).isFalse();
    JsonNode all = dryRun("{\"dryRun\":true,\"from\":\"LEDGER\",\"effects\":\"ALL\"}");
    assertThat(all.path("selected").asInt()).isEqualTo(1);
    assertThat(all.path("effectsRepeated").asInt()).isEqualTo(2);
  }

  private JsonNode dryRun(String body) {
    return replays.client().post(A_OPERATOR, "/admin/replays", body).json();
  }

  @Test
  void anOperatorsReplayNeverTouchesAnotherTenant() throws SQLException {
    ledger.letters("a", 5);
    ledger.letters("b", 5);

    for (String tenants : List.of("[\"b\"]", "[\"a\",\"b\"]")) {
      Answer refused =
          replays
              .client()
              .post(
                  A_OPERATOR, "/admin/replays", "{\"filter\":{\"tenants\":%s}}".formatted(tenants));
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.pointers()).containsExactly("/filter/tenants");
    }
    replays.awaitCompleted(replays.start(A_OPERATOR, quickly("")));
    assertThat(publisher.all("tenant_id")).hasSize(5).containsOnly("a");
    assertThat(ledger.query("SELECT count(*) FROM audit_records WHERE outcome = 'REFUSED'"))
        .isEqualTo("2");
  }

  @Test
  void platformOperatorsReplayTheTenantsTheyName() throws SQLException {
    ledger.letters("a", 2);
    ledger.letters("b", 2);
    ledger.letters("c", 2);

    replays.awaitCompleted(
        replays.start(PLATFORM, quickly(",\"filter\":{\"tenants\":[\"a\",\"b\"]}")));
    assertThat(publisher.all("tenant_id")).containsExactly("a", "a", "b", "b");
    assertThat(replays.client().get(A_OPERATOR, "/admin/replays").json().path("items")).isEmpty();
  }

  /**
   * The command line's token is a platform operator's, and its tenant's operators look after it.
   */
  @Test
  void aReplayOfOneTenantsEventsIsThatTenants() throws SQLException {
    ledger.letters("a", 3);
    String replay = replays.start(PLATFORM, quickly(""));
    JsonNode done = replays.awaitCompleted(replay);
    assertThat(done.path("tenant").asText()).isEqualTo("a");
    assertThat(replays.client().get(A_OPERATOR, "/admin/replays").json().path("items").path(0))
        .isEqualTo(withoutDetail(done));
    // Another tenant's letters that come meanwhile are not taken.
    assertThat(ledger.query("SELECT tenant_scope FROM replays")).isEqualTo("{a}");

    ledger.letters("b", 1);
    JsonNode ofBoth = replays.awaitCompleted(replays.start(PLATFORM, quickly("")));
    assertThat(ofBoth.has("tenant")).isFalse();
    assertThat(replays.client().get(A_OPERATOR, "/admin/replays").json().path("items").size())
        .isEqualTo(1);
  }

  private static JsonNode withoutDetail(JsonNode replay) {
    ObjectNode listed = replay.deepCopy();
    listed.remove("failedAgain");
    return listed;
  }

  @Test
  void aReplayWhoseCommandIsGoneHasFailedAndIsNotResumed() throws SQLException {
    ledger.letters("a", 3);
    ledger.execute(
        """
        INSERT INTO replays (tenant_id, replay_id, origin, runner, filter, events_per_second,
          selected, published, lease_token, leased_until, requested_by_tenant, request_id)
        VALUES ('a', '00000000-0000-0000-0000-00000000000c', 'DEAD_LETTERS', 'COMMAND', '{}', 0,
          3, 1, gen_random_uuid(), now() + interval '1 second', 'a', 'r')
        """);
    String replay = "00000000-0000-0000-0000-00000000000c";
    String path = "/admin/replays/" + replay;
    assertThat(replays.client().post(A_OPERATOR, path + "/pause", null).status()).isEqualTo(200);
    assertThat(replays.show(replay).path("status").asText()).isEqualTo("PAUSED");
    assertThat(replays.client().post(A_OPERATOR, path + "/resume", null).status()).isEqualTo(200);

    await().until(() -> replays.show(replay).path("status").asText().equals("FAILED"));
    assertThat(replays.show(replay).path("reason").asText())
        .isEqualTo("The command that ran it has ended.");
    assertThat(replays.show(replay).path("published").asInt()).isEqualTo(1);
    assertThat(publisher.all()).as("no gateway takes it over").isEmpty();
    Answer refused = replays.client().post(A_OPERATOR, path + "/resume", null);
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.json().path("detail").asText()).contains("Start it again");
  }

  @Test
  void aFilterChoosesLetters() throws SQLException {
    ledger.letters("a", 6);
    ledger.execute(
        "UPDATE event_dead_letters SET status = 'DISCARDED' WHERE notification_id = 'n002'");

    replays.awaitCompleted(
        replays.start(A_OPERATOR, quickly(",\"filter\":{\"fingerprints\":[\"f0\"]}")));
    assertThat(publisher.all("notification_id")).containsExactly("n000", "n004");
    publisher.forget();
    replays.awaitCompleted(
        replays.start(A_OPERATOR, quickly(",\"filter\":{\"letterStatus\":\"DISCARDED\"}")));
    assertThat(publisher.all("notification_id")).containsExactly("n002");
    publisher.forget();
    replays.awaitCompleted(
        replays.start(
            A_OPERATOR,
            quickly(
                ",\"filter\":{\"notificationIds\":[\"n001\",\"' OR 1=1 --\"],"
                    + "\"since\":\"2026-01-01T00:00:00Z\",\"errorClasses\":[\"INVALID\"],"
                    + "\"eventTypes\":[\"order.paid\"]}")));
    assertThat(publisher.all("notification_id")).containsExactly("n001");
  }

  @Test
  void whatTheLedgerKeepsIsReplayedByteForByte() throws SQLException {
    ledger.event("a", "n1");
    ledger.event("b", "n2");
    ledger.letter("a", "failed", "f1");

    String replay = replays.start(A_OPERATOR, quickly(",\"from\":\"LEDGER\""));
    assertThat(replays.awaitCompleted(replay).path("selected").asInt()).isEqualTo(1);
    Published only = publisher.all().get(0);
    assertThat(publisher.all()).hasSize(1);
    assertThat(only.event().body())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("{ \"id\": \"n1\" }");
    assertThat(only.event().attributes())
        .containsEntry("replay_id", replay)
        .containsEntry("notification_id", "n1")
        .containsEntry(
            "body_sha256", Sha256.hexOf("{ \"id\": \"n1\" }".getBytes(StandardCharsets.UTF_8)))
        .doesNotContainKey("dead_letter_id");
  }

  @Test
  void aBodyThatStandsForItsOriginalKeepsTheOriginalsHash() throws SQLException {
    String original = "{ \"white\":  \"space\" }";
    String hash = Sha256.hexOf(original.getBytes(StandardCharsets.UTF_8));
    ledger.event("a", "n1", "PROCESSED", null, TestLedger.TIME, "{\"white\":\"space\"}");
    ledger.execute(
        "UPDATE events SET version = ?::bytea, attributes = jsonb_build_object('body_sha256', ?)",
        TestLedger.version("n1", original),
        hash);

    replays.awaitCompleted(replays.start(A_OPERATOR, quickly(",\"from\":\"LEDGER\"")));
    assertThat(publisher.all("body_sha256")).containsExactly(hash);
  }

  @ParameterizedTest
  @CsvSource({"true, ", "false, 2.0", "true, 2.0"})
  void aTypeOrSchemaVersionThatAnAttributeGaveHidesNotTheOriginalsHash(
      boolean typed, String schemaVersion) throws SQLException {
    String hash = Sha256.hexOf("{ \"white\":  \"space\" }".getBytes(StandardCharsets.UTF_8));
    String content = typed ? Sha256.hexOfTyped(hash, "order.paid") : hash;
    ledger.event("a", "n1", "PROCESSED", null, TestLedger.TIME, "{\"white\":\"space\"}");
    ledger.execute(
        "UPDATE events SET version = ?::bytea,"
            + " attributes = jsonb_build_object('body_sha256', ?, 'x-schema', ?)",
        new Version(
                TestLedger.TIME,
                "n1",
                schemaVersion == null ? content : Sha256.hexOfVersioned(content, schemaVersion))
            .text(),
        hash,
        schemaVersion == null ? "" : schemaVersion);

    replays.awaitCompleted(replays.start(A_OPERATOR, quickly(",\"from\":\"LEDGER\"")));
    assertThat(publisher.all("body_sha256")).containsExactly(hash);
  }

  @Test
  void mistakesAreNamed() throws Exception {
    Map<String, String> mistakes =
        Map.ofEntries(
            Map.entry("{\"from\":\"archive\"}", "/from"),
            Map.entry("{\"eventsPerSecond\":0}", "/eventsPerSecond"),
            Map.entry("{\"eventsPerSecond\":1001}", "/eventsPerSecond"),
            Map.entry("{\"filter\":[]}", "/filter"),
            Map.entry("{\"filter\":{\"sources\":\"shop\"}}", "/filter/sources"),
            Map.entry("{\"filter\":{\"sources\":[\"\"]}}", "/filter/sources/0"),
            Map.entry("{\"filter\":{\"since\":\"now\"}}", "/filter/since"),
            Map.entry("{\"filter\":{\"errorClasses\":[\"WRONG\"]}}", "/filter/errorClasses/0"),
            Map.entry("{\"filter\":{\"letterStatus\":\"LOST\"}}", "/filter/letterStatus"),
            Map.entry("{\"filter\":{\"other\":1}}", "/filter/other"),
            Map.entry(
                "{\"from\":\"LEDGER\",\"filter\":{\"fingerprints\":[\"f\"]}}",
                "/filter/fingerprints"),
            Map.entry("{\"dryRun\":\"yes\",\"more\":1}", "/dryRun"),
            Map.entry("{\"dryRun\":null}", "/dryRun"),
            Map.entry("{\"from\":null}", "/from"),
            Map.entry("{\"eventsPerSecond\":null}", "/eventsPerSecond"),
            Map.entry("{\"filter\":null}", "/filter"),
            Map.entry("{\"filter\":{}}", "/filter"),
            Map.entry("{\"filter\":{\"tenants\":null}}", "/filter/tenants"),
            Map.entry("{\"filter\":{\"tenants\":[]}}", "/filter/tenants"),
            Map.entry("{\"filter\":{\"sources\":[null]}}", "/filter/sources/0"),
            Map.entry("{\"filter\":{\"notificationIds\":[]}}", "/filter/notificationIds"),
            Map.entry("{\"filter\":{\"errorClasses\":[]}}", "/filter/errorClasses"),
            Map.entry("{\"filter\":{\"since\":null}}", "/filter/since"),
            Map.entry("{\"filter\":{\"letterStatus\":null}}", "/filter/letterStatus"));
    for (Map.Entry<String, String> mistake : mistakes.entrySet()) {
      String body = mistake.getKey();
      Answer answer = replays.client().post(A_OPERATOR, "/admin/replays", body);
      assertThat(answer.status()).as(body).isEqualTo(400);
      assertThat(answer.pointers()).as(body).contains(mistake.getValue());
      // The API's description knows of it too, unless it is what does not go with the origin.
      if (!body.contains("LEDGER")) {
        assertThat(REQUEST.validate(Json.parse(body.getBytes(StandardCharsets.UTF_8))))
            .as(body)
            .isNotEmpty();
      }
    }
    assertThat(ledger.query("SELECT count(*) FROM replays")).isEqualTo("0");
  }

  @Test
  void aMemberThatIsNamedTwiceIsRefused() throws SQLException {
    ledger.letters("a", 1);
    for (String body :
        List.of(
            "{\"dryRun\":true,\"dryRun\":false}",
            "{\"dryRun\":false,\"dryRun\":true}",
            "{\"filter\":{\"sources\":[\"none\"]},\"filter\":{\"letterStatus\":\"OPEN\"}}",
            "{\"filter\":{\"sources\":[\"none\"],\"sources\":[\"shop\"]}}")) {
      assertThat(replays.client().post(A_OPERATOR, "/admin/replays", body).status())
          .as(body)
          .isEqualTo(400);
    }
    assertThat(ledger.query("SELECT count(*) FROM replays")).isEqualTo("0");
  }

  @Test
  void aBodyWhereNoneIsReadIsRefused() throws SQLException {
    ledger.letters("a", 5);
    String replay = replays.start(A_OPERATOR, "{\"eventsPerSecond\":0.1}");
    String cancel = "/admin/replays/" + replay + "/cancel";
    assertThat(replays.client().post(A_OPERATOR, cancel, "{\"dryRun\":true}").status())
        .isEqualTo(400);
    assertThat(replays.client().post(A_OPERATOR, cancel, "{}").status()).isEqualTo(200);
  }

  @Test
  void whatIsNoJsonObjectIsRefused() {
    assertThat(replays.client().post(A_OPERATOR, "/admin/replays", "[]").status()).isEqualTo(400);
    assertThat(replays.client().post(A_OPERATOR, "/admin/replays", "{").status()).isEqualTo(400);
    assertThat(replays.client().post(A_OPERATOR, "/admin/replays", null).status()).isEqualTo(415);
  }

  private static JsonSchema requestSchema() {
    ObjectNode schema = OpenApiDocument.read();
    schema.put("$ref", "#/components/schemas/ReplayRequest");
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
        .getSchema(schema, SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build());
  }
}
