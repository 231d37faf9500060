package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.transforms.postgresql.LedgerRetention.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
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
}
