package dev.tidegate.gateway.relay;

import dev.tidegate.gateway.relay.RelayMetrics.Backlog;
import dev.tidegate.gateway.relay.RelaySchedule.Rest;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** Looks every so often how much waits in a table. */
final class BacklogTurn implements RelaySchedule.Turn {
  static final Duration EVERY = Duration.ofSeconds(10);

  private final String table;
  private final String sql;
  private final LedgerDatabase database;
  private final RelayMetrics metrics;

  /**
   * @param sql gives how many rows wait, and since when the oldest does, in seconds
   */
  BacklogTurn(String table, String sql, LedgerDatabase database, RelayMetrics metrics) {
    this.table = table;
    this.sql = sql;
    this.database = database;
    this.metrics = metrics;
    metrics.backlog(table, Backlog.NONE);
  }

  @Override
  public Rest take() throws SQLException {
    Backlog backlog =
        database.inTransaction(
            connection -> {
              try (Statement statement = connection.createStatement();
                  ResultSet row = statement.executeQuery(sql)) {
                row.next();
                return new Backlog(
                    row.getLong(1), Duration.ofMillis((long) (1000 * row.getDouble(2))));
              }
            });
    metrics.backlog(table, backlog);
    return Rest.inAnyCase(EVERY);
  }

  @Override
  public String toString() {
    return "the backlog of " + table;
  }
}
