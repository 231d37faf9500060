package dev.tidegate.local.command;

import static java.time.temporal.ChronoUnit.DAYS;
import static java.time.temporal.ChronoUnit.HOURS;
import static java.time.temporal.ChronoUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.bigquery.AnalystView;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the views on events and their outcomes answer. */
class AnalystViewsTest {
  private static final Instant NOW = Instant.now().truncatedTo(SECONDS);
  private static final LocalDate TODAY = LocalDate.ofInstant(NOW, ZoneOffset.UTC);
  private static final Map<String, Object> NOTHING_ELSE = Map.of();

  @TempDir private Path folder;
  private Connection duckdb;
  private SampleArchive archive;

  @BeforeEach
  void connect() throws SQLException {
    duckdb = DriverManager.getConnection("jdbc:duckdb:");
    archive = new SampleArchive(folder, duckdb);
  }

  @AfterEach
  void disconnect() throws SQLException {
    duckdb.close();
  }

  private static Instant hoursAgo(int hours) {
    return NOW.minus(hours, HOURS);
  }

  private static Instant noonOf(int daysAgo) {
    return NOW.truncatedTo(DAYS).minus(daysAgo, DAYS).plus(12, HOURS);
  }

  @ParameterizedTest
  @EnumSource
  void anEmptyArchiveHasEmptyViews(AnalystView view) throws Exception {
    assertThat(archive.rows("SELECT * FROM " + view.viewName())).isEmpty();
    assertThat(archive.rows("DESCRIBE " + view.viewName())).hasSizeGreaterThan(5);
  }

  @Test
  void theBodyThatCameLastIsTheEvents() throws Exception {
    archive
        .received("1", hoursAgo(2), Map.of("message_id", "b", "payload_sha256", "second"))
        .received("1", hoursAgo(2), Map.of("message_id", "b", "payload_sha256", "second"))
        .received(
            "1",
            hoursAgo(2),
            Map.of("message_id", "c", "payload_sha256", "mended", "archived_at", hoursAgo(0)))
        .received("1", hoursAgo(50), Map.of("message_id", "a", "payload_sha256", "first"))
        .received("2", hoursAgo(1), NOTHING_ELSE);
    String events = "SELECT notification_id, payload_sha256, copies, different_bodies, ";
    assertThat(archive.rows(events + "first_received_at, received_at FROM events ORDER BY 1"))
        .containsExactly(
            "1|mended|3|3|" + hoursAgo(50) + "|" + hoursAgo(2),
            "2|sha|1|1|" + hoursAgo(1) + "|" + hoursAgo(1));
  }

  @Test
  void anOlderBodyDoesNotComeBackWhereAConditionLeavesOutTheNewer() throws Exception {
    archive
        .received("1", hoursAgo(50), Map.of("payload_sha256", "first"))
        .received("1", hoursAgo(2), Map.of("payload_sha256", "second"));
    String events = "SELECT payload_sha256 FROM events WHERE received_at ";
    assertThat(archive.rows(events + "< current_timestamp - INTERVAL 1 DAY")).isEmpty();
    assertThat(archive.rows(events + "> current_timestamp - INTERVAL 1 DAY"))
        .containsExactly("second");
  }

  @Test
  void aConditionOnTheTimeOfReceiptReachesTheFilesWithTheBodies() throws Exception {
    archive.received("1", hoursAgo(1), NOTHING_ELSE);
    String plan =
        String.join(
            "\n",
            archive.rows(
                "EXPLAIN SELECT payload FROM events WHERE received_at = '2026-01-02T03:04:05Z'"));
    // Together with the condition of the files' own view, and so below the choice of the last body.
    assertThat(plan)
        .contains(
            "(received_at = '2026-01-02 03:04:05+00'::TIMESTAMP WITH TIME ZONE)"
                + " AND (notification_id IS NOT NULL)");
  }

