package dev.tidegate.gateway.events;

import static dev.tidegate.gateway.events.EventsGateway.assertStatus;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.schemas.Version;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Keys that another gateway took, or this one before its last start: the ledger knows them. */
class KeysInLedgerIT {
  private static final TestLedger LEDGER = TestLedger.create();

  @RegisterExtension
  static final EventsGateway GATEWAY =
      new EventsGateway(EventLimits.STANDARD, Optional.of(LEDGER.open(2)));

  @Test
  void aKeyThatTheLedgerHasForAnotherContentIsAConflict() throws Exception {
    Map<String, String> key = Map.of("idempotency-key", "known");
    String id = new NotificationIds(Optional.of("acme-service")).ofKey("known");
    record(id, "{\"n\":1}", "order.paid");

    assertStatus(GATEWAY.post("/events", key, event("order.paid", "{\"n\":2}")), 409);
    assertStatus(GATEWAY.post("/events", key, event("order.shipped", "{\"n\":1}")), 409);
    assertStatus(GATEWAY.post("/events", key, event("order.paid", "{\"n\":1}")), 202);
    assertThat(GATEWAY.publisher.only().attributes()).containsEntry("notification_id", id);
  }

  @Test
  void eventsAreTakenWhereTheLedgerCannotBeAsked() throws Exception {
    LEDGER.execute("ALTER TABLE events RENAME TO elsewhere");
    try {
      assertStatus(
          GATEWAY.post("/events", Map.of("idempotency-key", "away"), event("a", "{}")), 202);
    } finally {
      LEDGER.execute("ALTER TABLE elsewhere RENAME TO events");
    }
  }

  private static void record(String id, String body, String type) throws Exception {
    String content = Sha256.hexOfTyped(Sha256.hexOf(body.getBytes(StandardCharsets.UTF_8)), type);
    LEDGER.execute(
        """
        INSERT INTO events (
          tenant_id, source, notification_id, event_id, event_type, status, version, received_at,
          published_at, processed_at, attributes)
        VALUES ('acme', 'application', ?, gen_random_uuid(), ?, 'UNHANDLED', ?::bytea, now(), now(), now(),
          '{}')
        """,
        id,
        type,
        new Version(Version.UNKNOWN_TIME, id, content, Optional.of(Instant.EPOCH)).text());
  }

  private static String event(String type, String payload) {
    return "{\"eventType\":\"%s\",\"payload\":%s}".formatted(type, payload);
  }
}
