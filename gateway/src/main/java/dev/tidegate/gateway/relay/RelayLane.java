package dev.tidegate.gateway.relay;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * A part of a table whose rows are published in order. One relay at a time has the lane; a lane
 * that no relay has may be taken by any. An aggregate is in one lane.
 *
 * <p>What the lane remembers of its rows between turns may be forgotten at any time ({@link
 * #reset}): the table tells everything that matters.
 */
interface RelayLane {
  /** The table's name, for logs and metrics. */
  String table();

  /** Whether this transaction has the lane now, until it ends. */
  boolean lock(Connection connection) throws SQLException;

  /**
   * The next rows, in order, locked until the transaction ends. Rows that wait for another one of
   * their aggregate are not among them.
   *
   * @param most the most rows
   */
  List<RelayRow> read(Connection connection, int most) throws SQLException;

  /** Stores the result for the rows that {@link #read} gave. */
  void settle(Connection connection, RelayPublisher.Result result) throws SQLException;

  /** How long the lane may rest after a turn, unless it is woken; zero where there may be more. */
  Duration rest();

  /** How many aggregates wait for a refused row, as far as the table itself does not tell. */
  default long refused() {
    return 0;
  }

  /** Forgets what was remembered: the transaction was not committed. */
  void reset();
}
