package dev.tidegate.flink;

import dev.tidegate.local.command.ArchiveViews;
import dev.tidegate.transforms.files.CompletedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** What a file archive holds. */
final class ArchiveRows {
  private ArchiveRows() {}

  /**
   * How many rows {@code table} has of each notification. Nobody may be writing: what a killed
   * process left half written is settled first.
   */
  static Map<String, Integer> byNotification(Path archive, String table)
      throws IOException, SQLException {
    CompletedFile.recover(archive);
    Map<String, Integer> rows = new HashMap<>();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
      ArchiveViews.createIn(connection, archive);
      try (Statement statement = connection.createStatement();
          ResultSet result =
              statement.executeQuery(
                  "SELECT notification_id, count(*) FROM %s GROUP BY ALL".formatted(table))) {
        while (result.next()) {
          rows.put(result.getString(1), result.getInt(2));
        }
      }
    }
    return rows;
  }
}
