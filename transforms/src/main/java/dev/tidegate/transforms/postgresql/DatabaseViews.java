package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.View;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Compares a database's views with those that sources declare. A view that Tidegate made has its
 * query in its comment: PostgreSQL keeps it in words of its own.
 */
public final class DatabaseViews {
  private static final String COMMENT = "Made by Tidegate: ";

  private static final String FOUND =
      """
      SELECT relkind = 'v' AS is_view, obj_description(oid, 'pg_class') AS comment,
        ARRAY(SELECT attname || ' ' || replace(
            format_type(atttypid, atttypmod), 'timestamp with time zone', 'timestamptz')
          FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum > 0 ORDER BY attnum) AS columns
      FROM pg_class WHERE oid = to_regclass(?::text)
      """;

  /** A view that is made anew would be its owner's alone. */
  private static final String GRANTS =
      """
      SELECT format('GRANT %s ON %s TO %s%s;', string_agg(privilege_type, ', '
          ORDER BY privilege_type), to_regclass(?::text),
        CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
        CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
      FROM pg_class, aclexplode(relacl)
      WHERE oid = to_regclass(?::text) AND grantee <> relowner
      GROUP BY grantee, is_grantable ORDER BY 1
      """;

  private DatabaseViews() {}

  /** What has a view's name in the database. */
  private record Found(boolean isView, @Nullable String comment, List<String> columns) {
    /** Whether it was made for a source: else it is somebody else's. */
    boolean isOurs() {
      return isView && comment != null && comment.startsWith(COMMENT);
    }

    boolean isAs(View view) {
      return isOurs() && comment.equals(commentOf(view)) && columns.equals(columnsOf(view));
    }
  }

  /**
   * The statements that make {@code views} what they are declared to be. What is somebody else's is
   * left alone: {@link #mismatches} tells of it.
   */
  public static List<String> additions(Connection connection, List<View> views)
      throws SQLException {
    List<String> statements = new ArrayList<>();
    for (View view : views) {
      Optional<Found> found = find(connection, view);
      if (found.isPresent() && (!found.get().isOurs() || found.get().isAs(view))) {
        continue;
      }
      // PostgreSQL lets a view only have more columns, after those that it has.
      List<String> present = found.map(Found::columns).orElse(List.of());
      List<String> declared = columnsOf(view);
      boolean isAnew =
          present.size() > declared.size() || !declared.subList(0, present.size()).equals(present);
      if (isAnew) {
        statements.add("DROP VIEW %s;".formatted(view.name()));
      }
      statements.add(
          "CREATE OR REPLACE VIEW %s AS\n%s;"
              .formatted(view.name(), view.query().replaceAll(" (?=FROM |GROUP BY )", "\n")));
      statements.add("COMMENT ON VIEW %s IS '%s';".formatted(view.name(), commentOf(view)));
      if (isAnew) {
        statements.addAll(grantsOn(connection, view));
      }
    }
    return statements;
  }

  /** The views that the database lacks or has otherwise: a line each, empty where none. */
  public static List<String> mismatches(Connection connection, List<View> views)
      throws SQLException {
    List<String> mismatches = new ArrayList<>();
    for (View view : views) {
      Optional<Found> found = find(connection, view);
      if (found.isEmpty()) {
        mismatches.add("the view %s is missing".formatted(view.name()));
      } else if (!found.get().isOurs()) {
        mismatches.add("%s is no view that Tidegate made".formatted(view.name()));
      } else if (!found.get().isAs(view)) {
        mismatches.add("the view %s must be %s".formatted(view.name(), view.query()));
      }
    }
    return mismatches;
  }

  private static Optional<Found> find(Connection connection, View view) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(FOUND)) {
      statement.setString(1, view.name());
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(
                new Found(
                    row.getBoolean("is_view"),
                    row.getString("comment"),
                    List.of((String[]) row.getArray("columns").getArray())))
            : Optional.empty();
      }
    }
  }

  private static List<String> grantsOn(Connection connection, View view) throws SQLException {
    List<String> grants = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(GRANTS)) {
      statement.setString(1, view.name());
      statement.setString(2, view.name());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          grants.add(rows.getString(1));
        }
      }
    }
    return grants;
  }

  private static String commentOf(View view) {
    return COMMENT + view.query();
  }

  private static List<String> columnsOf(View view) {
    List<String> names = view.columnNames();
    List<String> types = view.columnTypes();
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      columns.add(names.get(i) + " " + types.get(i));
    }
    return columns;
  }
}
