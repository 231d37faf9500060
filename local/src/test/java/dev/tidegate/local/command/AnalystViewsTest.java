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
        .failed("4", hoursAgo(5), Map.of("fingerprint", "f2", "stage", "Decode"))
        // Of the same event, and now failing for another reason.
        .failed("1", hoursAgo(2), Map.of("fingerprint", "f2", "stage", "Decode"));
    assertThat(
            archive.rows(
                "SELECT fingerprint, stage, error_message, letters, events, open_events, tenants,"
                    + " tenant_ids, event_types, example_notification_id, first_failed_at,"
                    + " last_failed_at FROM dead_letters_by_fingerprint ORDER BY 1"))
        .containsExactly(
            "f1|Validate|wrong 3|4|3|1|2|acme, other|container.updated, x.y|2|"
                + hoursAgo(9)
                + "|"
                + hoursAgo(6),
            "f2|Decode|wrong|2|2|2|1|acme|container.updated|1|" + hoursAgo(5) + "|" + hoursAgo(2));
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
