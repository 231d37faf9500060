package dev.tidegate.transforms.handlers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.Table;
import dev.tidegate.testing.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The migrations create the very tables that the code writes. */
class MigrationsIT {
  private static final TestDatabase DATABASE = TestDatabase.create();

  static Stream<Table> tables() {
    return EventSources.installed().tables().stream();
  }

  @ParameterizedTest
  @MethodSource("tables")
  void columnsAreThoseOfTheDefinitionInItsOrder(Table table) throws SQLException {
    List<String> expected = new ArrayList<>();
    table.key().forEach(column -> expected.add(described(column) + " not null"));
    table.groups().stream()
        .flatMap(group -> group.columns().stream())
        .forEach(column -> expected.add(described(column)));
    table.groups().stream()
        .map(ColumnGroup::versionColumn)
        .forEach(version -> expected.add(version + " bytea"));
    expected.add(Table.COLUMN_VERSIONS + " jsonb");
    expected.add(Table.UPDATED_AT + " timestamptz not null default now()");
    expected.add(Table.UPDATED_XID + " xid8 not null default pg_current_xact_id()");

    assertThat(
            query(
                """
                SELECT a.attname || ' ' ||
                       replace(format_type(a.atttypid, a.atttypmod),
                               'timestamp with time zone', 'timestamptz') ||
                       CASE WHEN c.collname <> 'default' THEN ' collate ' || c.collname
                            ELSE '' END ||
                       CASE WHEN a.attnotnull THEN ' not null' ELSE '' END ||
                       coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
                FROM pg_attribute a
                LEFT JOIN pg_collation c ON c.oid = a.attcollation
                LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                WHERE a.attrelid = ?::regclass AND a.attnum > 0
                ORDER BY a.attnum
                """,
                table.name()))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("tables")
  void thePrimaryKeyIsTheDefinitionsKey(Table table) throws SQLException {
    assertThat(
            query(
                """
                SELECT a.attname
                FROM pg_constraint k
                CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS part (attnum, place)
                JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = part.attnum
                WHERE k.conrelid = ?::regclass AND k.contype = 'p'
                ORDER BY part.place
                """,
                table.name()))
        .isEqualTo(table.key().stream().map(Column::name).toList());
  }

  @ParameterizedTest
  @MethodSource("tables")
  void thereAreNoForeignKeys(Table table) throws SQLException {
    assertThat(
            query(
                "SELECT conname FROM pg_constraint WHERE conrelid = ?::regclass AND contype = 'f'",
                table.name()))
        .isEmpty();
  }

  @ParameterizedTest
  @MethodSource("tables")
  void indexesBeginWithTheTenantAndHoldNoUnboundedText(Table table) throws SQLException {
    List<String> indexed =
        query(
            """
            SELECT i.indexrelid::regclass::text || ' ' || part.place || ' ' || a.attname
            FROM pg_index i
            CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS part (attnum, place)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.attnum
            WHERE i.indrelid = ?::regclass
            """,
            table.name());

    assertThat(indexed).isNotEmpty();
    for (String entry : indexed) {
      String[] parts = entry.split(" ", -1);
      if (parts[1].equals("1")) {
        assertThat(parts[2]).as(entry).isEqualTo(Table.TENANT_ID);
      }
      if (parts[2].equals(Table.UPDATED_XID)) {
        continue;
      }
      Column column = table.column(parts[2]).orElseThrow();
      assertThat(column.type().sqlName()).as(entry).isIn("text", "timestamptz");
      if (column.type().sqlName().equals("text")) {
        assertThat(column.maxLength()).as(entry).isEqualTo(Column.INDEXED_LENGTH);
      }
    }
  }

  /** Whoever looks at the database finds there what it holds. */
  @Test
  void everythingHasAComment() throws SQLException {
    assertThat(
            query(
                """
                WITH own AS (
                  SELECT oid, oid::regclass AS name FROM pg_class
                  WHERE relnamespace IN ('public'::regnamespace, to_regnamespace(?::text))
                    AND relkind IN ('r', 'p', 'v', 'm', 'f'))
                SELECT 'the table or view ' || name FROM own
                WHERE obj_description(oid, 'pg_class') IS NULL
                UNION ALL
                SELECT format('the column %s.%s', name, attname)
                FROM own JOIN pg_attribute ON attrelid = own.oid
                WHERE attnum > 0 AND NOT attisdropped
                  AND col_description(own.oid, attnum) IS NULL
                UNION ALL
                SELECT 'the function ' || oid::regprocedure FROM pg_proc
                WHERE pronamespace IN ('public'::regnamespace, to_regnamespace('tidegate'))
                  AND obj_description(oid, 'pg_proc') IS NULL
                """,
                "tidegate"))
        .isEmpty();
  }

  /**
   * A comment that many columns share is found by what the column is, and not by its name alone.
   */
  @Test
  void commentsOfViewsAreThoseOfTheColumnsThatTheyShow() throws SQLException {
    DATABASE.execute(
        "CREATE TABLE shown (tenant_id text, status text, extra text, name text, updated_at date)",
        "CREATE TABLE other (tenant_id text, name text)",
        "COMMENT ON COLUMN shown.status IS 'How it is.'",
        "COMMENT ON COLUMN shown.name IS 'One name.'",
        "COMMENT ON COLUMN other.name IS 'Another name.'",
        "CREATE VIEW showing AS SELECT s.tenant_id, s.status, s.extra, o.name, s.name AS own,"
            + " s.updated_at FROM shown s JOIN other o USING (tenant_id)",
        "COMMENT ON COLUMN showing.updated_at IS 'Its own.'",
        "SELECT comment_common_columns('shown', 'other', 'showing')");
    try {
      assertThat(
              query(
                  """
                  SELECT attrelid::regclass || '.' || attname || ': ' ||
                    col_description(attrelid, attnum)
                  FROM pg_attribute WHERE attrelid IN ('shown'::regclass, ?::regclass)
                    AND attname <> 'tenant_id' AND attnum > 0
                    AND col_description(attrelid, attnum) IS NOT NULL
                  ORDER BY attrelid, attnum
                  """,
                  "showing"))
          .containsExactly(
              "shown.status: How it is.",
              "shown.name: One name.",
              "showing.status: How it is.",
              "showing.updated_at: Its own.");
    } finally {
      DATABASE.execute("DROP VIEW showing", "DROP TABLE shown, other");
    }
  }

  private static String described(Column column) {
    return column.name() + " " + column.type().sqlName();
  }

  private static List<String> query(String sql, String parameter) throws SQLException {
    try (Connection connection = DATABASE.connect();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, parameter);
      List<String> rows = new ArrayList<>();
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          rows.add(result.getString(1));
        }
      }
      return rows;
    }
  }
}
