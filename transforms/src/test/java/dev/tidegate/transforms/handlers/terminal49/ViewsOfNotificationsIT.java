package dev.tidegate.transforms.handlers.terminal49;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.EventWriter;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the views say of notifications that were stored as the pipeline stores them. */
class ViewsOfNotificationsIT extends ViewFixture {
  private static final String STATUS_SAID =
      """
      {"data": {"id": "n-1", "type": "webhook_notification",
        "attributes": {"event": "container.created", "created_at": "2026-02-01T10:00:00Z"},
        "relationships": {"reference_object":
          {"data": {"id": "k-1", "type": "container_created_event"}}}},
       "included": [
        {"id": "c-1", "type": "container",
         "attributes": {"number": "TEMU0000191", "current_status": "on_ship"}}]}
      """;

  private static final String PICKED_UP =
      """
      {"data": {"id": "n-2", "type": "webhook_notification",
        "attributes":
          {"event": "container.transport.full_out", "created_at": "2026-02-20T10:00:00Z"},
        "relationships": {"reference_object":
          {"data": {"id": "e-1", "type": "transport_event"}}}},
       "included": [
        {"id": "e-1", "type": "transport_event",
         "attributes":
           {"event": "container.transport.full_out", "timestamp": "2026-02-20T08:00:00Z"},
         "relationships": {"container": {"data": {"id": "c-1", "type": "container"}}}},
        {"id": "c-1", "type": "container", "attributes": {"number": "TEMU0000191"}}]}
      """;

  private static ConnectionPool pool;
  private static EventWriter writer;

  @BeforeAll
  static void openPool() {
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
    writer = new EventWriter(pool, new TransientRetry(() -> {}), Terminal49Tables.ALL, true);
  }

  @AfterAll
  static void closePool() {
    pool.close();
  }

  @Test
  void anOldStatusGivesWayToANewerMilestoneAndANewerStatusToNone() throws Exception {
    String statusSaidLater = STATUS_SAID.replace("n-1", "n-3").replace("2026-02-01", "2026-02-21");
    for (boolean reversed : new boolean[] {false, true}) {
      List<String> bodies = new ArrayList<>(List.of(STATUS_SAID, PICKED_UP));
      if (reversed) {
        Collections.reverse(bodies);
      }
      beAnotherTenant();
      for (String body : bodies) {
        send(body);
      }
      assertThat(rows.read("containers_current", "current_status, status_source"))
          .containsExactly("picked_up | milestones");

      send(statusSaidLater);
      assertThat(rows.read("containers_current", "current_status, status_source"))
          .containsExactly("on_ship | provider");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\": \"customs\", \"status\": \"hold\"}",
        "\"hold\"",
        "[\"customs\"]",
        "[{\"name\": \"customs\"}]",
        "null"
      })
  void holdsNobodyCanReadDoNotMakeAContainerReady(String holds) throws Exception {
    send(
        STATUS_SAID.replace(
            "\"current_status\": \"on_ship\"",
            "\"available_for_pickup\": true, \"holds_at_pod_terminal\": " + holds));

    assertThat(rows.read("containers_current", "available_for_pickup, ready_for_pickup, on_hold"))
        .containsExactly("true | false | null");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // What jsonb refuses, where a tree forgets it and where it does not.
        "{\"x\": \"a\\u0000b\", \"x\": \"ok\"}",
        "{\"x\": {\"\\u0000\": 1}, \"x\": {}}",
        "{\"x\": \"\\ud83d\", \"x\": 1}",
        "{\"x\": [\"\\ude00\\ud83d\"], \"\\u0078\": []}",
        "{\"x\": 1e200000, \"x\": 1}",
        "{\"x\": -1e-99999, \"x\": 1}",
        "\"a\\u0000b\"",
        "[\"\\ud83d\"]",
        "1e999999",
        // What it takes.
        "[-0.0, 1e400, 33.74056699999999999, 1e-400]",
        "[\"\\u0001\", \"\\ud83d\\ude00\", {\"a\": 1, \"a\": 2}]"
      })
  void noBodyKeepsAnybodyFromReadingDeliveries(String meta) throws Exception {
    send("{\"meta\": " + meta + ", " + STATUS_SAID.substring(1));

    assertThat(rows.read("webhook_deliveries", "t49_notification_id, processing_status"))
        .containsExactly("n-1 | completed");
    // Everybody's, as an operator asks.
    assertThat(column("SELECT count(raw_payload) + count(delivery_status) FROM webhook_deliveries"))
        .hasSize(1);
    assertThat(column("SELECT count(payload_json(payload)) FROM event_payloads")).hasSize(1);
  }

  @Test
  void aBodyThatJsonbRefusesCostsItselfOnly() throws Exception {
    send(STATUS_SAID);
    execute(
        "UPDATE event_payloads SET payload = '\\x00'::bytea || '{\"a\": \"\\\\u0000\"}'::bytea"
            + " WHERE tenant_id = '%s'".formatted(rows.tenant()));
    try {
      assertThat(rows.read("webhook_deliveries", "raw_payload, delivery_status"))
          .containsExactly("null | null");
    } finally {
      execute("DELETE FROM event_payloads WHERE tenant_id = '%s'".formatted(rows.tenant()));
    }
  }

  private void send(String body) throws Exception {
    RawEvent raw =
        RawEvent.builder()
            .tenantId(rows.tenant())
            .source(Terminal49.NAME)
            .messageId("m-1")
            .publishTime(Instant.parse("2026-03-02T08:00:05Z"))
            .attributes(Map.of())
            .body(body.getBytes(UTF_8))
            .build();
    Event event = Notification.SOURCE.decode(raw);
    Notification.SOURCE.validate(event);
    TransformedEvent transformed =
        TransformedEvent.handled(
            event,
            Notification.SOURCE.handlerOf(event.eventType()).orElseThrow().handle(event).upserts(),
            List.of());
    writer.write(
        List.of(new EventWriter.Entry(transformed, Instant.now())),
        (refused, reason) -> {
          throw new AssertionError(reason);
        });
  }
}
