package dev.tidegate.gateway.relay;

import dev.tidegate.gateway.relay.RelayMetrics.Backlog;
import dev.tidegate.gateway.relay.RelaySchedule.Rest;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.LedgerDatabase.Work;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** Looks every so often how much waits in a table. */
final class BacklogTurn implements RelaySchedule.Turn {
  private final String table;
  private final Work<String> sql;
  private final LedgerDatabase database;
  private final RelayMetrics metrics;

  /**
   * @param sql gives how many rows wait, for how many seconds the oldest does, and how many are
   *     refused
   */
  BacklogTurn(String table, Work<String> sql, LedgerDatabase database, RelayMetrics metrics) {
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
                  ResultSet row = statement.executeQuery(sql.with(connection))) {
                row.next();
                return new Backlog(
                    row.getLong(1),
                    Duration.ofMillis((long) (1000 * row.getDouble(2))),
                    row.getLong(3));
              }
            });
    metrics.backlog(table, backlog);
    return Rest.inAnyCase(RelaySchedule.UNTIL_WOKEN);
  }

  @Override
  public String toString() {
    return "the backlog of " + table;
  }
}
