package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.duckdb.DuckDBDriver;

/**
 * An in-process DuckDB that sees the archive and nothing else: no other file, no network, no
 * extension from elsewhere.
 */
final class ArchiveDatabase {
  private static final Pattern EXPLAIN =
      Pattern.compile("^\\s*EXPLAIN\\s+(ANALYZE\\s+)?", Pattern.CASE_INSENSITIVE);
  private static final Pattern SINGLE_PIVOT =
      Pattern.compile("^\\s*(UN)?PIVOT\\b[^;]*;?\\s*$", Pattern.CASE_INSENSITIVE);

  private ArchiveDatabase() {}

  /** Opens it with {@link ArchiveViews} in it, and locks the door. */
  static Connection open(Path archiveFolder) throws IOException, SQLException {
    Properties properties = new Properties();
    properties.setProperty("autoinstall_known_extensions", "false");
    properties.setProperty("autoload_known_extensions", "false");
    properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
    Connection duckdb = DriverManager.getConnection("jdbc:duckdb:", properties);
    try (Statement statement = duckdb.createStatement()) {
      ArchiveViews.createIn(duckdb, archiveFolder);
      String folder = archiveFolder.toAbsolutePath().normalize().toString().replace("'", "''");
      statement.execute("SET allowed_directories = ['" + folder + "/']");
      statement.execute("SET enable_external_access = false");
      statement.execute("SET lock_configuration = true");
      return duckdb;
    } catch (IOException | SQLException unusable) {
      duckdb.close();
      throw unusable;
    }
  }

  /**
   * Refuses what does not only read: DuckDB would let COPY and ATTACH write into the archive.
   *
   * @throws CommandFailure where {@code sql} is anything but queries
   */
  static void requireQuery(Connection duckdb, String sql) throws SQLException {
    Matcher explain = EXPLAIN.matcher(sql);
    String query = explain.find() ? sql.substring(explain.end()) : sql;
    if (SINGLE_PIVOT.matcher(query).matches()) {
      return;
    }
    // DuckDB's own parser: only queries have a serialized form.
    try (PreparedStatement serialize =
        duckdb.prepareStatement("SELECT json_serialize_sql(?::VARCHAR)::VARCHAR")) {
      serialize.setString(1, query);
      try (ResultSet row = serialize.executeQuery()) {
        row.next();
        JsonNode serialized = Json.mapper().readTree(row.getString(1));
        boolean parses = !serialized.path("error_type").asText().equals("parser");
        if (serialized.path("error").asBoolean() && parses) {
          throw new CommandFailure(
              "The archive can only be queried: give a SELECT. Use tidegate sql for PostgreSQL");
        }
      }
    } catch (IOException impossible) {
      throw new IllegalStateException("DuckDB writes JSON", impossible);
    }
  }
}
