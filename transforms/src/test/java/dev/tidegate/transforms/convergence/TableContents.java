package dev.tidegate.transforms.convergence;

import static java.util.stream.Collectors.joining;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Reads what the tables hold of a tenant, and how that differs from what they hold of another. */
public final class TableContents {
  private final List<ComparedTable> tables;
  private final String digestSql;

  public TableContents(List<ComparedTable> tables) {
    this.tables = List.copyOf(tables);
    this.digestSql = tables.stream().map(ComparedTable::digestSql).collect(joining("UNION ALL\n"));
  }

  /** The digest of each of {@code tenants}. */
  public Map<String, Digest> digests(Connection connection, List<String> tenants)
      throws SQLException {
    Map<String, Digest> digests = new TreeMap<>();
    tenants.forEach(tenant -> digests.put(tenant, new Digest(new TreeMap<>())));
    try (PreparedStatement statement = connection.prepareStatement(digestSql)) {
      for (int parameter = 1; parameter <= tables.size(); parameter++) {
        statement.setArray(parameter, connection.createArrayOf("text", tenants.toArray()));
      }
      try (ResultSet found = statement.executeQuery()) {
        while (found.next()) {
          digests
              .get(found.getString(1))
              .tables()
              .put(found.getString(2), new Rows(found.getLong(3), found.getString(4)));
        }
      }
    }
    return digests;
  }

  /** A line for every column in which the two tenants' rows differ. */
  public List<String> differences(Connection connection, String expected, String found)
      throws SQLException {
    List<String> lines = new ArrayList<>();
    for (ComparedTable table : tables) {
      Map<String, Map<String, String>> first = columns(connection, table, expected);
      Map<String, Map<String, String>> second = columns(connection, table, found);
      for (String key : union(first, second)) {
        Map<String, String> was = first.getOrDefault(key, Map.of());
        Map<String, String> is = second.getOrDefault(key, Map.of());
        for (String column : union(was, is)) {
          String before = was.getOrDefault(column, "no row");
          String after = is.getOrDefault(column, "no row");
          if (!before.equals(after)) {
            lines.add("%s %s, %s: %s, but %s".formatted(table.name(), key, column, before, after));
          }
        }
      }
    }
    return lines;
  }

  private static Map<String, Map<String, String>> columns(
      Connection connection, ComparedTable table, String tenant) throws SQLException {
    Map<String, Map<String, String>> rows = new TreeMap<>();
    try (PreparedStatement statement = connection.prepareStatement(table.columnsSql())) {
      statement.setString(1, tenant);
      try (ResultSet found = statement.executeQuery()) {
        while (found.next()) {
          rows.computeIfAbsent(found.getString(1), key -> new TreeMap<>())
              .put(found.getString(2), found.getString(3));
        }
      }
    }
    return rows;
  }

  private static Set<String> union(Map<String, ?> first, Map<String, ?> second) {
    Set<String> keys = new TreeSet<>(first.keySet());
    keys.addAll(second.keySet());
    return keys;
  }

  /**
   * What the tables hold of one tenant: equal where they hold the same.
   *
   * @param tables by their names; those without a row are missing
   */
  public record Digest(SortedMap<String, Rows> tables) {
    public long rows() {
      return tables.values().stream().mapToLong(Rows::count).sum();
    }
  }

  /**
   * A table's rows of one tenant.
   *
   * @param count how many
   * @param hash of all that must converge, in the order of their keys
   */
  public record Rows(long count, String hash) {}
}
