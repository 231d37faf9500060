package dev.tidegate.local.command;

import dev.tidegate.gateway.replay.LedgerPayload;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.postgresql.StoredDeadLetter;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/** Events that are kept somewhere, one after the other, and no more than are asked for. */
final class WhatIfEvents implements Iterator<RawEvent>, AutoCloseable {
  /** Rows fetched at a time: bodies may be large. */
  private static final int FETCH_SIZE = 100;

  /**
   * Which events are taken. Without names, those of any.
   *
   * @param since received since then; of dead letters, failed since then
   */
  record Selection(
      List<String> tenants,
      List<String> sources,
      List<String> types,
      List<String> ids,
      Optional<Instant> since,
      Optional<Instant> until,
      long limit) {}

  /** Reads the event of a row; of a damaged row there is none. */
  @FunctionalInterface
  private interface Reader {
    Optional<RawEvent> read(ResultSet row) throws SQLException;
  }

  private final Connection connection;
  private final PreparedStatement statement;
  private final ResultSet rows;
  private final Reader reader;
  private final long limit;
  private Optional<RawEvent> next = Optional.empty();
  private long taken;
  private long unreadable;
  private boolean more;

  private WhatIfEvents(
      Connection connection, PreparedStatement statement, Reader reader, long limit)
      throws SQLException {
    this.connection = connection;
    this.statement = statement;
    this.reader = reader;
    this.limit = limit;
    this.rows = statement.executeQuery();
    advance();
  }

  /** Those of {@code system}'s archive, in the order of its files. */
  static WhatIfEvents ofArchive(RunningSystem system, Selection selection)
      throws IOException, SQLException {
    Conditions where = Conditions.ofArchive(selection);
    Connection duckdb = ArchiveDatabase.open(Path.of(system.archiveFolder()).toRealPath());
    return open(
        duckdb,
        "SELECT %s FROM raw_events WHERE %s"
            .formatted(String.join(", ", ArchivedEvents.COLUMNS), where.text()),
        where,
        ArchivedEvents::eventOf,
        selection.limit);
  }

  /** The open dead letters of {@code system}, the first that failed first. */
  static WhatIfEvents ofDeadLetters(RunningSystem system, Selection selection) throws SQLException {
    return ofDatabase(
        system,
        "SELECT %s FROM event_dead_letters WHERE status = 'OPEN' AND %%s ORDER BY failed_at"
            .formatted(StoredDeadLetter.COLUMNS),
        "failed_at",
        selection,
        row -> Optional.of(StoredDeadLetter.eventOf(row)));
  }

  /** The events whose bodies the ledger of {@code system} keeps. */
  static WhatIfEvents ofLedger(RunningSystem system, Selection selection) throws SQLException {
    return ofDatabase(
        system,
        """
        SELECT e.*, p.payload FROM events e
        JOIN event_payloads p USING (tenant_id, source, notification_id)
        WHERE p.stored_on = e.payload_stored_on AND %s
        """,
        "received_at",
        selection,
        row -> Optional.of(LedgerPayload.eventOf(row)));
  }

  private static WhatIfEvents ofDatabase(
      RunningSystem system, String sql, String time, Selection selection, Reader reader)
      throws SQLException {
    Conditions where = new Conditions();
    selection.since.ifPresent(since -> where.add(time + " >= ?", since.atOffset(ZoneOffset.UTC)));
    selection.until.ifPresent(until -> where.add(time + " < ?", until.atOffset(ZoneOffset.UTC)));
    where.addNames(selection);
    Connection database = SystemDatabase.connect(system);
    // Rows are streamed within transactions only.
    database.setAutoCommit(false);
    database.setReadOnly(true);
    return open(database, sql.formatted(where.text()), where, reader, selection.limit);
  }

  private static WhatIfEvents open(
      Connection connection, String sql, Conditions where, Reader reader, long limit)
      throws SQLException {
    try {
      PreparedStatement statement = connection.prepareStatement(sql);
      statement.setFetchSize(FETCH_SIZE);
      where.bindTo(statement);
      return new WhatIfEvents(connection, statement, reader, limit);
    } catch (SQLException | RuntimeException unusable) {
      connection.close();
      throw unusable;
    }
  }

  /** Conditions that all rows meet, and their parameters. */
  static final class Conditions {
    private final List<String> conditions = new ArrayList<>(List.of("TRUE"));
    private final List<Object> values = new ArrayList<>();

    /** Those of the archive's {@code raw_events}. */
    static Conditions ofArchive(Selection selection) {
      Conditions where = new Conditions();
      // The date skips files.
      selection.since.ifPresent(
          time ->
              where
                  .add("received_date >= CAST(? AS DATE)", time.toString().substring(0, 10))
                  .add("received_at >= CAST(? AS TIMESTAMPTZ)", time.toString()));
      selection.until.ifPresent(
          time ->
              where
                  .add("received_date <= CAST(? AS DATE)", time.toString().substring(0, 10))
                  .add("received_at < CAST(? AS TIMESTAMPTZ)", time.toString()));
      where.addNames(selection);
      return where;
    }

    private void addNames(Selection selection) {
      addOneOf("tenant_id", selection.tenants);
      addOneOf("source", selection.sources);
      addOneOf("event_type", selection.types);
      addOneOf("notification_id", selection.ids);
    }

    void bindTo(PreparedStatement statement) throws SQLException {
      for (int i = 0; i < values.size(); i++) {
        statement.setObject(i + 1, values.get(i));
      }
    }

    Conditions add(String condition, Object value) {
      conditions.add(condition);
      values.add(value);
      return this;
    }

    private void addOneOf(String column, List<String> names) {
      if (!names.isEmpty()) {
        conditions.add("%s IN (%s)".formatted(column, "?, ".repeat(names.size() - 1) + "?"));
        values.addAll(names);
      }
    }

    String text() {
      return String.join(" AND ", conditions);
    }
  }

  private void advance() throws SQLException {
    next = Optional.empty();
    while (next.isEmpty() && rows.next()) {
      if (taken == limit) {
        more = true;
        return;
      }
      next = reader.read(rows);
      unreadable += next.isEmpty() ? 1 : 0;
    }
  }

  @Override
  public boolean hasNext() {
    return next.isPresent();
  }

  @Override
  public RawEvent next() {
    RawEvent event = next.orElseThrow(NoSuchElementException::new);
    taken++;
    try {
      advance();
    } catch (SQLException failure) {
      throw new CommandFailure(
          "The events cannot be read on: " + FailureReport.lineFor(failure), failure);
    }
    return event;
  }

  /** How many rows hold no event. */
  long unreadable() {
    return unreadable;
  }

  /** Whether there are more events than were asked for. */
  boolean hasMore() {
    return more;
  }

  @Override
  public void close() throws SQLException {
    try (connection;
        statement) {
      rows.close();
    }
  }
}
