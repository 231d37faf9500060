package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.HandlerOutput;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds notifications in Terminal49's shape, and reads what handlers made of them. */
final class Notification {
  static final Terminal49 SOURCE = new Terminal49();

  private final ObjectNode root = Json.mapper().createObjectNode();
  private final ObjectNode data;

  private Notification(String eventType) {
    data =
        root.putObject("data")
            .put("id", "a7000000-0000-4000-8000-000000000001")
            .put("type", "webhook_notification");
    data.putObject("attributes")
        .put("event", eventType)
        .put("delivery_status", "pending")
        .put("created_at", "2026-03-02T08:00:00Z");
  }

  static Notification of(String eventType) {
    return new Notification(eventType);
  }

  Notification withId(String id) {
    data.put("id", id);
    return this;
  }

  Notification createdAt(String time) {
    data.withObject("/attributes").put("created_at", time);
    return this;
  }

  Notification about(String type, String id) {
    data.putObject("relationships")
        .putObject("reference_object")
        .putObject("data")
        .put("id", id)
        .put("type", type);
    return this;
  }

  /** Includes a resource, given as JSON with single quotes. */
  Notification including(String json) {
    root.withArray("included").add(json(json));
    return this;
  }

  /** Replaces {@code included} by something else. */
  Notification includedIs(String json) {
    root.set("included", json(json));
    return this;
  }

  ObjectNode json() {
    return root;
  }

  RawEvent raw() {
    return raw(Json.write(root));
  }

  static RawEvent raw(String body) {
    return RawEvent.builder()
        .tenantId("acme")
        .source(Terminal49.NAME)
        .messageId("m-1")
        .publishTime(Instant.parse("2026-03-02T08:00:05Z"))
        .attributes(Map.of())
        .body(body.getBytes(StandardCharsets.UTF_8))
        .build();
  }

  /** What the whole source makes of it: decoded, validated, handled. */
  List<Upsert> rows() {
    return outputOf(raw()).upserts();
  }

  /** What could not be stored, as "pointer rule". */
  List<String> warnings() {
    return outputOf(raw()).warnings().stream()
        .map(warning -> warning.pointer() + " " + warning.rule())
        .toList();
  }

  /** Why it cannot be stored at all. */
  String refusal() {
    try {
      output(raw());
      throw new AssertionError("it was stored");
    } catch (PermanentFailureException refused) {
      return refused.getMessage();
    }
  }

  static List<Upsert> rowsOf(RawEvent raw) {
    return outputOf(raw).upserts();
  }

  private static HandlerOutput output(RawEvent raw) {
    Event event = SOURCE.decode(raw);
    SOURCE.validate(event);
    return SOURCE.handlerOf(event.eventType()).orElseThrow().handle(event);
  }

  private static HandlerOutput outputOf(RawEvent raw) {
    try {
      return output(raw);
    } catch (PermanentFailureException unexpected) {
      throw new AssertionError(unexpected);
    }
  }

  /** What the one row for {@code table} writes, by column. */
  Map<String, String> row(Table table) {
    List<Upsert> rows = rows().stream().filter(r -> r.table().equals(table.name())).toList();
    if (rows.size() != 1) {
      throw new AssertionError("%d rows for %s".formatted(rows.size(), table.name()));
    }
    return written(table, rows.get(0));
  }

  /** The key and every column written. */
  static Map<String, String> written(Table table, Upsert upsert) {
    Map<String, String> columns = new TreeMap<>();
    for (int i = 0; i < table.key().size(); i++) {
      columns.put(table.key().get(i).name(), upsert.key().get(i));
    }
    ObjectNode extra = Json.mapper().createObjectNode();
    upsert
        .columns()
        .forEach(
            (name, value) -> {
              if (name.startsWith("extra/")) {
                extra.set(name.substring("extra/".length()), json(value));
              } else {
                columns.put(name, value);
              }
            });
    if (!extra.isEmpty()) {
      columns.put("extra", Json.write(extra));
    }
    return columns;
  }

  static JsonNode json(String singleQuoted) {
    try {
      return Json.mapper().readTree(singleQuoted.replace('\'', '"'));
    } catch (JsonProcessingException notJson) {
      throw new UncheckedIOException(notJson);
    }
  }
}