  @Test
  void tenantsAndSourcesHaveEventsOfTheirOwn() throws Exception {
    archive
        .received("1", hoursAgo(1), NOTHING_ELSE)
        .received("1", hoursAgo(1), Map.of("tenant_id", "other"))
        .received("1", hoursAgo(1), Map.of("source", "application"))
        .failed("1", hoursAgo(1), Map.of("tenant_id", "other"))
        .ended("1", "APPLIED", hoursAgo(1), NOTHING_ELSE);
    assertThat(archive.rows("SELECT tenant_id, source, status, copies FROM events ORDER BY ALL"))
        .containsExactly(
            "acme|application|PENDING|1",
            "acme|terminal49|APPLIED|1",
            "other|terminal49|DEAD_LETTER|1");
  }

  @Test
  void anEventIsWhatItBecameLast() throws Exception {
    for (String id : new String[] {"failed", "mended", "never", "pending", "repeated"}) {
      archive.received(id, hoursAgo(5), NOTHING_ELSE);
    }
    archive
        .failed("mended", hoursAgo(4), NOTHING_ELSE)
        .ended("mended", "DUPLICATE", hoursAgo(2), NOTHING_ELSE)
        .ended("mended", "APPLIED", hoursAgo(3), Map.of("replay_id", "r"))
        .failed("failed", hoursAgo(3), Map.of("attempts", 2, "error_message", "wrong again"))
        .failed("failed", hoursAgo(4), Map.of("attempts", 3))
        .ended("failed", "STALE", hoursAgo(5), NOTHING_ELSE)
        .ended("repeated", "DUPLICATE", hoursAgo(4), NOTHING_ELSE)
        // Refused by the archive, perhaps: it has an outcome and no row.
        .failed("never archived", hoursAgo(1), Map.of("fingerprint", "f2"));
    assertThat(
            archive.rows(
                "SELECT notification_id, status, failures, processed_at FROM events ORDER BY 1"))
        .containsExactly(
            "failed|DEAD_LETTER|2|" + hoursAgo(3),
            "mended|APPLIED|1|" + hoursAgo(3),
            "never|PENDING|0|null",
            "pending|PENDING|0|null",
            "repeated|DUPLICATE|0|" + hoursAgo(4));
    assertThat(
            archive.rows(
                "SELECT notification_id, stage, error_class, error_message, fingerprint, attempts,"
                    + " failures, failed_at FROM failed_events ORDER BY 1"))
        .containsExactly(
            "failed|Validate|INVALID|wrong again|f1|2|2|" + hoursAgo(3),
            "never archived|Validate|INVALID|wrong|f2|1|1|" + hoursAgo(1));
  }

  @Test
  void deadLettersOfOneReasonAreOneRow() throws Exception {
    archive
        .failed("1", hoursAgo(9), NOTHING_ELSE)
        .failed("1", hoursAgo(7), Map.of("error_message", "wrong 2"))
        .failed("2", hoursAgo(6), Map.of("tenant_id", "other", "error_message", "wrong 3"))
        .failed("3", hoursAgo(8), Map.of("event_type", "x.y"))
        .ended("3", "APPLIED", hoursAgo(1), NOTHING_ELSE)
        .failed("5", hoursAgo(8), NOTHING_ELSE)
        .discarded("5", hoursAgo(4))
        .discarded("5", hoursAgo(4))
        .failed("4", hoursAgo(5), Map.of("fingerprint", "f2", "stage", "Decode"))
        // Of the same event, and now failing for another reason.
        .failed("1", hoursAgo(2), Map.of("fingerprint", "f2", "stage", "Decode"));
    assertThat(
            archive.rows(
                "SELECT fingerprint, stage, error_message, letters, events, open_events,"
                    + " discarded_events, mended_events, tenants,"
                    + " tenant_ids, event_types, example_notification_id, first_failed_at,"
                    + " last_failed_at, last_discarded_at"
                    + " FROM dead_letters_by_fingerprint ORDER BY 1"))
        .containsExactly(
            "f1|Validate|wrong 3|5|4|1|1|1|2|acme, other|container.updated, x.y|2|"
                + hoursAgo(9)
                + "|"
                + hoursAgo(6)
                + "|"
                + hoursAgo(4),
            "f2|Decode|wrong|2|2|2|0|0|1|acme|container.updated|1|"
                + hoursAgo(5)
                + "|"
                + hoursAgo(2)
                + "|null");
  }

