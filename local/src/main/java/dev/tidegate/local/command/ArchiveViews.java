package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.bigquery.AnalystView;
import dev.tidegate.transforms.files.ArchiveFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
      for (ArchiveFormat<?> table : ArchiveFormat.all()) {
        statement.execute(viewOver(List.of(), table));
      }
      statement.execute(googleSqlFunctions());
      for (AnalystView view : AnalystView.values()) {
        statement.execute(view.localDefinition());
      }
      for (ArchiveFormat<?> table : ArchiveFormat.all()) {
        List<Path> files = ArchiveFiles.in(archiveFolder.resolve(table.table()));
        statement.execute(viewOver(files, table));
      }
    }
  }

  private static String googleSqlFunctions() throws IOException {
    try (InputStream sql = ArchiveViews.class.getResourceAsStream("googlesql.sql")) {
      return new String(sql.readAllBytes(), UTF_8);
    }
  }

  /** A column of the BigQuery schema. */
  private record Field(String name, String type, boolean required) {
    static Field of(JsonNode schema) {
      String type = DUCKDB_TYPES.get(schema.required("type").textValue());
      if (type == null) {
        throw new IllegalStateException("no DuckDB type is known for " + schema);
      }
      return new Field(
          schema.required("name").textValue(),
          type,
          schema.path("mode").asText().equals("REQUIRED"));
    }

    /** What the line holds: bytes stand there in base64. */
    String typeInFile() {
      return type.equals("BLOB") ? "VARCHAR" : type;
    }

    String expression() {
      String column = quotedName(name);
      return type.equals("BLOB") ? "from_base64(" + column + ") AS " + column : column;
    }
  }

  private static String viewOver(List<Path> files, ArchiveFormat<?> table) throws IOException {
    List<Field> fields = fieldsOf(table);
    String head = "CREATE OR REPLACE VIEW " + quotedName(table.table()) + " AS SELECT ";
    if (files.isEmpty()) {
      return head
          + fields.stream()
              .map(field -> "NULL::" + field.type() + " AS " + quotedName(field.name()))
              .collect(Collectors.joining(", "))
          + ", NULL::DATE AS "
          + table.dateColumn()
          + " WHERE false";
    }
    List<String> columns = new ArrayList<>();
    for (Field field : fields) {
      columns.add(quotedText(field.name()) + ": " + quotedText(field.typeInFile()));
    }
    String required =
        fields.stream().filter(Field::required).findFirst().map(Field::name).orElseThrow();
    // While the pipeline writes, a file's last line may be torn. Told to ignore errors, DuckDB
    // makes a row of nulls of it, which the condition drops: a whole line has a value there.
    return head
        + fields.stream().map(Field::expression).collect(Collectors.joining(", "))
        + ", "
        + table.dateColumn()
        + " FROM read_json(["
        + files.stream().map(ArchiveViews::pattern).collect(Collectors.joining(", "))
        + "], format = 'newline_delimited', ignore_errors = true, maximum_object_size = "
        + LONGEST_LINE
        + ", hive_partitioning = true, hive_types = {"
        + quotedText(table.dateColumn())
        + ": DATE}, columns = {"
        + String.join(", ", columns)
        + "}) WHERE "
        + quotedName(required)
        + " IS NOT NULL";
  }

  private static List<Field> fieldsOf(ArchiveFormat<?> table) throws IOException {
    String resource = "bigquery/" + table.table() + ".json";
    try (InputStream schema = Event.class.getResourceAsStream(resource)) {
      List<Field> fields = new ArrayList<>();
      for (JsonNode field : Json.parse(schema.readAllBytes())) {
        fields.add(Field.of(field));
      }
      return fields;
    }
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
