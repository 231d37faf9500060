package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.transforms.postgresql.LedgerRetention.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Partitions of payloads are made ahead and dropped, and old rows are deleted. */
class LedgerRetentionIT extends RetentionFixture {
  @Test
  void todayAndTheNextTwoDaysGetPartitionsOnce() throws SQLException {
    assertThat(run()).isEqualTo(result(3, 0, 0));
    assertThat(partitions()).isEqualTo("0 1 2");
    assertThat(run()).isEqualTo(result(0, 0, 0));
    assertThat(run(RETENTION, 1)).isEqualTo(result(1, 0, 0));
    assertThat(partitions()).isEqualTo("0 1 2 3");
  }

  @Test
  void payloadsGoIntoTheirDaysPartitionAndWithoutOneIntoTheDefault() throws SQLException {
    write("n-1");
    assertThat(payloads()).isEqualTo("n-1@event_payloads_default");
    assertThat(run().partitionsCreated()).isEqualTo(3);
    assertThat(payloads()).as("moved").isEqualTo("n-1@" + partition(0));
    write("n-1", "n-2");
    assertThat(payloads()).isEqualTo("n-1@%1$s n-2@%1$s".formatted(partition(0)));
  }

  @Test
  void aPartitionStoresPayloadsAsTheDefaultDoes() throws SQLException {
    run();
    String storage =
        """
        SELECT attstorage::text || reloptions::text FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
        WHERE attrelid = '%s'::regclass AND attname = 'payload'
        """;
    assertThat(DATABASE.query(storage.formatted(partition(0))))
        .isEqualTo(DATABASE.query(storage.formatted("event_payloads_default")))
        .startsWith("e");
  }

  @Test
  void aDayOfWhichTheDefaultHoldsTooMuchStaysThere() throws SQLException {
    DATABASE.execute(
        """
        INSERT INTO event_payloads
        SELECT 'acme', 'shop', 'n-' || i, '%s', '{}' FROM generate_series(1, 10000) i
        """
            .formatted(today()));
    Result result = run();
    assertThat(result.partitionsCreated()).isEqualTo(2);
    assertThat(result.putOff())
        .containsExactly("the default partition holds too much for a partition of " + today());
    assertThat(partitions()).isEqualTo("1 2");
    write("x");
    assertThat(DATABASE.query("SELECT count(*) FROM event_payloads_default")).isEqualTo("10001");
  }

  @Test
  void daysWhollyOlderThanTheRetentionAreDropped() throws SQLException {
    run(RETENTION, -5);
    payload("n-1", -4);
    payload("n-2", -3);
    assertThat(run(Duration.ofDays(3), 0)).isEqualTo(result(3, 2, 0));
    assertThat(partitions()).isEqualTo("-3 0 1 2");
    assertThat(payloads()).isEqualTo("n-2@" + partition(-3));
  }

  @Test
  void aPartitionThatIsNoDaysIsLeftAlone() throws SQLException {
    DATABASE.execute(
        """
        CREATE TABLE event_payloads_20190231 PARTITION OF event_payloads
        FOR VALUES FROM ('2019-01-01') TO ('2019-12-31')
        """);
    assertThat(run()).isEqualTo(result(3, 0, 0));
  }

  @Test
  void payloadsThatNeverHadAPartitionAreDeleted() throws SQLException {
    payload("n-1", -4);
    payload("n-2", -3);
    payload("n-3", 0);
    payload("n-4", 7);
    run(Duration.ofDays(3), 0);
    assertThat(payloads())
        .isEqualTo(
            "n-2@event_payloads_default n-3@%s n-4@event_payloads_default".formatted(partition(0)));
  }

