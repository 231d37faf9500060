package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** The rows of one tenant, put in and read as tests like to read them. */
final class TenantRows {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Connection connection;
  private final String tenant;

  private TenantRows(Connection connection, String tenant) {
    this.connection = connection;
    this.tenant = tenant;
  }

  /** A tenant nobody else has. */
  static TenantRows ofNewTenant(Connection connection) {
    return new TenantRows(connection, "tenant-" + UUID.randomUUID());
  }

  /** The tenant's rows on another connection. */
  static TenantRows of(String tenant, Connection connection) {
    return new TenantRows(connection, tenant);
  }

  String tenant() {
    return tenant;
  }

  /**
   * Inserts a row: {@code insert("vessels", "t49_vessel_id, name", "v", "EVER GIVEN")}.
   *
   * @param columns of these values, separated by commas; the others have their default, and a key
   *     without its type is a transport event's or a port's
   * @param values as JSON has them
   */
  TenantRows insert(String table, String columns, Object... values) throws SQLException {
    return insert(table, columns(columns, values));
  }

  static Map<String, Object> columns(String columns, Object... values) {
    String[] names = columns.split(", ", -1);
    if (names.length != values.length) {
      throw new IllegalArgumentException(columns);
    }
    Map<String, Object> row = new LinkedHashMap<>();
    for (int i = 0; i < names.length; i++) {
      row.put(names[i], values[i]);
    }
    return row;
  }

  /** Inserts a row of these values and this tenant. */
  TenantRows insert(String table, Map<String, Object> columns) throws SQLException {
    Map<String, Object> values = new LinkedHashMap<>(columns);
    values.put("tenant_id", tenant);
    if (table.equals("container_events")) {
      values.putIfAbsent("resource_type", "transport_event");
    } else if (table.equals("locations")) {
      values.putIfAbsent("location_type", "port");
    }
    String names = String.join(", ", values.keySet());
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO %s (%s) SELECT %s FROM jsonb_populate_record(NULL::%s, ?::jsonb)"
                .formatted(table, names, names, table))) {
      statement.setString(1, JSON.writeValueAsString(values));
      statement.executeUpdate();
      return this;
    } catch (JsonProcessingException impossible) {
      throw new IllegalArgumentException(impossible);
    }
  }

  /** This tenant's rows of a view, each as its columns' texts in "a | b"; sorted, times in UTC. */
  List<String> read(String view, String columns) throws SQLException {
    String row =
        Arrays.stream(columns.split(", ", -1))
            .map("coalesce((%s)::text, 'null')"::formatted)
            .collect(Collectors.joining(", "));
    return query("SELECT concat_ws(' | ', %s) FROM %s WHERE tenant_id = ?".formatted(row, view));
  }

  /** This tenant's rows of a view, whole, sorted. */
  List<String> readAll(String view) throws SQLException {
    return query("SELECT v::text FROM %s v WHERE tenant_id = ?".formatted(view));
  }

  /** The first column of a query whose only parameter is the tenant, sorted. */
  List<String> query(String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, tenant);
      List<String> lines = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          lines.add(rows.getString(1));
        }
      }
      Collections.sort(lines);
      return lines;
    }
  }
}