  @Test
  void aDiscardedLetterIsNoFailedEventUntilAReplayFails() throws Exception {
    archive
        .failed("1", hoursAgo(9), NOTHING_ELSE)
        .discarded("1", hoursAgo(8))
        .failed("2", hoursAgo(9), NOTHING_ELSE)
        .discarded("2", hoursAgo(8))
        .failed("2", hoursAgo(7), Map.of("replay_id", "r"))
        .failed("3", hoursAgo(9), NOTHING_ELSE)
        .discarded("3", hoursAgo(8))
        .ended("3", "APPLIED", hoursAgo(7), Map.of("replay_id", "r"));
    assertThat(archive.rows("SELECT notification_id FROM failed_events")).containsExactly("2");
    assertThat(
            archive.rows(
                "SELECT notification_id, status, failures FROM latest_event_outcomes ORDER BY 1"))
        .containsExactly("1|DISCARDED|1", "2|DEAD_LETTER|2", "3|APPLIED|1");
    assertThat(
            archive.rows("SELECT sum(outcomes), sum(dead_letters) FROM performance_by_event_type"))
        .containsExactly("1|4");
  }

  @Test
  void repeatsAreCountedWhetherDroppedOrFoundInTheTables() throws Exception {
    archive
        .received("1", noonOf(3), Map.of("message_id", "a"))
        .ended("1", "APPLIED", noonOf(3), Map.of("message_id", "a"))
        .ended("1", "REPEATED", noonOf(3), Map.of("message_id", "b"))
        // The same message, which the archive has twice.
        .ended("1", "REPEATED", noonOf(3).plusSeconds(1), Map.of("message_id", "b"))
        .ended("1", "REPEATED", noonOf(2), Map.of("message_id", "c"))
        // Pub/Sub delivered the first message again.
        .ended("1", "REPEATED", noonOf(3), Map.of("message_id", "a"))
        // After the window.
        .received("1", noonOf(2), Map.of("message_id", "d"))
        .ended("1", "DUPLICATE", noonOf(2), Map.of("message_id", "d"))
        .received("2", noonOf(2), Map.of("message_id", "e"))
        .received("2", noonOf(2), Map.of("message_id", "f", "payload_sha256", "other"))
        .ended("2", "STALE", noonOf(2), Map.of("message_id", "f"))
        // Replays are no repeats.
        .received("2", noonOf(2), Map.of("message_id", "g", "replay_id", "r"))
        .ended("2", "DUPLICATE", noonOf(2), Map.of("message_id", "g", "replay_id", "r"))
        .ended("2", "REPEATED", noonOf(2), Map.of("message_id", "g", "replay_id", "r"))
        .ended("1", "REPEATED", noonOf(2), Map.of("tenant_id", "other"))
        .ended("1", "REPEATED", noonOf(91), NOTHING_ELSE);
    assertThat(
            archive.rows(
                "SELECT * EXCLUDE (source, event_type) FROM duplicate_rate_daily ORDER BY 2, 1"))
        .containsExactly(
            TODAY.minusDays(3) + "|acme|2|1|1|0|1|0.5",
            TODAY.minusDays(2) + "|acme|4|2|1|1|1|0.5",
            TODAY.minusDays(2) + "|other|1|1|1|0|1|1.0");
  }

