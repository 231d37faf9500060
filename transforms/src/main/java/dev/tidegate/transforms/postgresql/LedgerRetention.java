package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.postgresql.SearchPath;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what the ledger has kept longer than the retention. Payloads are dropped with the
 * partition of their day. Ledger rows are deleted in chunks, and each chunk is a transaction. Rows
 * of dead letters that are still open stay. It also makes the partitions of the coming days.
 *
 * <p>Tasks that are done, notices, sagas that have ended, and effects go in the same way. An effect
 * is remembered for as long as its cause is in the ledger. What is forgotten is not caused again
 * for that: {@link EffectHorizon}. So do attempts, and issues that have no open letter. Figures of
 * events have terms of their own: those by the minute become {@link HourlyRollups}.
 *
 * <p>Any number of these may run at once, on any number of workers: each transaction takes an
 * advisory lock of the ledger, and whoever does not get the lock leaves the work to its holder.
 * Writers of events come first: what cannot be done at once is put off.
 */
public final class LedgerRetention {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerRetention.class);

  /**
   * How often to run it: often, so that each time is short, since a runner's checkpoint may have to
   * wait for the end. At this pace it deletes some thousand rows a second in the long run.
   */
  public static final Duration PERIOD = Duration.ofMinutes(1);

  /**
   * Makes a day's partition beside the table, takes over what the default partition holds of the
   * day, and attaches it.
   *
   * <p>Neither {@code CREATE TABLE … PARTITION OF}, which keeps readers out too, nor {@code ATTACH}
   * by itself, which keeps no writer out: one that was on its way to the default partition would be
   * refused with a violated constraint, and its event taken for poison. So the writers wait, with
   * SHARE ROW EXCLUSIVE on the parent, for some milliseconds once a day: for those before them to
   * commit, for the rows to be moved (a bounded number), and for the scan of the default partition
   * (of bounded size), which is empty but for days nobody made a partition for.
   */
  private static final List<String> ATTACH =
      List.of(
          "CREATE TABLE %1$s (LIKE event_payloads INCLUDING ALL) WITH (toast_tuple_target = 4080)",
          "LOCK TABLE ONLY event_payloads IN SHARE ROW EXCLUSIVE MODE",
          "LOCK TABLE event_payloads_default IN ACCESS EXCLUSIVE MODE",
          """
          WITH moved AS (DELETE FROM event_payloads_default WHERE stored_on = '%2$s' RETURNING *)
          INSERT INTO %1$s SELECT * FROM moved
          """,
          "ALTER TABLE event_payloads ATTACH PARTITION %1$s FOR VALUES FROM ('%2$s') TO ('%3$s')");

  private static final String PARTITIONS =
      """
      SELECT substring(c.relname FROM '[0-9]{8}$') AS day, c.oid::regclass::text AS name
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'event_payloads'::regclass AND c.relname ~ '^event_payloads_[0-9]{8}$'
      """;

  /** Whether the writers can be made to wait until a day's rows have left the default partition. */
  private static final String MOVABLE =
      """
      SELECT pg_relation_size('event_payloads_default') <= ?
        AND (SELECT count(*) FROM (
               SELECT FROM event_payloads_default WHERE stored_on = ?::date LIMIT ?) AS held) < ?
      """;

  /** Begins where the chunk before ended, or it would look at the open letters' rows again. */
  private static final String DELETE_ROWS =
      """
      WITH gone AS (
        DELETE FROM events WHERE ctid = ANY (ARRAY(
          SELECT e.ctid FROM events e
          WHERE e.processed_at >= ? AND e.processed_at < ?
            AND NOT EXISTS (
              SELECT FROM event_dead_letters l
              WHERE l.tenant_id = e.tenant_id AND l.source = e.source
                AND l.notification_id = e.notification_id AND l.status = 'OPEN')
          ORDER BY e.processed_at LIMIT ? FOR UPDATE OF e SKIP LOCKED))
        RETURNING processed_at),
      told AS (
        INSERT INTO effects_horizon AS known (received_before)
        SELECT ? FROM gone LIMIT 1
        ON CONFLICT (is_only) DO UPDATE SET
          received_before = greatest(known.received_before, EXCLUDED.received_before))
      SELECT count(*), max(processed_at) FROM gone
      """;

  /**
   * Those that are done; a saga's stay with it, because a later event may have it undo what was
   * done.
   */
  private static final String DELETE_TASKS =
      """
      WITH gone AS (
        DELETE FROM tasks WHERE ctid = ANY (ARRAY(
          SELECT t.ctid FROM tasks t
          WHERE t.finished_at >= ? AND t.finished_at < ?
            AND NOT EXISTS (
              SELECT FROM saga_instances s
              WHERE s.tenant_id = t.tenant_id AND s.source = t.source
                AND t.handler = 'saga:' || s.saga AND s.instance = t.cause)
          ORDER BY t.finished_at LIMIT ? FOR UPDATE OF t SKIP LOCKED))
        RETURNING finished_at)
      SELECT count(*), max(finished_at) FROM gone
      """;

  private static final String DELETE_NOTICES =
      """
      WITH gone AS (
        DELETE FROM notices WHERE ctid = ANY (ARRAY(
          SELECT n.ctid FROM notices n
          WHERE n.created_at >= ? AND n.created_at < ?
            AND NOT EXISTS (
              SELECT FROM outbox o WHERE o.tenant_id = n.tenant_id AND o.event_id = n.notice_id)
          ORDER BY n.created_at LIMIT ? FOR UPDATE OF n SKIP LOCKED))
        RETURNING created_at)
      SELECT count(*), max(created_at) FROM gone
      """;

  /**
   * Sagas that have ended, with their events and deadlines. Were one deleted of whose events the
   * ledger knows one, a repeat of that event would begin the instance anew. A task that is not done
   * tells it of its end.
   */
  private static final String DELETE_SAGAS =
      """
      WITH gone AS (
        DELETE FROM saga_instances WHERE ctid = ANY (ARRAY(
          SELECT s.ctid FROM saga_instances s
          WHERE s.updated_at >= ? AND s.updated_at < ? AND s.status IN ('COMPLETED', 'CANCELLED')
            AND NOT EXISTS (
              SELECT FROM saga_events of_saga
              JOIN events e USING (tenant_id, source, notification_id)
              WHERE of_saga.tenant_id = s.tenant_id AND of_saga.source = s.source
                AND of_saga.saga = s.saga AND of_saga.instance = s.instance)
            AND NOT EXISTS (
              SELECT FROM effects f JOIN tasks t ON t.tenant_id = f.tenant_id AND t.task_id = f.effect_id
              WHERE f.tenant_id = s.tenant_id AND f.source = s.source AND f.cause = s.instance
                AND f.handler = 'saga:' || s.saga AND t.finished_at IS NULL)
          ORDER BY s.updated_at LIMIT ? FOR UPDATE OF s SKIP LOCKED))
        RETURNING tenant_id, source, saga, instance, updated_at),
      events_gone AS (
        DELETE FROM saga_events e USING gone
        WHERE (e.tenant_id, e.source, e.saga, e.instance)
          = (gone.tenant_id, gone.source, gone.saga, gone.instance)),
      deadlines_gone AS (
        DELETE FROM saga_deadlines d USING gone
        WHERE (d.tenant_id, d.source, d.saga, d.instance)
          = (gone.tenant_id, gone.source, gone.saga, gone.instance))
      SELECT count(*), max(updated_at) FROM gone
      """;

  /**
   * Those whose cause cannot come again: the ledger has no such event, or there is no such instance
   * of a saga any more. What waits to be published or done keeps its row.
   */
  private static final String DELETE_EFFECTS =
      """
      WITH gone AS (
        DELETE FROM effects WHERE ctid = ANY (ARRAY(
          SELECT f.ctid FROM effects f
          WHERE f.created_at >= ? AND f.created_at < ?
            AND NOT EXISTS (
              SELECT FROM events e
              WHERE e.tenant_id = f.tenant_id AND e.source = f.source
                AND e.notification_id = f.cause AND f.handler NOT LIKE 'saga:%')
            AND NOT EXISTS (
              SELECT FROM saga_instances s
              WHERE s.tenant_id = f.tenant_id AND s.source = f.source
                AND f.handler = 'saga:' || s.saga AND s.instance = f.cause)
            AND NOT EXISTS (
              SELECT FROM tasks t WHERE t.tenant_id = f.tenant_id AND t.task_id = f.effect_id)
            AND NOT EXISTS (
              SELECT FROM outbox o WHERE o.tenant_id = f.tenant_id AND o.event_id = f.effect_id)
          ORDER BY f.created_at LIMIT ? FOR UPDATE OF f SKIP LOCKED))
        RETURNING created_at)
      SELECT count(*), max(created_at) FROM gone
      """;

  private static final String DELETE_PAYLOADS =
      """
      DELETE FROM event_payloads_default WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM event_payloads_default WHERE stored_on < ?::date
        ORDER BY stored_on LIMIT ? FOR UPDATE SKIP LOCKED))
      """;

  /** Those of which no letter is open. */
  private static final String DELETE_ISSUES =
      """
      WITH gone AS (
        DELETE FROM issues WHERE ctid = ANY (ARRAY(
          SELECT i.ctid FROM issues i
          WHERE i.last_failed_at >= ? AND i.last_failed_at < ?
            AND NOT EXISTS (
              SELECT FROM event_dead_letters l
              WHERE l.tenant_id = i.tenant_id AND l.fingerprint = i.fingerprint
                AND l.status = 'OPEN')
          ORDER BY i.last_failed_at LIMIT ? FOR UPDATE OF i SKIP LOCKED))
        RETURNING last_failed_at)
      SELECT count(*), max(last_failed_at) FROM gone
      """;

  /** Deletes a chunk of rows whose time is over, and nothing else decides. */
  private static String rowsOf(String table, String time) {
    return """
    WITH gone AS (
      DELETE FROM %1$s WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM %1$s
        WHERE %2$s >= ? AND %2$s < ? ORDER BY %2$s LIMIT ? FOR UPDATE SKIP LOCKED))
      RETURNING %2$s)
    SELECT count(*), max(%2$s) FROM gone
    """
        .formatted(table, time);
  }

  private static final String TRY_LOCK =
      "SELECT pg_try_advisory_xact_lock(?, 'events'::regclass::oid::integer)";

  /** For the advisory locks of ledgers: a number nobody else is likely to use. */
  static final int LOCK = 0x71de9a7e;

  private static final DateTimeFormatter NAME = DateTimeFormatter.BASIC_ISO_DATE;
  private static final int DAYS_AHEAD = 2;
  private static final int ROWS_CHUNK = 5_000;

  /** Payloads are large. */
  private static final int PAYLOADS_CHUNK = 1_000;

  /** A second's work, or less. */
  private static final int MOVABLE_ROWS = 10_000;

  private static final long MOVABLE_BYTES = 256L << 20;

  /**
   * Writers queue behind who waits for a lock, so nobody waits for long; a statement that holds one
   * does not run for long either.
   */
  private static final String BRIEFLY =
      "SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '5s'";

  /** How long a run deletes. */
  private static final Duration DELETING = Duration.ofSeconds(5);

  private final ConnectionPool pool;
  private final Duration retention;
  private final DatabaseTime time;
  private final int rowsChunk;

  /**
   * What was done.
   *
   * @param partitionsCreated days that have a partition now
   * @param partitionsDropped days whose payloads are gone
   * @param rowsDeleted rows that left the ledger
   * @param putOff what could not be done this time, and why; it quotes no values
   */
  public record Result(
      int partitionsCreated, int partitionsDropped, long rowsDeleted, List<String> putOff) {}

  /** Tells the database's time. */
  @FunctionalInterface
  interface DatabaseTime {
    Instant now(Connection connection) throws SQLException;
  }

  /** What is done in one transaction. */
  @FunctionalInterface
  private interface Work {
    /** How many of something were changed. */
    long run() throws SQLException;
  }

  /**
   * @param retention how long the ledger keeps what it knows of a notification. Zero is for ever:
   *     then only figures are worked out, and all payloads go into the default partition, for a
   *     view over thousands of partitions would be slow to plan
   */
  public LedgerRetention(ConnectionPool pool, Duration retention) {
    this(pool, retention, LedgerRetention::databaseTime, ROWS_CHUNK);
  }

  /** With another time and other chunks, for tests. */
  LedgerRetention(ConnectionPool pool, Duration retention, DatabaseTime time, int rowsChunk) {
    this.pool = pool;
    this.retention = retention;
    this.time = time;
    this.rowsChunk = rowsChunk;
  }

  /**
   * Does what is due, for some seconds at the most, and logs it. The rest waits for the next run,
   * and during an outage everything does.
   */
  public Result run() {
    Run run = new Run();
    run.all();
    Result result = new Result(run.created, run.dropped, run.deleted, List.copyOf(run.putOff));
    if (result.partitionsCreated() + result.partitionsDropped() + result.rowsDeleted() > 0) {
      LOG.info(
          "ledger: {} partitions created, {} dropped, {} rows deleted",
          result.partitionsCreated(),
          result.partitionsDropped(),
          result.rowsDeleted());
    }
    if (run.forgotten > 0) {
      LOG.info(
          "ledger: {} effects, tasks, notices, sagas, attempts and issues deleted", run.forgotten);
    }
    for (String reason : result.putOff()) {
      LOG.warn("the ledger is purged later: {}", reason);
    }
    return result;
  }

  /** The database stamped what is judged here, and a worker's clock may be wrong. */
  private static Instant databaseTime(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT now()")) {
      row.next();
      return row.getObject(1, OffsetDateTime.class).toInstant();
    }
  }

  private static LocalDate dayOf(Instant time) {
    return LocalDate.ofInstant(time, ZoneOffset.UTC);
  }

  /** One run, and what came of it so far. */
  private final class Run {
    private final List<String> putOff = new ArrayList<>();
    private int created;
    private int dropped;
    private long deleted;
    private long forgotten;

    void all() {
      try {
        pool.use(this::all);
      } catch (SQLException outage) {
        putOff.add(SqlFailure.describe(outage));
      }
    }

    private void all(Connection connection) throws SQLException {
      Instant now = time.now(connection);
      rollUp(connection, now);
      if (!retention.isZero()) {
        forget(connection, now);
      }
    }

    /** Figures by the minute go once their hours are worked out. */
    private void rollUp(Connection connection, Instant now) throws SQLException {
      List<Instant> hours = HourlyRollups.due(connection, now);
      connection.rollback();
      for (Instant hour : hours) {
        if (underLock(connection, () -> HourlyRollups.workOut(connection, hour)).isEmpty()) {
          return;
        }
      }
      Instant oldestMinute = now.minus(HourlyRollups.MINUTES_KEPT);
      Instant oldestHour = now.minus(HourlyRollups.HOURS_KEPT);
      deleteRows(connection, rowsOf("event_rollups", "minute"), oldestMinute, false, chunk -> {});
      deleteRows(
          connection, rowsOf("event_rollups_hourly", "hour"), oldestHour, false, chunk -> {});
    }

    private void forget(Connection connection, Instant now) throws SQLException {
      Instant oldest = now.minus(retention);
      Map<LocalDate, String> partitions = partitions(connection);
      connection.rollback();
      changePartitions(connection, partitions, dayOf(now), dayOf(oldest));
      deleteRows(connection, DELETE_ROWS, oldest, true, chunk -> deleted += chunk);
      // What is remembered of effects goes last: only then is nothing left that they belong to.
      for (String sql : List.of(DELETE_TASKS, DELETE_NOTICES, DELETE_SAGAS, DELETE_EFFECTS)) {
        deleteRows(connection, sql, oldest, false, chunk -> forgotten += chunk);
      }
      for (String sql :
          List.of(
              rowsOf("event_attempts", "attempted_at"),
              rowsOf("issue_hours", "hour"),
              DELETE_ISSUES)) {
        deleteRows(connection, sql, oldest, false, chunk -> forgotten += chunk);
      }
      deletePayloads(connection, dayOf(oldest));
    }

    /** Until one cannot be changed: the next would make the writers wait in vain, too. */
    private void changePartitions(
        Connection connection, Map<LocalDate, String> partitions, LocalDate today, LocalDate oldest)
        throws SQLException {
      for (int ahead = 0; ahead <= DAYS_AHEAD; ahead++) {
        LocalDate day = today.plusDays(ahead);
        if (!partitions.containsKey(day)) {
          OptionalLong done = underLock(connection, () -> attach(connection, day));
          if (done.isEmpty()) {
            return;
          }
          created += (int) done.getAsLong();
        }
      }
      for (Map.Entry<LocalDate, String> partition : partitions.entrySet()) {
        if (partition.getKey().isBefore(oldest)) {
          if (underLock(connection, () -> drop(connection, partition.getValue())).isEmpty()) {
            return;
          }
          dropped++;
        }
      }
    }

    private long attach(Connection connection, LocalDate day) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(BRIEFLY);
        if (!isMovable(connection, day)) {
          putOff.add("the default partition holds too much for a partition of " + day);
          return 0;
        }
        for (String sql : ATTACH) {
          statement.execute(sql.formatted(partitionOf(day), day, day.plusDays(1)));
        }
      }
      return 1;
    }

    /** In the schema of the parent, whatever the search path begins with. */
    private static String partitionOf(LocalDate day) {
      return SearchPath.TECHNICAL_SCHEMA + ".event_payloads_" + NAME.format(day);
    }

    /**
     * Takes ACCESS EXCLUSIVE on the parent, for as long as it takes to change the catalogue: the
     * files are removed after the commit, without a lock. Detaching first would take the same lock,
     * and doing so concurrently is not possible beside a default partition.
     */
    private long drop(Connection connection, String partition) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(BRIEFLY);
        statement.execute("DROP TABLE " + partition);
      }
      return 1;
    }

    /**
     * @param sql deletes a chunk of what is older, from a time on, and tells how many rows and the
     *     time of the last
     * @param isOfLedger whether {@code sql} also writes down up to when the ledger has forgotten
     */
    private void deleteRows(
        Connection connection, String sql, Instant oldest, boolean isOfLedger, LongConsumer counter)
        throws SQLException {
      OffsetDateTime[] from = {OffsetDateTime.MIN};
      inChunks(
          connection,
          rowsChunk,
          () -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
              statement.setObject(1, from[0]);
              statement.setObject(2, oldest.atOffset(ZoneOffset.UTC));
              statement.setInt(3, rowsChunk);
              if (isOfLedger) {
                statement.setObject(4, oldest.atOffset(ZoneOffset.UTC));
              }
              try (ResultSet row = statement.executeQuery()) {
                row.next();
                from[0] = row.getObject(2, OffsetDateTime.class);
                return row.getLong(1);
              }
            }
          },
          counter);
    }

    /** Those of days that never had a partition. */
    private void deletePayloads(Connection connection, LocalDate oldest) throws SQLException {
      inChunks(
          connection,
          PAYLOADS_CHUNK,
          () -> {
            try (PreparedStatement statement = connection.prepareStatement(DELETE_PAYLOADS)) {
              statement.setObject(1, oldest);
              statement.setInt(2, PAYLOADS_CHUNK);
              return statement.executeUpdate();
            }
          },
          chunk -> {});
    }

    /** Until a chunk is not full, with pauses as long as the work, so that others get on. */
    private void inChunks(Connection connection, int full, Work work, LongConsumer counter)
        throws SQLException {
      long end = System.nanoTime() + DELETING.toNanos();
      OptionalLong chunk;
      do {
        long started = System.nanoTime();
        chunk = underLock(connection, work);
        if (chunk.isEmpty() || Thread.currentThread().isInterrupted()) {
          return;
        }
        counter.accept(chunk.getAsLong());
        if (chunk.getAsLong() == full) {
          LockSupport.parkNanos(System.nanoTime() - started);
        }
      } while (chunk.getAsLong() == full && System.nanoTime() < end);
    }

    /**
     * Does {@code work} in a transaction, unless someone else is doing such work. The lock ends
     * with the transaction, so that no crash and no pooler between here and the database can leave
     * it behind.
     *
     * @return what {@code work} did, or nothing where it was not done
     */
    private OptionalLong underLock(Connection connection, Work work) throws SQLException {
      try (PreparedStatement tryLock = connection.prepareStatement(TRY_LOCK)) {
        tryLock.setInt(1, LOCK);
        boolean mine;
        try (ResultSet row = tryLock.executeQuery()) {
          row.next();
          mine = row.getBoolean(1);
        }
        OptionalLong done = mine ? OptionalLong.of(work.run()) : OptionalLong.empty();
        connection.commit();
        return done;
      } catch (SQLException failure) {
        putOff.add(SqlFailure.describe(failure));
        connection.rollback();
        return OptionalLong.empty();
      }
    }
  }

  /** The days that have a partition, and their names as SQL writes them. */
  private static Map<LocalDate, String> partitions(Connection connection) throws SQLException {
    Map<LocalDate, String> partitions = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(PARTITIONS)) {
      while (rows.next()) {
        try {
          partitions.put(LocalDate.parse(rows.getString("day"), NAME), rows.getString("name"));
        } catch (DateTimeParseException notADay) {
          // Somebody else's: it is neither counted on nor dropped.
          continue;
        }
      }
    }
    return partitions;
  }

  private static boolean isMovable(Connection connection, LocalDate day) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(MOVABLE)) {
      statement.setLong(1, MOVABLE_BYTES);
      statement.setObject(2, day);
      statement.setInt(3, MOVABLE_ROWS);
      statement.setInt(4, MOVABLE_ROWS);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }
}
