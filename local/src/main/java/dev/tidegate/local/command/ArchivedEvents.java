package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.archive.ArchivedEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The events of one source that the archive holds, one after the other in the order of its files.
 *
 * @param source whose events
 * @param since received since then
 * @param tenant of this tenant only
 * @param unhandledOnly whether only events of types that no table has taken yet
 */
record ArchivedEvents(
    String source, Optional<Instant> since, Optional<String> tenant, boolean unhandledOnly) {
  static final List<String> COLUMNS =
      List.of(
          "notification_id",
          "tenant_id",
          "source",
          "event_type",
          "message_id",
          "payload_sha256",
          "payload::VARCHAR AS payload",
          "to_base64(body) AS body",
          "attributes::VARCHAR AS attributes",
          "strftime(publish_time, '%Y-%m-%dT%H:%M:%S.%fZ') AS publish_time");

  /** Takes the events. */
  interface Receiver {
    void take(RawEvent event) throws IOException;
  }

  /**
   * Hands on each one.
   *
   * @return how many rows are no events
   */
  long read(Path archiveFolder, Receiver receiver) throws IOException, SQLException {
    long unreadable = 0;
    try (Connection duckdb = ArchiveDatabase.open(archiveFolder);
        PreparedStatement query = duckdb.prepareStatement(sql())) {
      List<String> parameters = parameters();
      for (int i = 0; i < parameters.size(); i++) {
        query.setString(i + 1, parameters.get(i));
      }
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          Optional<RawEvent> event = eventOf(rows);
          if (event.isPresent()) {
            receiver.take(event.get());
          } else {
            unreadable++;
          }
        }
      }
    }
    return unreadable;
  }

  private String sql() {
    StringBuilder sql = new StringBuilder("SELECT " + String.join(", ", COLUMNS));
    sql.append(" FROM raw_events WHERE source = ?");
    if (since.isPresent()) {
      // The date skips files.
      sql.append(" AND received_date >= CAST(? AS DATE) AND received_at >= CAST(? AS TIMESTAMPTZ)");
    }
    if (tenant.isPresent()) {
      sql.append(" AND tenant_id = ?");
    }
    if (unhandledOnly) {
      sql.append(
          " AND coalesce(event_type, '') NOT IN (SELECT coalesce(event_type, '') FROM"
              + " event_outcomes WHERE source = ? AND status IN ('APPLIED', 'STALE'))");
    }
    return sql.toString();
  }

  private List<String> parameters() {
    List<String> parameters = new ArrayList<>(List.of(source));
    since.ifPresent(
        time -> {
          parameters.add(time.toString().substring(0, 10));
          parameters.add(time.toString());
        });
    tenant.ifPresent(parameters::add);
    if (unhandledOnly) {
      parameters.add(source);
    }
    return parameters;
  }

  static Optional<RawEvent> eventOf(ResultSet rows) throws SQLException {
    ObjectNode row = Json.mapper().createObjectNode();
    for (int i = 1; i <= COLUMNS.size(); i++) {
      row.put(rows.getMetaData().getColumnLabel(i), rows.getString(i));
    }
    try {
      return row.get("payload_sha256").asText().matches("[0-9a-f]{64}")
          ? Optional.of(ArchivedEvent.of(row))
          : Optional.empty();
    } catch (IOException noEvent) {
      return Optional.empty();
    }
  }
}
