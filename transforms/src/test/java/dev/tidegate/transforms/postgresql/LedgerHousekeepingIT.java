package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.handled;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.postgresql.LedgerHousekeeping.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What is old goes, what is not stays, and the writers of events hardly notice. Days are given as
 * their distance from the database's today.
 */
class LedgerHousekeepingIT {
  static final TestDatabase DATABASE = TestDatabase.create(Things.DDL);

  private static final Duration RETENTION = Duration.ofDays(30);
  private static final int CHUNK = 4;

  private ConnectionPool pool;

  @BeforeEach
  void openPool() throws SQLException {
    dropPartitions();
    DATABASE.execute("TRUNCATE events, event_payloads, event_dead_letters");
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
  }

  @AfterEach
  void closePool() {
    pool.close();
  }

  private Result run(Duration retention, int day) {
    Instant now = Instant.now().plus(Duration.ofDays(day));
    return new LedgerHousekeeping(pool, retention, connection -> now, CHUNK).run();
  }

  private Result run() {
    return run(RETENTION, 0);
  }

  private void write(String... ids) throws SQLException {
    List<BatchEntry> batch = new ArrayList<>();
    for (String id : ids) {
      batch.add(handled(event(id, TIME)));
    }
    Things.writer(pool, () -> {})
        .write(
            batch,
            (entry, reason) -> {
              throw new AssertionError(reason);
            });
  }

  private static void dropPartitions() throws SQLException {
    String partitions =
        DATABASE.query(
            """
            SELECT string_agg(inhrelid::regclass::text, ', ') FROM pg_inherits
            WHERE inhparent = 'event_payloads'::regclass
              AND inhrelid <> 'event_payloads_default'::regclass
            """);
    if (partitions != null) {
      DATABASE.execute("DROP TABLE " + partitions);
    }
  }

  private static LocalDate today() {
    return LocalDate.now(ZoneOffset.UTC);
  }

  private static String partition(int day) {
    return "event_payloads_" + DateTimeFormatter.BASIC_ISO_DATE.format(today().plusDays(day));
  }

  /** The days' partitions, as distances from today. */
  private static String partitions() throws SQLException {
    return DATABASE.query(
        """
        SELECT string_agg((right(inhrelid::regclass::text, 8)::date - '%s'::date)::text, ' '
          ORDER BY right(inhrelid::regclass::text, 8))
        FROM pg_inherits
        WHERE inhparent = 'event_payloads'::regclass
          AND inhrelid <> 'event_payloads_default'::regclass
        """
            .formatted(today()));
  }

  /** Where payloads are: {@code id@partition}. */
  private static String payloads() throws SQLException {
    return DATABASE.query(
        """
        SELECT string_agg(notification_id || '@' || tableoid::regclass, ' '
          ORDER BY notification_id) FROM event_payloads
        """);
  }

  private static void payload(String id, int day) throws SQLException {
    DATABASE.execute(
        "INSERT INTO event_payloads VALUES ('acme', 'shop', '%s', '%s', '{}')"
            .formatted(id, today().plusDays(day)));
  }

  private static void ledgerRow(String id, int day) throws SQLException {
    DATABASE.execute(
        """
        INSERT INTO events (tenant_id, source, notification_id, event_id, status, version, received_at,
          published_at, processed_at, attributes)
        VALUES ('acme', 'shop', '%s', gen_random_uuid(), 'PROCESSED', 'v', now(), now(),
          now() + interval '%d days', '{}')
        """
            .formatted(id, day));
  }

  private static void letter(String id, String status) throws SQLException {
    DATABASE.execute(
        """
        INSERT INTO event_dead_letters (tenant_id, source, notification_id, body_sha256, stage,
          error_class, error_message, fingerprint, status, handler_version, message_id,
          published_at, received_at, failed_at, attributes, body)
        VALUES ('acme', 'shop', '%s', '', 'Decode', 'INVALID', '', '', '%s', '', '', now(), now(),
          now(), '{}', '')
        """
            .formatted(id, status));
  }

  private static String ledger() throws SQLException {
    return DATABASE.query(
        "SELECT string_agg(notification_id, ' ' ORDER BY notification_id) FROM events");
  }

  private static Result result(int created, int dropped, int deleted) {
    return new Result(created, dropped, deleted, List.of());
  }

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
  void aPartitionStoresPayloadsAsTheServerDoesBest() throws SQLException {
    run();
    assertThat(
            DATABASE.query(
                """
                SELECT CASE WHEN 'lz4' = ANY (enumvals)
                  THEN attstorage = 'x' AND attcompression = 'l' ELSE attstorage = 'e' END
                FROM pg_attribute, pg_settings
                WHERE attrelid = '%s'::regclass AND attname = 'payload'
                  AND name = 'default_toast_compression'
                """
                    .formatted(partition(0))))
        .isEqualTo("t");
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

  @Test
  void nothingIsDoneWhileSomeoneElseKeepsHouse() throws SQLException {
    ledgerRow("n-1", -40);
    payload("n-1", -40);
    try (Connection other = DATABASE.connect();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "SELECT pg_advisory_xact_lock(%d, 'events'::regclass::oid::integer)"
              .formatted(LedgerHousekeeping.LOCK));
      assertThat(run()).isEqualTo(result(0, 0, 0));
    }
    assertThat(partitions()).isNull();
    assertThat(run()).isEqualTo(result(3, 0, 1));
  }

