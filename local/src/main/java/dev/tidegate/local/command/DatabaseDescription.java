package dev.tidegate.local.command;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a PostgreSQL holds, as psql's {@code \d} tells it: tables, views, their columns, keys and
 * comments.
 */
final class DatabaseDescription {
  /** What is listed without a pattern: the applications' tables and views. */
  private static final String APPLICATIONS = "public.*";

  private static final Pattern ASKED =
      Pattern.compile("\\s*\\\\(\\S+?)\\+?(?:\\s+([^;]*?))?\\s*;?\\s*", Pattern.DOTALL);

  private static final String RELATIONS =
      """
      SELECT n.nspname AS schema, c.relname AS name,
        CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END AS kind,
        obj_description(c.oid, 'pg_class') AS comment
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = ANY (?::text[]::"char"[]) AND NOT c.relispartition
        AND (n.nspname LIKE ? OR (?::text IS NULL AND pg_table_is_visible(c.oid)
          AND n.nspname NOT IN ('pg_catalog', 'information_schema')))
        AND c.relname LIKE ?
      ORDER BY 1, 2\
      """;

  private static final String COLUMNS =
      """
      SELECT a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
        CASE WHEN a.attnotnull THEN 'not null' ELSE '' END AS nullable,
        pg_get_expr(d.adbin, d.adrelid) AS default, col_description(a.attrelid, a.attnum) AS comment
      FROM pg_attribute a
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = ?::oid AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attnum\
      """;

  /** Primary keys first, then other indexes, then what rows must fulfil. */
  private static final String KEYS =
      """
      SELECT name, kind, definition FROM (
        SELECT CASE WHEN x.indisprimary THEN 1 WHEN x.indisunique THEN 2 ELSE 3 END AS place,
          i.relname AS name,
          CASE WHEN x.indisprimary THEN 'primary key' WHEN x.indisunique THEN 'unique'
            ELSE 'index' END AS kind,
          regexp_replace(pg_get_indexdef(x.indexrelid), '^.* USING ', '') AS definition
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = ?::oid
        UNION ALL
        SELECT 4, k.conname, CASE k.contype WHEN 'f' THEN 'foreign key' ELSE 'check' END,
          pg_get_constraintdef(k.oid)
        FROM pg_constraint k WHERE k.conrelid = ?::oid AND k.contype IN ('c', 'f')
      ) AS keys
      ORDER BY place, name\
      """;

  private final Connection database;
  private final OutputOption output;

  DatabaseDescription(Connection database, OutputOption output) {
    this.database = database;
    this.output = output;
  }

  /** Whether {@code text} is one of psql's commands and no SQL. */
  static boolean isAsked(String text) {
    return text.strip().startsWith("\\");
  }

  /**
   * Prints what {@code text} asks for.
   *
   * @throws CommandFailure where it is another command of psql's, or nothing has that name
   */
  void print(String text) throws SQLException {
    Matcher asked = ASKED.matcher(text);
    String command = asked.matches() ? asked.group(1) : "";
    Optional<String> name =
        Optional.ofNullable(command.isEmpty() ? null : asked.group(2))
            .filter(given -> !given.isBlank());
    switch (command) {
      case "d" -> {
        if (name.isPresent() && !isPattern(name.get())) {
          describe(name.get());
        } else {
          list("{r,p,v,m}", name.orElse(APPLICATIONS));
        }
      }
      case "dt" -> list("{r,p}", name.orElse(APPLICATIONS));
      case "dv" -> list("{v,m}", name.orElse(APPLICATIONS));
      default ->
          throw new CommandFailure(
              "sql knows of psql's commands \\d, \\dt, \\dv and \\d NAME only. psql itself takes"
                  + " them all: eval \"$(./tidegate env)\" tells it where the database is");
    }
  }

  private static boolean isPattern(String name) {
    return name.contains("*") || name.contains("?");
  }

  private void list(String kinds, String pattern) throws SQLException {
    int point = pattern.indexOf('.');
    String schema = point < 0 ? null : like(pattern.substring(0, point));
    try (PreparedStatement query = database.prepareStatement(RELATIONS)) {
      query.setString(1, kinds);
      query.setString(2, schema);
      query.setString(3, schema);
      query.setString(4, like(pattern.substring(point + 1)));
      print(query);
    }
  }

  /** Names are lower case unless they are quoted, as in SQL. */
  private static String like(String pattern) {
    String plain =
        pattern.startsWith("\"") && pattern.endsWith("\"") && pattern.length() > 1
            ? pattern.substring(1, pattern.length() - 1)
            : pattern.toLowerCase(Locale.ROOT);
    return plain.replaceAll("([\\\\%_])", "\\\\$1").replace('*', '%').replace('?', '_');
  }

  private void describe(String name) throws SQLException {
    String id;
    try (PreparedStatement relation =
        database.prepareStatement(
            """
            SELECT c.oid::text, n.nspname || '.' || c.relname,
              CASE c.relkind WHEN 'v' THEN 'View' WHEN 'm' THEN 'Materialized view'
                ELSE 'Table' END,
              obj_description(c.oid, 'pg_class')
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.oid = to_regclass(?)\
            """)) {
      relation.setString(1, name);
      try (ResultSet found = relation.executeQuery()) {
        if (!found.next()) {
          throw new CommandFailure(
              "There is no table or view %s. \\d lists those there are".formatted(name));
        }
        id = found.getString(1);
        title("%s %s".formatted(found.getString(3), found.getString(2)), found.getString(4));
      }
    }
    try (PreparedStatement columns = database.prepareStatement(COLUMNS)) {
      columns.setString(1, id);
      print(columns);
    }
    if (output.isForPeople() && !output.isQuiet()) {
      keys(id);
    }
  }

  private void keys(String id) throws SQLException {
    try (PreparedStatement keys =
        database.prepareStatement(
            KEYS, ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)) {
      keys.setString(1, id);
      keys.setString(2, id);
      try (ResultSet rows = keys.executeQuery()) {
        if (rows.isBeforeFirst()) {
          output.out().print("\n");
          output.printer().print(rows);
        }
      }
    }
  }

  private void title(String name, String comment) {
    if (output.isForPeople() && !output.isQuiet()) {
      output.out().print(DisplayText.escaped(name) + "\n");
      if (comment != null) {
        output.out().print(DisplayText.escaped(comment) + "\n");
      }
      output.out().print("\n");
    }
  }

  private void print(PreparedStatement query) throws SQLException {
    try (ResultSet rows = query.executeQuery()) {
      output.printer().print(rows);
    }
  }
}
