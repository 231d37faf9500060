package dev.tidegate.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tidegate.schemas.bigquery.AnalystView;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Inputs that went wrong in the field (issue 14), sent to a running system, and what is right of
 * each. They are not part of this project: looked for in {@code ../shared/field} beside it.
 */
class FieldInputsIT {
  private static final String TENANT = "field";

  /** What CloudEvents' attributes say of some of them. */
  private static final Map<String, Map<String, String>> ATTRIBUTES =
      Map.of(
          "c15a-ce-past", Map.of("ce-time", "2019-01-01T00:00:00Z"),
          "c15b-ce-future", Map.of("ce-time", "2031-01-01T00:00:00Z"),
          "c15e-ce-type", Map.of("ce-type", "container.transport.vessel_loaded"),
          "c15f-ce-3days", Map.of("ce-time", "2026-11-25T06:00:00Z"));

  /** Sent by the gateway's webhook route only. */
  private static final String GZIP = "c13b-gzip-body";

  private static ReachableSystem system;
  private static Path folder;

  @BeforeAll
  static void sendAll() throws Exception {
    folder =
        Stream.iterate(Path.of("").toAbsolutePath(), p -> p != null, Path::getParent)
            .map(ancestor -> ancestor.resolve("shared").resolve("field"))
            .filter(Files::isDirectory)
            .findFirst()
            .orElse(null);
    assumeTrue(folder != null, "shared/field is not there");
    system = new ReachableSystem(SharedSystem.get().description());
    Map<String, byte[]> bodies = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(found -> found.toString().endsWith(".json")).toList()) {
        bodies.put(file.getFileName().toString().replace(".json", ""), Files.readAllBytes(file));
      }
    }
    bodies.remove(GZIP);
    String withLinksOnly =
        new String(bodies.get("c04b1-event"), UTF_8)
            .replace("\"c04b1\"", "\"c04b2\"")
            .replace("2026-02-01T10:00:00Z", "2026-02-02T10:00:00Z")
            .replaceAll(
                "\"(container|shipment|vessel)\":\\{\"data\":\\{[^}]*\\}\\}",
                "\"$1\":{\"links\":{\"related\":\"x\"}}");
    assertThat(withLinksOnly).contains("links");
    bodies.put("c04b2-links-only", withLinksOnly.getBytes(UTF_8));
    for (Map.Entry<String, byte[]> body : bodies.entrySet()) {
      Map<String, String> attributes = new TreeMap<>(Map.of("tenant_id", TENANT));
      attributes.putAll(ATTRIBUTES.getOrDefault(body.getKey(), Map.of()));
      system.publish(body.getValue(), attributes);
    }
    await()
        .untilAsserted(
            () ->
                assertThat(sql("SELECT count(*) FROM events WHERE tenant_id = 'field'"))
                    .isEqualTo(Integer.toString(bodies.size())));
  }

  private static String sql(String query) throws SQLException {
    return String.join("\n", system.sql(query));
  }

  private static String container(String id, String columns) throws SQLException {
    return sql(
        "SELECT %s FROM containers WHERE tenant_id = 'field' AND t49_container_id = '%s'"
            .formatted(columns, id));
  }

  private static String event(String id, String columns) throws SQLException {
    return sql(
        "SELECT %s FROM container_events WHERE tenant_id = 'field' AND t49_event_id = '%s'"
            .formatted(columns, id));
  }

  private static String ledger(String id, String columns) throws SQLException {
    return sql(
        "SELECT %s FROM events WHERE tenant_id = 'field' AND notification_id = '%s'"
            .formatted(columns, id));
  }

  @Test
  void onlyWhatHasNothingToStoreOrABadClockIsADeadLetter() throws SQLException {
    assertThat(
            system.sql(
                "SELECT notification_id FROM events WHERE tenant_id = 'field'"
                    + " AND status = 'DEAD_LETTER' ORDER BY 1"))
        .containsExactly("c05q", "c15b", "c17l", "c17n");
    assertThat(
            system.sql(
                "SELECT notification_id FROM events WHERE tenant_id = 'field'"
                    + " AND status NOT IN ('DEAD_LETTER', 'PROCESSED')"))
        .isEmpty();
  }

  @Test
  void aTimeOfNoticeIsNoDeadline() throws SQLException {
    assertThat(container("ct-c20a", "pickup_lfd")).isIn("", "null");
    assertThat(container("ct-c20b", "pickup_lfd = '2026-02-26T05:00:00Z'")).isEqualTo("t");
    assertThat(container("ct-c20e", "pickup_lfd = '2026-02-26T05:00:00Z'")).isEqualTo("t");
    assertThat(container("ct-c20j", "number, pickup_lfd")).isEqualTo("TEMU0000200|null");
    assertThat(container("ct-c20k", "number, pickup_appointment_at")).isEqualTo("TEMU0000201|null");
    assertThat(container("ct-c20l", "pickup_lfd = '2026-02-27T08:00:00Z'")).isEqualTo("t");
    assertThat(ledger("c20l2", "warnings -> 0 ->> 'pointer'"))
        .isEqualTo("/included/0/attributes/value");
  }

  @Test
  void whatIsNotMentionedStays() throws SQLException {
    assertThat(
            container(
                "ct-c04a",
                "available_for_pickup, holds_at_pod_terminal -> 0 ->> 'name', seal_number,"
                    + " weight_in_lbs, t49_pod_terminal_id"))
        .isEqualTo("t|customs|S1|54807|tm-c04");
    assertThat(
            sql(
                "SELECT ready_for_pickup FROM containers_current"
                    + " WHERE tenant_id = 'field' AND t49_container_id = 'ct-c04a'"))
        .isEqualTo("f");
    assertThat(event("te-c04b", "t49_container_id, t49_shipment_id, t49_vessel_id, vessel_name"))
        .isEqualTo("ct-c04b|sh-c04b|ve-c04b|EVER EXAMPLE");
  }

  @Test
  void receiptIsNeverWhatASenderSays() throws Exception {
    assertThat(
            sql(
                "SELECT count(*) FROM events WHERE tenant_id = 'field'"
                    + " AND received_at <> published_at"))
        .isEqualTo("0");
    assertThat(container("ct-c15", "number")).isEqualTo("CURRENT0001");
    assertThat(ledger("c15e", "event_type")).isEqualTo("container.transport.full_out");
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.query(
                            "SELECT event_type, received_at = publish_time FROM raw_events"
                                + " WHERE notification_id = 'c15e'"))
                    .containsExactly("container.transport.full_out|true"));
    assertThat(ledger("c02d-last", "event_type")).isEqualTo("container.transport.vessel_loaded");
  }

  @Test
  void whatJsonbRefusesIsKeptAsBytesAndFailsNoView() throws Exception {
    assertThat(
            sql(
                "SELECT payload_json(payload) IS NULL, payload_body(payload) IS NULL FROM event_payloads"
                    + " WHERE tenant_id = 'field' AND notification_id = 'c02a'"))
        .isEqualTo("t|f");
    for (String view :
        system.sql(
            "SELECT table_name FROM information_schema.views WHERE table_schema = 'public'")) {
      assertThat(system.sql("SELECT * FROM " + view)).as(view).isNotNull();
    }
    for (AnalystView view : AnalystView.values()) {
      String name = view.viewName();
      assertThat(system.query("SELECT * FROM " + name)).as(name).isNotNull();
    }
  }

  @Test
  void oneRowForEachTransportEventAndARefusedClockRulesNoView() throws Exception {
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.query(
                            "SELECT transport_event_id, count(*) FROM container_milestones WHERE"
                                + " transport_event_id IN ('te-c22', 'te-c05q', 'te-c05p')"
                                + " GROUP BY 1 ORDER BY 1"))
                    .containsExactly("te-c05p|1", "te-c05q|1", "te-c22|1"));
    assertThat(
            system.query(
                "SELECT DISTINCT voyage_number FROM container_milestones"
                    + " WHERE transport_event_id IN ('te-c05q', 'te-c05p')"))
        .containsExactly("V-CORRECTED");
  }

  @Test
  void validTimesAreRead() throws SQLException {
    assertThat(
            sql(
                "SELECT count(*) FROM container_events WHERE tenant_id = 'field'"
                    + " AND t49_event_id LIKE 'te-c07%' AND event_timestamp IS NULL"))
        .isEqualTo("0");
    assertThat(event("te-c05h", "event_timestamp = '9999-12-31T23:59:59.999999Z'")).isEqualTo("t");
    assertThat(event("te-c06b", "event_timestamp = '2017-01-01T00:00:00Z'")).isEqualTo("t");
    assertThat(event("te-c06a", "version_time(facts_version) = '2017-01-01T00:00:00Z'"))
        .isEqualTo("t");
    assertThat(event("te-c07i", "event_timestamp = '2026-02-01T00:00:00Z'")).isEqualTo("t");
  }

  @Test
  void oneBadPartCostsItselfOnly() throws SQLException {
    assertThat(container("ct-c11s", "number, seal_number, pickup_lfd"))
        .isEqualTo("TEMU0000129|OK|null");
    assertThat(ledger("c11s", "warnings -> 0 ->> 'pointer'"))
        .isEqualTo("/included/1/attributes/pickup_lfd");
    assertThat(event("te-c17c", "location_locode")).isEqualTo("CNSHA");
    assertThat(ledger("c17c", "warnings -> 0 ->> 'pointer'")).isEqualTo("/included/1");
    assertThat(
            sql(
                "SELECT ready_for_pickup FROM containers_current"
                    + " WHERE tenant_id = 'field' AND t49_container_id = 'ct-c11t'"))
        .isEqualTo("f");
    assertThat(
            sql(
                "SELECT current_status FROM containers_current"
                    + " WHERE tenant_id = 'field' AND t49_container_id = 'ct-c19'"))
        .isNotEqualTo("on_ship");
    assertThat(
            sql(
                "SELECT location_type, name FROM locations"
                    + " WHERE tenant_id = 'field' AND t49_location_id = '1' ORDER BY 1"))
        .isEqualTo("port|Port One\nterminal|Terminal One");
  }

  @Test
  void aCompressedWebhookIsRefused() throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(system.system().gatewayUrl() + "/webhooks/terminal49"))
                    .header("Content-Type", "application/json")
                    .header("Content-Encoding", "gzip")
                    .POST(
                        HttpRequest.BodyPublishers.ofByteArray(
                            Files.readAllBytes(folder.resolve(GZIP + ".json"))))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(415);
  }
}