  @Test
  void aDroppedRepeatSaysNothingOfItsEvent() throws Exception {
    archive
        .received("1", hoursAgo(2), NOTHING_ELSE)
        .ended("1", "REPEATED", hoursAgo(1), NOTHING_ELSE)
        .received("2", hoursAgo(2), NOTHING_ELSE)
        .ended("2", "APPLIED", hoursAgo(2), NOTHING_ELSE)
        .ended("2", "REPEATED", hoursAgo(1), NOTHING_ELSE);
    assertThat(archive.rows("SELECT notification_id, status, copies FROM events ORDER BY 1"))
        .containsExactly("1|PENDING|1", "2|APPLIED|1");
    assertThat(archive.rows("SELECT events, applied, pending FROM recent_events_summary"))
        .containsExactly("2|1|1");
    assertThat(archive.rows("SELECT outcomes FROM performance_by_event_type")).containsExactly("1");
    assertThat(archive.rows("SELECT sum(copies), sum(duplicates) FROM daily_event_trends"))
        .containsExactly("2|0");
  }

  @Test
  void lateEventsCameMoreThanADayAfterTheyHappened() throws Exception {
    Instant happened = hoursAgo(50);
    archive
        .received("late", hoursAgo(2), happening(happened, hoursAgo(40)))
        .received("late", hoursAgo(1), happening(happened, hoursAgo(40)))
        .received("in time", hoursAgo(30), happening(happened, hoursAgo(31)))
        .received("estimate", hoursAgo(2), happening(hoursAgo(-50), hoursAgo(3)))
        .received("without a time", hoursAgo(2), NOTHING_ELSE);
    assertThat(
            archive.rows(
                "SELECT notification_id, container_number, event_timestamp, notified_at,"
                    + " received_at, delay_hours, sender_delay_hours, delivery_delay_hours"
                    + " FROM late_events"))
        .containsExactly(
            "late|ABCU1234567|%s|%s|%s|48.0|10.0|38.0"
                .formatted(happened, hoursAgo(40), hoursAgo(2)));
    assertThat(archive.rows("SELECT * EXCLUDE (tenant_id, source) FROM event_delays"))
        .containsExactly("container.updated|4|2|1|20.0|48.0|48.0|48.0|1.0|38.0");
  }

  private static Map<String, Object> happening(Instant happened, Instant notified) {
    return Map.of(
        "event_timestamp", happened, "as_of", notified, "container_number", "ABCU1234567");
  }

  @Test
  void storageIsTheTenantsByTheMonthAndAddsUp() throws Exception {
    long gib = 1L << 30;
    archive
        .received("1", Instant.parse("2025-11-03T00:00:00Z"), bytes(gib - 650))
        .received("2", Instant.parse("2026-01-31T23:59:59Z"), bytes(gib / 2 - 650))
        .received("3", Instant.parse("2026-01-01T00:00:00Z"), bytes(gib / 2 - 650))
        .ended("3", "APPLIED", Instant.parse("2026-02-01T00:00:00Z"), NOTHING_ELSE)
        .failed("4", Instant.parse("2026-02-02T00:00:00Z"), Map.of("tenant_id", "other"));
    assertThat(
            archive.rows(
                "SELECT * EXCLUDE (estimated_storage_usd, usd_per_gib_month,"
                    + " long_term_usd_per_gib_month), round(estimated_storage_usd, 6)"
                    + " FROM storage_by_tenant ORDER BY tenant_id, archived_month"))
        .containsExactly(
            "2025-11|acme|1|%d|%d|%d|0.02".formatted(gib - 650, gib, gib),
            "2026-01|acme|2|%d|%d|%d|0.04".formatted(gib - 1300, gib, 2 * gib),
            // The first has been there for more than three months.
            "2026-02|acme|1|0|250|%d|0.03".formatted(2 * gib + 250),
            "2026-02|other|2|2|1052|1052|0.0");
  }

  private static Map<String, Object> bytes(long payload) {
    return Map.of("payload_bytes", payload);
  }

