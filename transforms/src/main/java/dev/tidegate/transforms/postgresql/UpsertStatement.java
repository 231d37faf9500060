package dev.tidegate.transforms.postgresql;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Version;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * The one statement that writes any number of rows of a {@link Table}, each column only where its
 * version is newer than the row's (DESIGN.md, promise 2). Values travel as arrays of text and are
 * cast by the server, so that the statement's text holds no value and is the same for every batch.
 *
 * <p>A column's version is its group's, unless {@link Table#COLUMN_VERSIONS} names an older one.
 * The group's is always the newest of its columns', so that what is stored follows from what was
 * said, whatever the order.
 */
final class UpsertStatement {
  private static final Comparator<Upsert> BY_KEY =
      (first, second) -> {
        for (int i = 0; i < first.key().size(); i++) {
          int order = first.key().get(i).compareTo(second.key().get(i));
          if (order != 0) {
            return order;
          }
        }
        return 0;
      };

  /** PostgreSQL takes 100 arguments, two for each field. */
  private static final int MOST_FIELDS = 50;

  /** Of what nothing was ever said: no bytes, as PostgreSQL writes them. */
  private static final String NEVER = "\\x";

  /** Before the digits of a version's text, in SQL. */
  private static final String PREFIX = "'" + NEVER + "'";

  private final Table table;

  /** How many columns each group has. */
  private final int[] widths;

  private final String sql;
  private final String sqlWithVersions;

  UpsertStatement(Table table) {
    this.table = table;
    this.widths = table.groups().stream().mapToInt(group -> group.columns().size()).toArray();
    this.sql = sqlOf(table, table.name(), null);
    this.sqlWithVersions =
        Stream.concat(
                table.groups().stream().map(ColumnGroup::versionColumn),
                Stream.of(Table.COLUMN_VERSIONS))
            .collect(joining(", ", sql + ", ", ""));
  }

  String sql() {
    return sql;
  }

  /** What a batch says of one row, from the oldest. */
  private record Row(List<Upsert> upserts) {
    List<String> key() {
      return upserts.get(0).key();
    }
  }

  /**
   * Writes what {@code upserts} say, in the order of their keys. One statement may touch a row only
   * once, so what several of them say of a row is settled here: of each column the newest.
   *
   * @param standing told of each upsert by which a column of a row now is as it says
   * @return how many rows were touched; the others knew nothing older
   */
  int execute(Connection connection, List<Upsert> upserts, Consumer<Upsert> standing)
      throws SQLException {
    List<Row> rows = rowsOf(upserts);
    // What is said of a row once, stands if the row is touched. Else the row's versions tell.
    boolean withVersions = rows.size() < upserts.size();
    try (PreparedStatement statement =
        connection.prepareStatement(withVersions ? sqlWithVersions : sql)) {
      bind(statement, rows);
      int touched = 0;
      try (ResultSet returned = statement.executeQuery()) {
        // The server answers in the order of the rows that it was given.
        for (int row = 0; returned.next(); row++) {
          while (row < rows.size() && !isOf(returned, rows.get(row).key())) {
            row++;
          }
          touched++;
          if (row < rows.size()) {
            tell(returned, rows.get(row).upserts, standing);
          }
        }
      }
      return touched;
    }
  }

  private static List<Row> rowsOf(List<Upsert> upserts) {
    List<Upsert> sorted = new ArrayList<>(upserts);
    sorted.sort(BY_KEY.thenComparing(Upsert::version));
    List<Row> rows = new ArrayList<>(sorted.size());
    int first = 0;
    for (int next = 1; next <= sorted.size(); next++) {
      if (next == sorted.size() || BY_KEY.compare(sorted.get(first), sorted.get(next)) != 0) {
        rows.add(new Row(sorted.subList(first, next)));
        first = next;
      }
    }
    return rows;
  }

  private static boolean isOf(ResultSet returned, List<String> key) throws SQLException {
    // From the end, where keys differ.
    for (int i = key.size(); i > 0; i--) {
      if (!key.get(i - 1).equals(returned.getString(i))) {
        return false;
      }
    }
    return true;
  }

  private void tell(ResultSet returned, List<Upsert> upserts, Consumer<Upsert> standing)
      throws SQLException {
    if (upserts.size() == 1) {
      standing.accept(upserts.get(0));
      return;
    }
    Map<String, byte[]> now = new HashMap<>();
    int column = table.key().size();
    for (ColumnGroup group : table.groups()) {
      byte[] version = returned.getBytes(++column);
      group.columns().forEach(each -> now.put(each.name(), version));
    }
    JsonNode older = json(returned.getString(++column));
    for (Upsert upsert : upserts) {
      if (upsert.columns().keySet().stream().anyMatch(name -> isNow(upsert, name, now, older))) {
        standing.accept(upsert);
      }
    }
  }

  /** Whether the version of the column, or of the field of a column, is now the upsert's. */
  private static boolean isNow(
      Upsert upsert, String name, Map<String, byte[]> now, JsonNode older) {
    JsonNode own = older.get(name);
    if (own != null) {
      return own.textValue().equals(upsert.version().text());
    }
    int field = name.indexOf(Column.FIELD);
    return Arrays.equals(
        now.get(field < 0 ? name : name.substring(0, field)), upsert.version().bytes());
  }

  private static JsonNode json(@Nullable String text) throws SQLException {
    try {
      return text == null ? Json.mapper().createObjectNode() : Json.mapper().readTree(text);
    } catch (JsonProcessingException impossible) {
      throw new SQLException("jsonb is JSON", impossible);
    }
  }

  /** Sets an array for each column, in the statement's order. */
  private void bind(PreparedStatement statement, List<Row> rows) throws SQLException {
    List<Settled> settled = new ArrayList<>(rows.size());
    for (Row row : rows) {
      settled.add(new Settled(row));
    }
    BatchParameters parameters = new BatchParameters(statement, rows.size());
    for (int i = 0; i < table.key().size(); i++) {
      int part = i;
      parameters.texts(row -> rows.get(row).key().get(part));
    }
    int first = 0;
    for (int i = 0; i < table.groups().size(); i++) {
      int group = i;
      for (int column = 0; column < table.groups().get(group).columns().size(); column++) {
        int place = first++;
        parameters.texts(row -> settled.get(row).values[place]);
      }
      parameters.bytes(
          row -> {
            Version version = settled.get(row).groupVersions[group];
            return version == null ? null : version.bytes();
          });
    }
    parameters.texts(row -> settled.get(row).columnVersions());
  }

  /** What is said of a row in the end: of each column the newest. */
  private final class Settled {
    /** As PostgreSQL reads them, in the order of the groups' columns. */
    private final @Nullable String[] values = new String[table.width()];

    /** The version of each value; null where nothing is said of the column. */
    private final @Nullable Version[] versions = new Version[values.length];

    /** The newest version of each group's columns; null where none is mentioned. */
    private final @Nullable Version[] groupVersions = new Version[table.groups().size()];

    /** What is older than its group, by its name; null where nothing is. */
    private @Nullable Map<String, String> older;

    Settled(Row row) {
      for (Upsert upsert : row.upserts) {
        for (int i = 0; i < values.length; i++) {
          if (upsert.mentions(i)) {
            values[i] = upsert.value(i);
            versions[i] = upsert.version();
          }
        }
      }
      int first = 0;
      for (int i = 0; i < groupVersions.length; i++) {
        int width = widths[i];
        settle(i, first, width);
        first += width;
      }
      if (row.upserts.size() > 1) {
        settleFields(row.upserts);
      }
    }

    private void settle(int group, int first, int width) {
      Version newest = versions[first];
      boolean differ = false;
      for (int i = first + 1; i < first + width; i++) {
        if (versions[i] != newest) {
          differ = true;
          newest = newerOf(newest, versions[i]);
        }
      }
      groupVersions[group] = newest;
      if (differ) {
        List<Column> columns = table.groups().get(group).columns();
        for (int i = 0; i < width; i++) {
          Version own = versions[first + i];
          if (!newest.equals(own)) {
            isOlder(columns.get(i).name(), own == null ? NEVER : own.text());
          }
        }
      }
    }

    /** Of several upserts each may mention other fields. */
    private void settleFields(List<Upsert> upserts) {
      SortedMap<String, String> fields = new TreeMap<>();
      Map<String, Version> versionsOfFields = new HashMap<>();
      for (Upsert upsert : upserts) {
        fields.putAll(upsert.fields());
        upsert.fields().keySet().forEach(field -> versionsOfFields.put(field, upsert.version()));
      }
      int position = 0;
      for (int i = 0; i < groupVersions.length; i++) {
        Column column = table.groups().get(i).columns().get(0);
        Version newest = groupVersions[i];
        if (column.byField() && newest != null) {
          values[position] = Upsert.objectOf(column, fields);
          String prefix = column.nameOf("");
          versionsOfFields.forEach(
              (field, own) -> {
                if (field.startsWith(prefix) && !newest.equals(own)) {
                  isOlder(field, own.text());
                }
              });
        }
        position += widths[i];
      }
    }

    private void isOlder(String name, String version) {
      if (older == null) {
        older = new TreeMap<>();
      }
      older.put(name, version);
    }

    @Nullable String columnVersions() {
      return older == null ? null : Json.write(Json.mapper().valueToTree(older));
    }
  }

  private static @Nullable Version newerOf(@Nullable Version one, @Nullable Version other) {
    return one == null || (other != null && other.compareTo(one) > 0) ? other : one;
  }

  /**
   * The statement that merges the rows of one table into another: of each column the newest stands,
   * as if what had been said of the first had been said of the second.
   *
   * @param into a table with the columns of {@code table}, as SQL names it
   * @param from another
   */
  static String mergeOf(Table table, String into, String from) {
    return sqlOf(table, into, from);
  }

  /**
   * @param from the table that the rows come from; null where they are parameters
   */
  private static String sqlOf(Table table, String into, @Nullable String from) {
    List<String> names = new ArrayList<>();
    List<String> parameters = new ArrayList<>();
    List<String> casts = new ArrayList<>();
    List<String> assignments = new ArrayList<>();
    List<String> moves = new ArrayList<>();
    List<String> older = new ArrayList<>();
    List<String> changes = new ArrayList<>();
    List<Fields> fields = new ArrayList<>();
    for (Column column : table.key()) {
      names.add(column.name());
      parameters.add("?::text[]");
      casts.add(cast(column));
    }
    for (ColumnGroup group : table.groups()) {
      for (Column column : group.columns()) {
        names.add(column.name());
        parameters.add("?::text[]");
        casts.add(cast(column));
        if (column.byField()) {
          fields.add(new Fields(group, column));
          continue;
        }
        assignments.add(
            "%1$s = CASE WHEN %2$s THEN EXCLUDED.%1$s ELSE old.%1$s END"
                .formatted(column.name(), isNewer(group, column)));
        moves.add(isNewer(group, column));
        if (group.columns().size() > 1) {
          older.add(olderThanGroup(group, column));
        }
      }
      changes.add(changes(group));
      String version = group.versionColumn();
      names.add(version);
      parameters.add("?::bytea[]");
      casts.add("new." + version);
      assignments.add("%1$s = greatest(old.%1$s, EXCLUDED.%1$s)".formatted(version));
    }
    names.add(Table.COLUMN_VERSIONS);
    parameters.add("?::text[]");
    casts.add("new.%s::jsonb".formatted(Table.COLUMN_VERSIONS));
    for (Fields each : fields) {
      assignments.add(each.assignment());
      moves.add(each.moves());
    }
    assignments.add("%s = %s".formatted(Table.COLUMN_VERSIONS, columnVersions(older, fields)));
    assignments.add(
        """
        (%1$s, %2$s) = (SELECT CASE WHEN changed THEN now() ELSE old.%1$s END,
            CASE WHEN changed THEN pg_current_xact_id() ELSE old.%2$s END
          FROM (SELECT %3$s OFFSET 0) AS row (changed))"""
            .formatted(
                Table.UPDATED_AT, Table.UPDATED_XID, String.join("\n            OR ", changes)));
    return """
    INSERT INTO %s AS old (%s)
    %s
    ON CONFLICT (%s) DO UPDATE SET
      %s
    WHERE %s
    RETURNING %s\
    """
        .formatted(
            into,
            String.join(", ", names),
            from == null
                ? "SELECT %s\nFROM unnest(%s) AS new (%s)"
                    .formatted(
                        String.join(", ", casts),
                        String.join(", ", parameters),
                        String.join(", ", names))
                : "SELECT %s FROM %s".formatted(String.join(", ", names), from),
            table.key().stream().map(Column::name).collect(joining(", ")),
            String.join(",\n  ", assignments),
            String.join("\n   OR ", moves),
            table.key().stream().map(column -> column.name() + "::text").collect(joining(", ")));
  }

  private static String cast(Column column) {
    return "new.%s::%s".formatted(column.name(), column.type().sqlName());
  }

  /**
   * Whether other values are said of a group than it has. Where an upsert mentions a group in part
   * only, or is older, this may be said of a row that stays the same; never the other way round.
   */
  private static String changes(ColumnGroup group) {
    return group.columns().stream()
        .map(
            column ->
                column.byField()
                    ? "EXCLUDED.%1$s IS DISTINCT FROM old.%1$s AND coalesce(old.%1$s, '{}') || EXCLUDED.%1$s IS DISTINCT FROM old.%1$s"
                        .formatted(column.name())
                    : "EXCLUDED.%1$s IS DISTINCT FROM old.%1$s".formatted(column.name()))
        .collect(
            joining(" OR ", "EXCLUDED.%s IS NOT NULL AND (".formatted(group.versionColumn()), ")"));
  }

  /** A column moves when something newer is said of it. */
  private static String isNewer(ColumnGroup group, Column column) {
    return "%s > %s".formatted(version("EXCLUDED", group, column), version("old", group, column));
  }

  /** The version that a column has in {@code row}; empty, and so the oldest, where it has none. */
  static String version(String row, ColumnGroup group, Column column) {
    return group.columns().size() == 1
        ? "coalesce(%s.%s, '')".formatted(row, group.versionColumn())
        : "coalesce((%1$s.%2$s->>'%3$s')::bytea, %1$s.%4$s, '')"
            .formatted(row, Table.COLUMN_VERSIONS, column.name(), group.versionColumn());
  }

  /** The column's version as a field of {@link Table#COLUMN_VERSIONS}; null where it is newest. */
  private static String olderThanGroup(ColumnGroup group, Column column) {
    return "'%1$s', %5$s || encode(nullif(greatest(%2$s, %3$s), coalesce(greatest(old.%4$s, EXCLUDED.%4$s), '')), 'hex')"
        .formatted(
            column.name(),
            version("old", group, column),
            version("EXCLUDED", group, column),
            group.versionColumn(),
            PREFIX);
  }

  /** Where neither side leaves anything out, as nearly always, there is nothing to work out. */
  private static String columnVersions(List<String> older, List<Fields> fields) {
    List<String> objects = new ArrayList<>();
    for (int from = 0; from < older.size(); from += MOST_FIELDS) {
      objects.add(
          "jsonb_build_object(%s)"
              .formatted(
                  String.join(
                      ", ", older.subList(from, Math.min(from + MOST_FIELDS, older.size())))));
    }
    fields.forEach(each -> objects.add(each.olderThanGroup()));
    if (objects.isEmpty()) {
      return "NULL";
    }
    String leavesOut =
        Stream.concat(
                Stream.of(
                    "num_nonnulls(old.%1$s, EXCLUDED.%1$s) > 0".formatted(Table.COLUMN_VERSIONS)),
                fields.stream().map(Fields::differ))
            .collect(joining(" OR "));
    return "CASE WHEN %s THEN nullif(jsonb_strip_nulls(%s), '{}') END"
        .formatted(leavesOut, String.join(" || ", objects));
  }

  /** How the fields of a column move, each by its own clock. */
  private record Fields(ColumnGroup group, Column column) {
    /** Nearly always both sides have the same fields, and neither has versions beside its own. */
    String assignment() {
      return """
      %1$s = CASE
        WHEN %2$s THEN (SELECT jsonb_object_agg(field, CASE WHEN theirs > ours
          THEN EXCLUDED.%1$s -> field ELSE old.%1$s -> field END) %3$s)
        WHEN %4$s THEN EXCLUDED.%1$s ELSE old.%1$s END"""
          .formatted(column.name(), isMixed(), eachField(), isNewer());
    }

    String moves() {
      return "CASE WHEN %s THEN EXISTS (SELECT %s WHERE theirs > ours) ELSE %s END"
          .formatted(isMixed(), eachField(), isNewer());
    }

    /** An object with the version of each field that is older than the group's. */
    String olderThanGroup() {
      return """
      coalesce((SELECT jsonb_object_agg('%1$s' || field, %4$s || encode(greatest(ours, theirs), 'hex'))
          %2$s WHERE greatest(ours, theirs) < greatest(old.%3$s, EXCLUDED.%3$s)), '{}')"""
          .formatted(column.nameOf(""), eachField(), group.versionColumn(), PREFIX);
    }

    /** Whether both sides have fields, and not the same. */
    String differ() {
      return """
      (num_nulls(old.%1$s, EXCLUDED.%1$s) = 0 AND (
          old.%1$s - ARRAY(SELECT jsonb_object_keys(EXCLUDED.%1$s)) <> '{}'
          OR EXCLUDED.%1$s - ARRAY(SELECT jsonb_object_keys(old.%1$s)) <> '{}'))"""
          .formatted(column.name());
    }

    /** Both sides have fields, and some may have a version of its own. */
    private String isMixed() {
      return "num_nulls(old.%1$s, EXCLUDED.%1$s) = 0 AND (num_nonnulls(old.%2$s, EXCLUDED.%2$s) > 0 OR %3$s)"
          .formatted(column.name(), Table.COLUMN_VERSIONS, differ());
    }

    private String isNewer() {
      return UpsertStatement.isNewer(group, column);
    }

    private String eachField() {
      return """
      FROM (SELECT field, %s AS ours, %s AS theirs
          FROM jsonb_object_keys(
            coalesce(old.%3$s, '{}') || coalesce(EXCLUDED.%3$s, '{}')) AS field) AS fields"""
          .formatted(versionIn("old"), versionIn("EXCLUDED"), column.name());
    }

    /** Empty for a field that the side does not have. */
    private String versionIn(String row) {
      return "CASE WHEN jsonb_exists(%1$s.%2$s, field) THEN coalesce((%1$s.%3$s ->> ('%4$s' || field))::bytea, %1$s.%5$s) ELSE '' END"
          .formatted(
              row, column.name(), Table.COLUMN_VERSIONS, column.nameOf(""), group.versionColumn());
    }
  }

  /** The statements of {@code tables}, in the same order: the order in which batches lock them. */
  static Map<String, UpsertStatement> ofAll(List<Table> tables) {
    Map<String, UpsertStatement> statements = new LinkedHashMap<>();
    for (Table table : tables) {
      statements.put(table.name(), new UpsertStatement(table));
    }
    return statements;
  }
}