  @Test
  void rowsOlderThanTheRetentionAreDeletedInChunksButThoseOfOpenLetters() throws SQLException {
    DATABASE.execute(
        "CREATE TABLE deletions (transaction xid8, rows bigint)",
        """
        CREATE FUNCTION note_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO deletions SELECT pg_current_xact_id(), count(*) FROM gone;
          RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER note_deletion AFTER DELETE ON events REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION note_deletion()
        """);
    for (int i = 10; i < 20; i++) {
      ledgerRow("n-" + i, -40 + i / 10);
    }
    ledgerRow("n-29", -29);
    letter("n-10", "OPEN");
    letter("n-11", "REPLAYED");
    letter("n-12", "DISCARDED");
    letter("n-15", "OPEN");
    // Another tenant's letter is no reason.
    letter("n-16", "OPEN");
    DATABASE.execute(
        "UPDATE event_dead_letters SET tenant_id = 'other' WHERE notification_id = 'n-16'");
    try {
      assertThat(run().rowsDeleted()).isEqualTo(8);
      assertThat(ledger()).isEqualTo("n-10 n-15 n-29");
      assertThat(
              DATABASE.query(
                  "SELECT string_agg(DISTINCT transaction || ':' || rows, ' ') FROM deletions"
                      + " WHERE rows > 0"))
          .matches("[0-9]+:4 [0-9]+:4");
      DATABASE.execute("UPDATE event_dead_letters SET status = 'DISCARDED'");
      assertThat(run().rowsDeleted()).isEqualTo(2);
    } finally {
      DATABASE.execute("DROP TRIGGER note_deletion ON events", "DROP FUNCTION note_deletion");
    }
  }

  @Test
  void rowThatAWriterHoldsIsLeftForTheNextTime() throws SQLException {
    ledgerRow("n-1", -40);
    ledgerRow("n-2", -40);
    try (Connection writer = DATABASE.connect();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute("UPDATE events SET attempts = 2 WHERE notification_id = 'n-1'");
      assertThat(run().rowsDeleted()).isEqualTo(1);
      writer.commit();
    }
    assertThat(ledger()).isEqualTo("n-1");
    assertThat(run().rowsDeleted()).isEqualTo(1);
  }

  @Test
  void retentionOfZeroKeepsEverything() throws SQLException {
    run(RETENTION, -5);
    payload("n-1", -4);
    ledgerRow("n-1", -4_000);
    assertThat(run(Duration.ZERO, 0)).isEqualTo(result(0, 0, 0));
    assertThat(ledger()).isEqualTo("n-1");
    assertThat(partitions()).isEqualTo("-5 -4 -3");
  }

  private static final Instant HOUR = Instant.parse("2026-03-01T10:00:00Z");

  /** Runs as it would at that time of the day {@link #HOUR} is of. */
  private void runAt(Instant now, Duration retention) {
    assertThat(new LedgerRetention(pool, retention, connection -> now, CHUNK).run().putOff())
        .isEmpty();
  }

  private static void minute(Instant minute, int writer, int events) throws SQLException {
    DATABASE.execute(
        """
        INSERT INTO event_rollups (tenant_id, minute, source, event_type, status, writer, events,
          millis_sum, le_50, le_infinity)
        VALUES ('acme', '%s', 'shop', 'order.paid', 'PROCESSED', %d, %d, 700, 1, %d)
        """
            .formatted(minute, writer, events, events - 1));
  }

  private static String hours() throws SQLException {
    return DATABASE.query(
        """
        SELECT string_agg(concat_ws(' ', hour AT TIME ZONE 'UTC', events, millis_sum, le_50,
          le_infinity), ', ' ORDER BY hour)
        FROM event_rollups_hourly
        """);
  }

  @Test
  void anHourIsWorkedOutOnceItIsOver() throws SQLException {
    minute(HOUR, 1, 10);
    minute(HOUR, 2, 5);
    minute(HOUR.plusSeconds(3_540), 1, 2);
    minute(HOUR.plusSeconds(3_600), 1, 4);
    runAt(HOUR.plusSeconds(3_599), RETENTION);
    assertThat(hours()).isNull();
    runAt(HOUR.plusSeconds(3_660), RETENTION);
    assertThat(hours()).isEqualTo("2026-03-01 10:00:00 17 2100 3 14");
    // A slow writer's, just after the hour; and another's, whose hour is worked out for good.
    minute(HOUR.plusSeconds(3_540), 3, 1);
    runAt(HOUR.plusSeconds(3_720), RETENTION);
    minute(HOUR.plusSeconds(3_540), 4, 1);
    runAt(HOUR.plusSeconds(3_600 + 900), RETENTION);
    assertThat(hours()).isEqualTo("2026-03-01 10:00:00 18 2800 4 14");
  }