  @Test
  void twoAtOnceDoTheWorkOnce() throws Exception {
    for (int i = 0; i < 100; i++) {
      ledgerRow("n-" + i, -40);
    }
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try {
      List<Future<Result>> results = executor.invokeAll(List.of(this::run, this::run));
      Result first = results.get(0).get();
      Result second = results.get(1).get();
      Result third = run();
      assertThat(first.rowsDeleted() + second.rowsDeleted() + third.rowsDeleted()).isEqualTo(100);
      assertThat(first.partitionsCreated() + second.partitionsCreated() + third.partitionsCreated())
          .isEqualTo(3);
      assertThat(ledger()).isNull();
      assertThat(partitions()).isEqualTo("0 1 2");
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void aReaderInTheWayPutsPartitionsOffAndNothingElse() throws SQLException {
    ledgerRow("n-1", -40);
    try (Connection reader = DATABASE.connect();
        Statement statement = reader.createStatement()) {
      reader.setAutoCommit(false);
      statement.execute("SELECT count(*) FROM event_payloads");
      Result result = run();
      assertThat(result.putOff()).containsExactly("SQLSTATE 55P03");
      assertThat(result.partitionsCreated()).isZero();
      assertThat(result.rowsDeleted()).isEqualTo(1);
      write("n-2");
    }
    assertThat(run()).isEqualTo(result(3, 0, 0));
  }

  @Test
  void aUserWhoMayNotChangeTablesStillDeletes() throws SQLException {
    ledgerRow("n-1", -40);
    payload("n-1", -40);
    DATABASE.execute(
        "CREATE ROLE writer LOGIN",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO writer");
    DatabaseConfiguration owner = TestConfiguration.of(DATABASE);
    try (ConnectionPool writer =
        ConnectionPool.open(
            new DatabaseConfiguration(owner.jdbcUrl(), "writer", owner.password(), 1))) {
      Result result = new LedgerHousekeeping(writer, RETENTION).run();
      assertThat(result.putOff()).containsExactly("SQLSTATE 42501");
      assertThat(result.rowsDeleted()).isEqualTo(1);
    } finally {
      DATABASE.execute("DROP OWNED BY writer", "DROP ROLE writer");
    }
    assertThat(payloads()).isNull();
  }

  @Test
  void anOutageIsWaitedForUntilTheNextTime() {
    LedgerHousekeeping housekeeping =
        new LedgerHousekeeping(
            pool,
            RETENTION,
            connection -> {
              throw new SQLException("a host and a port", "08006");
            },
            CHUNK);
    assertThat(housekeeping.run()).isEqualTo(new Result(0, 0, 0, List.of("SQLSTATE 08006")));
  }

  /** A partition that takes over from the default one must refuse no event on its way there. */
  @Test
  void partitionsComeAndGoWhileEventsAreWritten() throws Exception {
    AtomicBoolean stopped = new AtomicBoolean();
    AtomicInteger written = new AtomicInteger();
    AtomicInteger retries = new AtomicInteger();
    List<String> refused = new ArrayList<>();
    EventWriter writer = Things.writer(pool, retries::incrementAndGet);
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try {
      List<Future<?>> writers = new ArrayList<>();
      for (int thread = 0; thread < 2; thread++) {
        writers.add(
            executor.submit(
                () -> {
                  while (!stopped.get()) {
                    String id = "n-" + written.incrementAndGet();
                    writer.write(
                        List.of(handled(event(id, TIME))),
                        (entry, reason) -> {
                          synchronized (refused) {
                            refused.add(reason);
                          }
                        });
                  }
                  return null;
                }));
      }
      int created = 0;
      for (int i = 0; i < 25; i++) {
        dropPartitions();
        int before = written.get();
        while (written.get() < before + 10) {
          Thread.onSpinWait();
        }
        created += run().partitionsCreated();
      }
      stopped.set(true);
      for (Future<?> future : writers) {
        future.get();
      }
      assertThat(created).isGreaterThan(25);
    } finally {
      stopped.set(true);
      executor.shutdownNow();
    }
    assertThat(refused).isEmpty();
    assertThat(retries).hasValue(0);
    assertThat(DATABASE.query("SELECT count(*) FROM events")).isEqualTo(written.toString());
  }
}
