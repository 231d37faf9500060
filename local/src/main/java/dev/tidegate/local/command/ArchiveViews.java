package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.api.services.bigquery.model.TableFieldSchema;
import dev.tidegate.schemas.bigquery.AnalystView;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.bigquery.TableDefinition;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The file archive as DuckDB views {@code raw_events}, {@code dead_letters} and {@code
 * event_outcomes}, with the columns of the BigQuery tables and the date that the folders are named
 * after; and over these every {@link AnalystView}.
 */
public final class ArchiveViews {
  /**
   * The longest line DuckDB takes; a message of 10 MB stays far below it, however it is escaped.
   */
  private static final int LONGEST_LINE = 32 << 20;

  private static final Map<String, String> DUCKDB_TYPES =
      Map.of(
          "STRING", "VARCHAR",
          "JSON", "JSON",
          "BYTES", "BLOB",
          "TIMESTAMP", "TIMESTAMPTZ",
          "INTEGER", "BIGINT",
          "FLOAT", "DOUBLE",
          "BOOLEAN", "BOOLEAN");

  private ArchiveViews() {}

  /**
   * Creates or replaces the views over the files that lie in {@code archiveFolder} now.
   *
   * @throws IOException where the folder cannot be read
   */
  public static void createIn(Connection duckdb, Path archiveFolder)
      throws IOException, SQLException {
    try (Statement statement = duckdb.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      // DuckDB looks at a view's files when it is created, and again at each view over that one: so
      // the analyst views come before the files.
      for (ArchiveTable<?> table : ArchiveTable.all()) {
        statement.execute(viewOver(List.of(), table));
      }
      statement.execute(googleSqlFunctions());
      for (AnalystView view : AnalystView.values()) {
        statement.execute(view.localDefinition());
      }
      for (ArchiveTable<?> table : ArchiveTable.all()) {
        List<Path> files = filesIn(archiveFolder.resolve(table.name()));
        statement.execute(viewOver(files, table));
      }
    }
  }

  private static String googleSqlFunctions() throws IOException {
    try (InputStream sql = ArchiveViews.class.getResourceAsStream("googlesql.sql")) {
      return new String(sql.readAllBytes(), UTF_8);
    }
  }

  /** All files of {@code tableFolder}'s days, sorted; none where the folder does not exist. */
  private static List<Path> filesIn(Path tableFolder) throws IOException {
    TreeSet<Path> files = new TreeSet<>();
    if (Files.isDirectory(tableFolder)) {
      Path folder = tableFolder.toAbsolutePath().normalize();
      try (DirectoryStream<Path> days = Files.newDirectoryStream(folder, "*_date=*")) {
        for (Path day : days) {
          try (DirectoryStream<Path> ofDay = Files.newDirectoryStream(day, "*.ndjson{,.gz}")) {
            ofDay.forEach(files::add);
          }
        }
      }
    }
    // A file and its compressed copy lie side by side for a moment; each row counts once.
    files.removeIf(file -> files.contains(file.resolveSibling(file.getFileName() + ".gz")));
    return List.copyOf(files);
  }

  private static String viewOver(List<Path> files, ArchiveTable<?> table) {
    List<TableFieldSchema> columns = TableDefinition.of(table).schema().getFields();
    String head = "CREATE OR REPLACE VIEW " + quotedName(table.name()) + " AS SELECT ";
    if (files.isEmpty()) {
      return head
          + joined(columns, column -> "NULL::" + typeOf(column) + " AS " + nameOf(column))
          + ", NULL::DATE AS %s WHERE false".formatted(table.dateColumn());
    }
    // While the pipeline writes, a file's last line may be torn. Told to ignore errors, DuckDB
    // makes a row of nulls of it, which the condition drops: a whole line has a value there.
    String required =
        columns.stream()
            .filter(column -> column.getMode().equals("REQUIRED"))
            .findFirst()
            .map(ArchiveViews::nameOf)
            .orElseThrow();
    return head
        + joined(columns, ArchiveViews::valueOf)
        + ", "
        + table.dateColumn()
        + " FROM read_json(["
        + joined(files, ArchiveViews::pattern)
        + "], format = 'newline_delimited', ignore_errors = true, maximum_object_size = "
        + LONGEST_LINE
        + ", hive_partitioning = true, hive_types = {%s: DATE}, columns = {"
            .formatted(quotedText(table.dateColumn()))
        + joined(columns, column -> quotedText(column.getName()) + ": " + textTypeOf(column))
        + "}) WHERE "
        + required
        + " IS NOT NULL";
  }

  private static <T> String joined(List<T> values, Function<T, String> text) {
    return values.stream().map(text).collect(Collectors.joining(", "));
  }

  private static String typeOf(TableFieldSchema column) {
    return Optional.ofNullable(DUCKDB_TYPES.get(column.getType())).orElseThrow();
  }

  /** The type on a line, where bytes are in Base64. */
  private static String textTypeOf(TableFieldSchema column) {
    return quotedText(column.getType().equals("BYTES") ? "VARCHAR" : typeOf(column));
  }

  private static String valueOf(TableFieldSchema column) {
    String name = nameOf(column);
    return column.getType().equals("BYTES") ? "from_base64(%1$s) AS %1$s".formatted(name) : name;
  }

  private static String nameOf(TableFieldSchema column) {
    return quotedName(column.getName());
  }

  /**
   * A pattern that matches {@code file} alone: the archive's folder may hold wildcards in its name.
   */
  private static String pattern(Path file) {
    return quotedText(file.toString().replaceAll("[\\[*?]", "[$0]"));
  }

  private static String quotedText(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private static String quotedName(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