  @Test
  void hoursAreMadeUpForWhenNothingRan() throws SQLException {
    for (int hour = 0; hour < 5; hour += 2) {
      minute(HOUR.plusSeconds(3_600 * hour + 60), 1, 1 + hour);
    }
    runAt(HOUR.plusSeconds(3_600 * 6), Duration.ZERO);
    assertThat(hours())
        .isEqualTo(
            "2026-03-01 10:00:00 1 700 1 0, 2026-03-01 12:00:00 3 700 1 2,"
                + " 2026-03-01 14:00:00 5 700 1 4");
  }

  @Test
  void minutesAreKeptForThreeDaysAndHoursFor400() throws SQLException {
    for (int minute = 0; minute < 10; minute++) {
      minute(HOUR.plusSeconds(60 * minute), 1, 1);
    }
    runAt(HOUR.plus(Duration.ofDays(3)), Duration.ZERO);
    assertThat(DATABASE.query("SELECT count(*) FROM event_rollups")).isEqualTo("10");
    runAt(HOUR.plus(Duration.ofDays(3)).plusSeconds(301), Duration.ZERO);
    assertThat(DATABASE.query("SELECT count(*) FROM event_rollups")).isEqualTo("4");
    assertThat(hours()).startsWith("2026-03-01 10:00:00 10 ");
    runAt(HOUR.plus(Duration.ofDays(400)), Duration.ZERO);
    assertThat(hours()).startsWith("2026-03-01 10:00:00 10 ");
    runAt(HOUR.plus(Duration.ofDays(401)), Duration.ZERO);
    assertThat(hours()).isNull();
    assertThat(DATABASE.query("SELECT count(*) FROM event_rollups")).isEqualTo("0");
  }

  private static void issue(String fingerprint, int day) throws SQLException {
    DATABASE.execute(
        """
        INSERT INTO issues (tenant_id, fingerprint, source, stage, error_class, error_message,
          failures, first_failed_at, last_failed_at, first_release, last_release)
        VALUES ('acme', '%1$s', 'shop', 'Decode', 'INVALID', '', 1, '2020-01-01',
          now() + interval '%2$d days', '', '')
        """
            .formatted(fingerprint, day),
        """
        INSERT INTO issue_hours VALUES ('acme', '%1$s', now() + interval '%2$d days', 1)
        """
            .formatted(fingerprint, day),
        """
        INSERT INTO event_attempts (tenant_id, source, notification_id, attempted_at, outcome, release)
        VALUES ('acme', 'shop', '%1$s', now() + interval '%2$d days', 'DEAD_LETTER', '')
        """
            .formatted(fingerprint, day));
  }

  @Test
  void attemptsAndIssuesGoWithTheLedger() throws SQLException {
    for (int i = 0; i < 2 * CHUNK; i++) {
      issue("old-" + i, -31);
    }
    issue("young", -29);
    issue("open", -31);
    letter("open", "OPEN");
    letter("old-1", "REPLAYED");
    DATABASE.execute("UPDATE event_dead_letters SET fingerprint = notification_id");
    String left =
        "SELECT string_agg(fingerprint, ' ' ORDER BY fingerprint) FROM issues UNION ALL"
            + " SELECT string_agg(fingerprint, ' ') FROM issue_hours UNION ALL"
            + " SELECT string_agg(notification_id, ' ') FROM event_attempts";
    run(Duration.ZERO, 0);
    assertThat(DATABASE.query("SELECT count(*) FROM issues")).as("kept for ever").isEqualTo("10");
    run();
    assertThat(DATABASE.query("SELECT string_agg(t, ', ') FROM (" + left + ") AS l (t)"))
        .isEqualTo("open young, young, young");
  }
}
