package dev.tidegate.gateway.operations;

import dev.tidegate.schemas.RawEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The next events of a replay, in its order.
 *
 * @param entries empty at the end of the replay
 */
record ReplayBatch(List<Entry> entries) {
  /** Bodies may be large: beyond so many bytes a batch has no further event. */
  private static final long MOST_BYTES = 8L << 20;

  private static final int FETCH_SIZE = 10;

  /**
   * An event, and the key of its row.
   *
   * @param key the values of {@link ReplayOrigin#key}
   */
  record Entry(List<String> key, RawEvent event) {}

  /**
   * Reads a batch.
   *
   * @param after the key of the last row that was done with; empty at the beginning
   * @param most events
   */
  static ReplayBatch read(
      Connection connection,
      ReplayOrigin origin,
      ReplayFilter filter,
      Instant asked,
      List<String> after,
      int most)
      throws SQLException {
    SqlConditions conditions = new SqlConditions();
    origin.restrict(conditions, filter, asked);
    String key = String.join(", ", origin.key());
    if (!after.isEmpty()) {
      String places = after.stream().map(value -> "?").collect(Collectors.joining(", "));
      conditions.add("(%s) > (%s)".formatted(key, places), after.toArray());
    }
    String sql =
        "SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT %d"
            .formatted(origin.columns(), origin.table(), conditions.text(), key, most);
    List<Entry> entries = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setFetchSize(FETCH_SIZE);
      conditions.bind(statement, 1);
      long bytes = 0;
      try (ResultSet row = statement.executeQuery()) {
        while (bytes < MOST_BYTES && row.next()) {
          Entry entry = new Entry(keyOf(row, origin), origin.eventOf(row));
          bytes += entry.event().body().length;
          entries.add(entry);
        }
      }
    }
    return new ReplayBatch(List.copyOf(entries));
  }

  /** How many events there are in all. */
  static long count(Connection connection, ReplayOrigin origin, ReplayFilter filter, Instant asked)
      throws SQLException {
    SqlConditions conditions = new SqlConditions();
    origin.restrict(conditions, filter, asked);
    return Rows.read(
            connection,
            "SELECT count(*) FROM %s WHERE %s".formatted(origin.table(), conditions.text()),
            conditions,
            row -> row.getLong(1))
        .get(0);
  }

  private static List<String> keyOf(ResultSet row, ReplayOrigin origin) throws SQLException {
    List<String> key = new ArrayList<>();
    for (String column : origin.key()) {
      key.add(row.getString(column));
    }
    return List.copyOf(key);
  }
}
