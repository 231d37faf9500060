package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An archive of rows with whatever the tables require, and what DuckDB makes of it. */
final class SampleArchive {
  private final Path folder;
  private final Connection duckdb;
  private int messages;

  SampleArchive(Path folder, Connection duckdb) {
    this.folder = folder;
    this.duckdb = duckdb;
  }

  /** An event came in. {@code columns} are set over what any event has. */
  SampleArchive received(String id, Instant receivedAt, Map<String, ?> columns) throws IOException {
    ObjectNode row = row(id, receivedAt, "pipeline_version");
    row.put("archived_at", receivedAt.toString()).put("payload_bytes", 2);
    row.putObject("attributes");
    return add("raw_events", "received_date", row, columns);
  }

  /** An event ended with {@code status}. */
  SampleArchive ended(String id, String status, Instant processedAt, Map<String, ?> columns)
      throws IOException {
    ObjectNode row = row(id, processedAt, "pipeline_version");
    row.put("status", status).put("processed_at", processedAt.toString()).put("latency_ms", 1.0);
    return add("event_outcomes", "processed_date", row, columns);
  }

  /** An event became a dead letter, which is an outcome too. */
  SampleArchive failed(String id, Instant failedAt, Map<String, ?> columns) throws IOException {
    ObjectNode row = row(id, failedAt, "handler_version");
    row.put("failed_at", failedAt.toString()).put("original_publish_time", failedAt.toString());
    row.put("payload_bytes", 2).put("attempts", 1).putObject("attributes");
    row.put("stage", "Validate").put("error_class", "INVALID").put("error_message", "wrong");
    row.put("fingerprint", "f1");
    add("dead_letters", "failed_date", row, columns);
    ObjectNode outcome = row(id, failedAt, "pipeline_version");
    outcome.put("status", "DEAD_LETTER").put("processed_at", failedAt.toString());
    outcome.put("latency_ms", 1.0).setAll(row.deepCopy().retain(OUTCOME_COLUMNS));
    return add("event_outcomes", "processed_date", outcome, columns);
  }

  /** A dead letter of the event was discarded. */
  SampleArchive discarded(String id, Instant discardedAt) throws IOException {
    return ended(
        id,
        "DISCARDED",
        discardedAt,
        Map.of("stage", "Validate", "error_class", "INVALID", "fingerprint", "f1"));
  }

  private static final List<String> OUTCOME_COLUMNS =
      List.of("message_id", "stage", "error_class", "fingerprint");

  private ObjectNode row(String id, Instant time, String version) {
    ObjectNode row = Json.mapper().createObjectNode();
    row.put("notification_id", id).put("tenant_id", "acme").put("source", "terminal49");
    row.put("event_type", "container.updated").put("payload_sha256", "sha");
    row.put("message_id", "m" + ++messages).put(version, "1");
    return row.put("publish_time", time.toString()).put("received_at", time.toString());
  }

  private SampleArchive add(String table, String date, ObjectNode row, Map<String, ?> columns)
      throws IOException {
    columns.forEach(
        (name, value) ->
            row.set(
                name,
                value instanceof Instant
                    ? row.textNode("" + value)
                    : Json.mapper().valueToTree(value)));
    String day = row.get(date.replace("_date", "_at")).textValue().substring(0, 10);
    Path file = folder.resolve(table + "/" + date + "=" + day + "/x.ndjson");
    Files.createDirectories(file.getParent());
    Files.writeString(file, row + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    return this;
  }

  /** A notification of the demo. */
  static JsonNode demo(String name) throws IOException {
    String resource = "/dev/tidegate/local/demo/" + name + ".json";
    try (var body = SampleArchive.class.getResourceAsStream(resource)) {
      return Json.parse(body.readAllBytes());
    }
  }

  /** The result's rows, values apart by bars, times as {@link Instant} writes them. */
  List<String> rows(String sql) throws IOException, SQLException {
    ArchiveViews.createIn(duckdb, folder);
    List<String> rows = new ArrayList<>();
    try (Statement statement = duckdb.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        List<String> cells = new ArrayList<>();
        for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
          Object value = result.getObject(column);
          cells.add(value instanceof OffsetDateTime time ? "" + time.toInstant() : "" + value);
        }
        rows.add(String.join("|", cells));
      }
    }
    return rows;
  }
}