  @Test
  void theLastDayIsCountedByWhatBecameOfItsEvents() throws Exception {
    archive
        .received("1", hoursAgo(2), NOTHING_ELSE)
        .received("1", hoursAgo(1), NOTHING_ELSE)
        .ended("1", "APPLIED", hoursAgo(2), NOTHING_ELSE)
        .ended("1", "DUPLICATE", hoursAgo(1), NOTHING_ELSE)
        .received("2", hoursAgo(3), NOTHING_ELSE)
        .failed("2", hoursAgo(3), NOTHING_ELSE)
        .received("3", hoursAgo(4), NOTHING_ELSE)
        .received("4", hoursAgo(4), Map.of("event_type", "x.y"))
        .ended("4", "UNHANDLED", hoursAgo(4), NOTHING_ELSE)
        .received("5", hoursAgo(26), NOTHING_ELSE);
    assertThat(
            archive.rows(
                "SELECT event_type, events, copies, applied, stale, duplicate, unhandled,"
                    + " dead_letter, pending, last_received_at, last_processed_at"
                    + " FROM recent_events_summary ORDER BY 1"))
        .containsExactly(
            "container.updated|3|4|1|0|0|0|1|1|" + hoursAgo(1) + "|" + hoursAgo(2),
            "x.y|1|1|0|0|0|1|0|0|" + hoursAgo(4) + "|" + hoursAgo(4));
  }

  @Test
  void percentilesAreOfWhatWasCommitted() throws Exception {
    for (int i = 1; i <= 200; i++) {
      archive.ended(
          "" + i, "APPLIED", noonOf(1), Map.of("processing_duration_ms", i, "latency_ms", 10 * i));
    }
    archive
        .failed("x", noonOf(1), Map.of("latency_ms", 1e9))
        .ended("y", "STALE", noonOf(2), Map.of("processing_duration_ms", 0.5, "latency_ms", 7.25))
        .ended("z", "APPLIED", noonOf(9), Map.of("processing_duration_ms", 1));
    assertThat(
            archive.rows(
                "SELECT * EXCLUDE (tenant_id, source) FROM performance_by_event_type ORDER BY 1"))
        .containsExactly(
            TODAY.minusDays(2) + "|container.updated|1|0|0.5|0.5|0.5|7.25|7.25|7.25",
            TODAY.minusDays(1) + "|container.updated|200|1|100.0|190.0|198.0|1000.0|1900.0|1980.0");
  }

  @Test
  void daysAreComparedWithTheDayBefore() throws Exception {
    archive
        .received("0", noonOf(91), NOTHING_ELSE)
        .received("1", noonOf(5), NOTHING_ELSE)
        .received("2", noonOf(3), NOTHING_ELSE)
        .received("2", noonOf(3).plusSeconds(1), NOTHING_ELSE)
        .ended("2", "APPLIED", noonOf(3), NOTHING_ELSE)
        .ended("2", "DUPLICATE", noonOf(3), NOTHING_ELSE)
        .received("3", noonOf(3), NOTHING_ELSE)
        .received("4", noonOf(2), NOTHING_ELSE)
        .received("5", noonOf(3), Map.of("tenant_id", "other"))
        .received("6", noonOf(3), NOTHING_ELSE)
        .received("7", noonOf(3), NOTHING_ELSE)
        // Failed a day later, and then not: it counts on its day, once.
        .failed("3", noonOf(2), Map.of("received_at", noonOf(3)))
        .failed("3", noonOf(2), Map.of("received_at", noonOf(3)))
        .ended("3", "APPLIED", noonOf(1), Map.of("received_at", noonOf(3)));
    assertThat(
            archive.rows(
                "SELECT * EXCLUDE (source, event_type) FROM daily_event_trends ORDER BY 2, 1"))
        .containsExactly(
            TODAY.minusDays(5) + "|acme|1|1|0|0|0.0|0|1",
            TODAY.minusDays(3) + "|acme|4|5|1|1|0.25|0|4",
            TODAY.minusDays(2) + "|acme|1|1|0|0|0.0|4|-3",
            TODAY.minusDays(3) + "|other|1|1|0|0|0.0|0|1");
  }
}
