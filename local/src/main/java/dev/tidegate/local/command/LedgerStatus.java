package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * What the ledger tells: how many events of which kind, how fast, how late; and what tasks, sagas
 * and the relay wait for.
 */
final class LedgerStatus {
  private static final String BY_STATUS =
      "SELECT status, count(*) AS count FROM events GROUP BY 1 ORDER BY 2 DESC, 1";

  private static final String BY_TYPE =
      """
      SELECT source, event_type, count(*) AS count FROM events
      GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 20""";

  private static final String OPEN_LETTERS =
      """
      SELECT error_class, count(*) AS count FROM event_dead_letters
      WHERE status = 'OPEN' GROUP BY 1 ORDER BY 2 DESC, 1""";

  private static final String WITH_WARNINGS =
      "SELECT count(*) AS count FROM events WHERE warnings IS NOT NULL";

  private static final String CONFLICTS =
      "SELECT count(*) AS conflicts FROM events WHERE conflicts > 0";

  private static final String COMMITTED =
      """
      SELECT count(*) FILTER (WHERE processed_at > now() - interval '10 s') / 10.0 AS last_10_s,
             count(*) / 60.0 AS last_60_s
      FROM events WHERE processed_at > now() - interval '60 s'""";

  private static final String LATENCY =
      """
      SELECT percentile_cont(0.50) WITHIN GROUP (ORDER BY latency_ms) AS p50,
             percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) AS p95,
             percentile_cont(0.99) WITHIN GROUP (ORDER BY latency_ms) AS p99
      FROM events WHERE processed_at > now() - interval '5 min'""";

  private static final String LAST_COMMIT =
      "SELECT extract(epoch FROM now() - max(processed_at)) AS age FROM events";

  private static final String TASKS =
      """
      SELECT kind, sum(open)::bigint AS open, sum(claimed)::bigint AS claimed,
        sum(overdue)::bigint AS overdue, extract(epoch FROM max(oldest_age)) AS oldest
      FROM tasks_open GROUP BY kind ORDER BY oldest DESC, kind LIMIT 20""";

  private static final String SAGAS =
      """
      SELECT saga, waiting_for, sum(instances)::bigint AS instances,
        extract(epoch FROM now() - min(oldest_since)) AS oldest
      FROM sagas_waiting GROUP BY saga, waiting_for ORDER BY oldest DESC NULLS LAST, saga, waiting_for
      LIMIT 20""";

  private static final String FAILED_SAGAS =
      "SELECT count(*) AS failed FROM saga_instances WHERE status = 'FAILED'";

  private static final String EFFECTS =
      """
      SELECT kind, count(*) AS count FROM effects WHERE created_at > now() - interval '1 h'
      GROUP BY 1 ORDER BY 2 DESC, 1""";

  private static final String RELAY =
      "SELECT waiting, extract(epoch FROM oldest_age) AS oldest, refused FROM relay_lag";

  private LedgerStatus() {}

  /** Reads all of it from one snapshot, so that the numbers agree. */
  static ObjectNode read(Connection database) throws SQLException {
    database.setAutoCommit(false);
    database.setReadOnly(true);
    database.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    ObjectNode ledger = Json.mapper().createObjectNode();
    try (Statement statement = database.createStatement()) {
      // A status must not keep a busy database busy.
      statement.execute("SET LOCAL statement_timeout = '20s'");
      addCounts(statement, BY_STATUS, "status", ledger.putObject("events"));
      addTypes(statement, ledger.putArray("event_types"));
      try (ResultSet row = statement.executeQuery(WITH_WARNINGS)) {
        row.next();
        ledger.put("events_with_warnings", row.getLong("count"));
      }
      addCounts(statement, OPEN_LETTERS, "error_class", ledger.putObject("dead_letters_open"));
      try (ResultSet row = statement.executeQuery(CONFLICTS)) {
        row.next();
        ledger.put("conflicting_events", row.getLong("conflicts"));
      }
      addNumbers(statement, COMMITTED, ledger.putObject("events_per_second"));
      addNumbers(statement, LATENCY, ledger.putObject("latency_ms"));
      try (ResultSet row = statement.executeQuery(LAST_COMMIT)) {
        row.next();
        Double age = rounded(row, 1);
        // The clock that stamped it may run ahead of the database's.
        ledger.put("last_commit_age_seconds", age == null ? null : Math.max(0, age));
      }
      addEffects(statement, ledger);
    }
    database.rollback();
    return ledger;
  }

  private static void addCounts(Statement statement, String sql, String key, ObjectNode counts)
      throws SQLException {
    try (ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        counts.put(rows.getString(key), rows.getLong("count"));
      }
    }
  }

  private static void addTypes(Statement statement, ArrayNode types) throws SQLException {
    try (ResultSet rows = statement.executeQuery(BY_TYPE)) {
      while (rows.next()) {
        types
            .addObject()
            .put("source", rows.getString("source"))
            .put("event_type", rows.getString("event_type"))
            .put("count", rows.getLong("count"));
      }
    }
  }

  private static void addEffects(Statement statement, ObjectNode ledger) throws SQLException {
    addCounts(statement, EFFECTS, "kind", ledger.putObject("effects_last_hour"));
    ArrayNode tasks = ledger.putArray("tasks_open");
    try (ResultSet rows = statement.executeQuery(TASKS)) {
      while (rows.next()) {
        tasks
            .addObject()
            .put("kind", rows.getString("kind"))
            .put("open", rows.getLong("open"))
            .put("claimed", rows.getLong("claimed"))
            .put("overdue", rows.getLong("overdue"))
            .put("oldest_age_seconds", rounded(rows, "oldest"));
      }
    }
    ArrayNode sagas = ledger.putArray("sagas_waiting");
    try (ResultSet rows = statement.executeQuery(SAGAS)) {
      while (rows.next()) {
        sagas
            .addObject()
            .put("saga", rows.getString("saga"))
            .put("waiting_for", rows.getString("waiting_for"))
            .put("instances", rows.getLong("instances"))
            .put("oldest_seconds", rounded(rows, "oldest"));
      }
    }
    try (ResultSet row = statement.executeQuery(FAILED_SAGAS)) {
      row.next();
      ledger.put("sagas_failed", row.getLong("failed"));
    }
    try (ResultSet row = statement.executeQuery(RELAY)) {
      row.next();
      ledger
          .putObject("relay_lag")
          .put("waiting", row.getLong("waiting"))
          .put("oldest_age_seconds", rounded(row, "oldest"))
          .put("refused", row.getLong("refused"));
    }
  }

  private static void addNumbers(Statement statement, String sql, ObjectNode numbers)
      throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      for (int column = 1; column <= row.getMetaData().getColumnCount(); column++) {
        numbers.put(row.getMetaData().getColumnLabel(column), rounded(row, column));
      }
    }
  }

  private static Double rounded(ResultSet row, String column) throws SQLException {
    return rounded(row, row.findColumn(column));
  }

  /** To a tenth; null where there is none. */
  private static Double rounded(ResultSet row, int column) throws SQLException {
    double value = row.getDouble(column);
    return row.wasNull() ? null : Math.round(value * 10) / 10.0;
  }
}
