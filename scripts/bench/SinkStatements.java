import static java.util.stream.Collectors.joining;

import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The usual statements of one row each, with the same guard against stale values as the sink's. */
final class SinkStatements {
  static final String LEDGER =
      """
      INSERT INTO events AS old (
        tenant_id, source, notification_id, event_id, event_type, status, version, received_at,
        published_at, processed_at, attributes, payload_stored_on)
      VALUES (
        ?, ?, ?, ?::uuid, ?, 'PROCESSED', ?::bytea, ?::timestamptz, ?::timestamptz, now(), ?::jsonb, current_date)
      ON CONFLICT (tenant_id, source, notification_id) DO UPDATE SET
        attempts = old.attempts + 1, event_type = EXCLUDED.event_type, status = EXCLUDED.status,
        version = EXCLUDED.version, received_at = EXCLUDED.received_at,
        published_at = EXCLUDED.published_at, processed_at = EXCLUDED.processed_at,
        attributes = EXCLUDED.attributes, payload_stored_on = EXCLUDED.payload_stored_on
      WHERE EXCLUDED.version > old.version
      """;

  static final String PAYLOAD =
      """
      INSERT INTO event_payloads (tenant_id, source, notification_id, stored_on, payload)
      VALUES (?, ?, ?, current_date, '\\x00'::bytea || convert_to(?, 'UTF8'))
      ON CONFLICT (tenant_id, source, notification_id, stored_on)
      DO UPDATE SET payload = EXCLUDED.payload
      """;

  private SinkStatements() {}

  static void setLedger(PreparedStatement statement, Event event) throws SQLException {
    RawEvent raw = event.raw();
    set(
        statement,
        raw.tenantId(),
        raw.source(),
        event.notificationId(),
        EventId.of(raw.tenantId(), raw.source(), event.notificationId()).toString(),
        event.eventType(),
        event.version().text(),
        raw.receivedAt().toString(),
        raw.publishTime().toString(),
        "{\"source\":\"%s\"}".formatted(raw.source()));
  }

  static void setPayload(PreparedStatement statement, Event event) throws SQLException {
    set(
        statement,
        event.tenantId(),
        event.raw().source(),
        event.notificationId(),
        new String(event.raw().body(), StandardCharsets.UTF_8));
  }

  static String upsert(Table table) {
    List<String> names = new ArrayList<>();
    List<String> values = new ArrayList<>();
    List<String> assignments = new ArrayList<>();
    List<String> guards = new ArrayList<>();
    for (Column column : table.key()) {
      names.add(column.name());
      values.add("?");
    }
    for (ColumnGroup group : table.groups()) {
      String version = group.versionColumn();
      String moves =
          "(EXCLUDED.%1$s IS NOT NULL AND (old.%1$s IS NULL OR EXCLUDED.%1$s > old.%1$s))"
              .formatted(version);
      guards.add(moves);
      List<String> columns = new ArrayList<>();
      for (Column column : group.columns()) {
        columns.add(column.name());
        values.add("?::" + column.type().sqlName());
      }
      columns.add(version);
      values.add("?::bytea");
      for (String column : columns) {
        assignments.add(
            "%1$s = CASE WHEN %2$s THEN EXCLUDED.%1$s ELSE old.%1$s END".formatted(column, moves));
      }
      names.addAll(columns);
    }
    assignments.add("updated_at = now()");
    return "INSERT INTO %s AS old (%s) VALUES (%s) ON CONFLICT (%s) DO UPDATE SET %s WHERE %s"
        .formatted(
            table.name(),
            String.join(", ", names),
            String.join(", ", values),
            table.key().stream().map(Column::name).collect(joining(", ")),
            String.join(", ", assignments),
            String.join(" OR ", guards));
  }

  static void setUpsert(PreparedStatement statement, Table table, Upsert upsert)
      throws SQLException {
    List<String> values = new ArrayList<>(upsert.key());
    for (ColumnGroup group : table.groups()) {
      boolean written = false;
      for (Column column : group.columns()) {
        written |= upsert.columns().containsKey(column.name());
        values.add(upsert.columns().get(column.name()));
      }
      values.add(written ? upsert.version().text() : null);
    }
    set(statement, values.toArray(new String[0]));
  }

  private static void set(PreparedStatement statement, String... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setString(i + 1, values[i]);
    }
  }
}
