package dev.tidegate.flink;

import dev.tidegate.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;

/** What Tidegate's tables hold, to be compared with those of another database. */
final class TableContents {
  private TableContents() {}

  /**
   * Each table's rows, counted and hashed: every column but the time of writing; of the ledger,
   * what tells of the notifications and not of their deliveries.
   */
  static Map<String, String> of(TestDatabase database) throws SQLException {
    Map<String, String> contents = new TreeMap<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      try (ResultSet tables =
          statement.executeQuery(
              """
              SELECT table_name FROM information_schema.tables
              WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                AND table_name NOT LIKE 'container_statuses%'
              """)) {
        while (tables.next()) {
          contents.put(tables.getString(1), "to_jsonb(t) - 'updated_at' - 'updated_xid'");
        }
      }
      contents.put(
          "events",
          "jsonb_build_array(t.tenant_id, t.source, t.notification_id, t.event_type, t.subject,"
              + " t.status, t.version)");
      for (Map.Entry<String, String> table : contents.entrySet()) {
        try (ResultSet rows =
            statement.executeQuery(
                """
                SELECT count(*), md5(coalesce(string_agg(line, '' ORDER BY line), ''))
                FROM (SELECT (%s)::text COLLATE "C" AS line FROM %s t) r
                """
                    .formatted(table.getValue(), table.getKey()))) {
          rows.next();
          table.setValue(rows.getLong(1) + " rows, hash " + rows.getString(2));
        }
      }
    }
    return contents;
  }
}
