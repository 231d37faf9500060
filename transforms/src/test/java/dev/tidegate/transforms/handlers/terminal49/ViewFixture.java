package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidegate.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/**
 * Rows to read through the views, of a tenant for each test: what the tests of views share. All of
 * them look at one database.
 */
abstract class ViewFixture {
  static final TestDatabase DATABASE = TestDatabase.create();

  static final ObjectMapper JSON = new ObjectMapper();
  static final String TRANSPORT = "container.transport.";
  static final String MONDAY = "2026-03-02T08:00:00Z";
  static final String TUESDAY = "2026-03-03T08:00:00Z";
  static final String WEDNESDAY = "2026-03-04T08:00:00Z";

  static Connection connection;

  /** A tenant of each test's own. */
  TenantRows rows;

  @BeforeAll
  static void connect() throws SQLException {
    connection = DATABASE.connect();
    execute("SET TIME ZONE 'UTC'");
  }

  @AfterAll
  static void disconnect() throws SQLException {
    connection.close();
  }

  @BeforeEach
  void beAnotherTenant() {
    rows = TenantRows.ofNewTenant(connection);
  }

  void container() throws SQLException {
    rows.insert("containers", "t49_container_id", "c");
  }

  /** A milestone, of the container "c" unless another is given. */
  void milestone(String id, String name, String time) throws SQLException {
    event(id, TRANSPORT + name, time);
  }

  void milestone(String id, String name, String time, String columns, Object... more)
      throws SQLException {
    event(id, TRANSPORT + name, time, columns, more);
  }

  void event(String id, String type, String time) throws SQLException {
    event(id, type, time, "t49_container_id", "c");
  }

  void event(String id, String type, String time, String columns, Object... more)
      throws SQLException {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("t49_event_id", id);
    values.put("event_type", type);
    values.put("event_timestamp", time);
    values.put("t49_container_id", "c");
    values.putAll(TenantRows.columns(columns, more));
    rows.insert("container_events", values);
  }

  static JsonNode json(String text) throws JsonProcessingException {
    return text == null ? null : JSON.readTree(text);
  }

  static List<String> column(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (result.next()) {
        values.add(result.getString(1));
      }
      return values;
    }
  }

  static void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
