package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Optional;

/**
 * What a replay would take, as the gateway's {@code /admin/replays/preview} tells it: how many
 * events, of which types and tenants, and some of them. No payload is in it.
 */
record ReplayPreview(JsonNode json) {
  private static final int MOST_TYPES = 20;
  private static final int MOST_EXAMPLES = 10;

  private static final String COUNTS =
      """
      SELECT CASE GROUPING(source, event_type, tenant_id)
          WHEN 7 THEN 'all' WHEN 1 THEN 'type' ELSE 'tenant' END AS dimension,
        source, event_type, tenant_id, count(*) AS events,
        to_json(arg_min(
          {'at': strftime(received_at, '%%Y-%%m-%%dT%%H:%%M:%%S.%%gZ'), 'tenant': tenant_id, 'source': source,
            'eventType': event_type, 'notificationId': notification_id},
          received_at, %d))::VARCHAR AS examples
      FROM raw_events WHERE %s
      GROUP BY GROUPING SETS ((), (source, event_type), (tenant_id))
      ORDER BY events DESC, source, event_type, tenant_id
      """;

  /** Of what a gateway reads. */
  static ReplayPreview ofGateway(GatewayClient client, ObjectNode request)
      throws InterruptedException {
    return new ReplayPreview(client.send("POST", "/admin/replays/preview", request));
  }

  /** Of what {@code system}'s file archive holds. */
  static ReplayPreview ofArchive(
      RunningSystem system, WhatIfEvents.Selection selection, EffectMode effects)
      throws IOException, SQLException {
    ObjectNode preview = Json.mapper().createObjectNode().put("selected", 0).put("exact", true);
    ArrayNode types = preview.putArray("byType");
    ArrayNode tenants = preview.putArray("byTenant");
    preview.putArray("byErrorClass");
    preview.putObject("effects").put("mode", effects.name());
    preview.putArray("examples");
    WhatIfEvents.Conditions where = WhatIfEvents.Conditions.ofArchive(selection);
    try (Connection duckdb = ArchiveDatabase.open(Path.of(system.archiveFolder()).toRealPath());
        PreparedStatement query =
            duckdb.prepareStatement(COUNTS.formatted(MOST_EXAMPLES, where.text()))) {
      where.bindTo(query);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          long events = rows.getLong("events");
          switch (rows.getString("dimension")) {
            case "type" ->
                types
                    .addObject()
                    .put("source", rows.getString("source"))
                    .put("eventType", rows.getString("event_type"))
                    .put("events", events);
            case "tenant" ->
                tenants
                    .addObject()
                    .put("tenant", rows.getString("tenant_id"))
                    .put("events", events);
            default -> {
              preview.put("selected", events);
              if (events > 0) {
                preview.set("examples", Json.mapper().readTree(rows.getString("examples")));
              }
            }
          }
        }
      }
    }
    return new ReplayPreview(preview);
  }

  long selected() {
    return json.path("selected").asLong();
  }

  /** Whose events they are; empty where they are of several tenants, or there are none. */
  Optional<String> tenant() {
    JsonNode tenants = json.path("byTenant");
    return tenants.size() == 1
        ? Optional.of(tenants.path(0).path("tenant").asText())
        : Optional.empty();
  }

  /** Tells people. */
  void print(PrintWriter out) {
    long selected = selected();
    if (selected == 0) {
      line(out, "No event matches. Nothing would be replayed.");
      return;
    }
    line(
        out,
        "%s%,d event%s would be replayed",
        json.path("exact").asBoolean(true) ? "" : "more than ",
        selected,
        selected == 1 ? "" : "s");
    long others = selected;
    int shown = 0;
    for (JsonNode type : json.path("byType")) {
      if (shown++ == MOST_TYPES) {
        break;
      }
      others -= type.path("events").asLong();
      line(
          out,
          "%,10d  %s %s",
          type.path("events").asLong(),
          type.path("source").asText(),
          type.path("eventType").asText("(no type)"));
    }
    if (others > 0) {
      line(out, "%,10d  (other types)", others);
    }
    line(out, "%nsuch as these (received or failed, tenant, source, type, notification ID):");
    for (JsonNode event : json.path("examples")) {
      line(
          out,
          "  %s  %s  %s  %s  %s",
          event.path("at").asText(),
          event.path("tenant").asText(),
          event.path("source").asText(),
          event.path("eventType").asText("(no type)"),
          event.path("notificationId").asText());
    }
    JsonNode effects = json.path("effects");
    line(
        out,
        "%n"
            + switch (EffectMode.valueOf(effects.path("mode").asText())) {
              case NONE ->
                  "No effect would be caused: neither a follow-up event nor a task nor a notice.";
              case MISSING -> "Effects would be caused that no event has caused before.";
              case ALL ->
                  effects.has("repeated")
                      ? "%,d known effects would be caused once more, under the same IDs."
                      : "All their effects would be caused once more, under the same IDs.";
            },
        effects.path("repeated").asLong());
    out.flush();
  }

  private static void line(PrintWriter out, String text, Object... values) {
    for (String line : String.format(Locale.ROOT, text, values).split("\\R", -1)) {
      out.print(DisplayText.escaped(line) + "\n");
    }
  }
}
