package dev.tidegate.transforms.handlers.terminal49;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.StoredPayload;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The views of deliveries and of their processing. */
class WebhookViewsIT extends ViewFixture {
  @Test
  void whatWasNotStoredIsNotCompleted() throws Exception {
    Instant processed = Instant.parse(MONDAY);
    notification("n1", "PROCESSED", processed);
    notification("n2", "UNHANDLED", processed);
    notification(
        "n3", "DEAD_LETTER", processed, "error_class, error_message", "INVALID", "no container");
    notification("n4", "PROCESSED", processed, "source", "another");

    assertThat(
            rows.read(
                "webhook_deliveries",
                "t49_notification_id, processing_status, error_class, processing_error"))
        .containsExactly(
            "n1 | completed | null | null",
            "n2 | received | null | null",
            "n3 | failed | INVALID | no container");
  }

  @Test
  void aDeliveryIsThatOfTheLedger() throws Exception {
    notification(
        "n1",
        "PROCESSED",
        Instant.parse(MONDAY),
        "payload_stored_on, signature_valid, processing_duration_ms",
        "2026-03-02",
        true,
        12.5);
    payload("n1", "2026-03-01", "superseded");
    payload("n1", "2026-03-02", "pending");
    notification("n2", "PROCESSED", Instant.parse(MONDAY));
    // Of this one the payload was dropped.
    notification("n3", "PROCESSED", Instant.parse(MONDAY), "payload_stored_on", "2026-02-01");

    assertThat(
            rows.read(
                "webhook_deliveries",
                "t49_notification_id, event_type, delivery_status, signature_valid, "
                    + "processing_duration_ms, received_at, processed_at, raw_payload"))
        .containsExactly(
            "n1 | container.created | pending | true | 12.5 | 2026-03-02 07:59:59+00"
                + " | 2026-03-02 08:00:00+00"
                + " | {\"data\": {\"attributes\": {\"delivery_status\": \"pending\"}}}",
            "n2 | container.created | null | null | null | 2026-03-02 07:59:59+00"
                + " | 2026-03-02 08:00:00+00 | null",
            "n3 | container.created | null | null | null | 2026-03-02 07:59:59+00"
                + " | 2026-03-02 08:00:00+00 | null");
  }

  @Test
  void payloadsAreNotLookedAtWhereNobodyAsksForThem() throws SQLException {
    assertThat(column("EXPLAIN SELECT * FROM webhook_processing_stats"))
        .noneMatch(line -> line.contains("event_payloads"));
    assertThat(column("EXPLAIN SELECT raw_payload FROM webhook_deliveries"))
        .anyMatch(line -> line.contains("event_payloads"));
  }

  @Test
  void theLastDayIsCountedByHourTypeAndStatus() throws SQLException {
    Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS).minus(Duration.ofHours(2));
    Instant next = hour.plus(Duration.ofHours(1));
    notification("n1", "PROCESSED", hour, "processing_duration_ms", 10);
    notification("n2", "PROCESSED", next.minus(Duration.ofMillis(1)), "processing_duration_ms", 30);
    notification("n3", "PROCESSED", hour);
    notification("n4", "DEAD_LETTER", hour, "processing_duration_ms", 5);
    notification("n5", "PROCESSED", next, "processing_duration_ms", 7);
    notification("n6", "UNHANDLED", hour, "event_type", "container.of_the_future");
    notification("n7", "PROCESSED", hour, "source", "another");
    notification("n8", "PROCESSED", Instant.now().minus(Duration.ofHours(25)));

    assertThat(
            rows.read(
                "webhook_processing_stats",
                "extract(epoch FROM hour)::bigint, event_type, processing_status, count, "
                    + "avg_duration_ms, max_duration_ms"))
        .containsExactlyInAnyOrder(
            hour.getEpochSecond() + " | container.created | completed | 3 | 20 | 30",
            hour.getEpochSecond() + " | container.created | failed | 1 | 5 | 5",
            next.getEpochSecond() + " | container.created | completed | 1 | 7 | 7",
            hour.getEpochSecond() + " | container.of_the_future | received | 1 | null | null");
  }

  @Test
  void anHourIsOneOfUtcInEveryZone() throws SQLException {
    Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS).minus(Duration.ofHours(2));
    notification("n1", "PROCESSED", hour.plus(Duration.ofMinutes(10)));
    notification("n2", "PROCESSED", hour.plus(Duration.ofMinutes(50)));

    execute("SET TIME ZONE 'Asia/Kolkata'");
    try {
      assertThat(rows.read("webhook_processing_stats", "extract(epoch FROM hour)::bigint, count"))
          .containsExactly(hour.getEpochSecond() + " | 2");
    } finally {
      execute("SET TIME ZONE 'UTC'");
    }
  }

  private void notification(String id, String status, Instant processed) throws SQLException {
    notification(id, status, processed, "event_type", "container.created");
  }

  private void notification(
      String id, String status, Instant processed, String columns, Object... more)
      throws SQLException {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("source", "terminal49");
    values.put("notification_id", id);
    values.put("event_id", UUID.randomUUID().toString());
    values.put("event_type", "container.created");
    values.put("status", status);
    values.put("version", "v");
    values.put("received_at", processed.minusSeconds(1).toString());
    values.put("published_at", processed.minusSeconds(2).toString());
    values.put("processed_at", processed.toString());
    values.put("attributes", Map.of());
    values.putAll(TenantRows.columns(columns, more));
    rows.insert("events", values);
  }

  private void payload(String id, String day, String deliveryStatus) throws Exception {
    rows.insert(
        "event_payloads",
        "source, notification_id, stored_on, payload",
        "terminal49",
        id,
        day,
        "\\x"
            + HexFormat.of()
                .formatHex(
                    StoredPayload.write(
                        "{\"data\": {\"attributes\": {\"delivery_status\": \"%s\"}}}"
                            .formatted(deliveryStatus)
                            .getBytes(UTF_8))));
  }
}
