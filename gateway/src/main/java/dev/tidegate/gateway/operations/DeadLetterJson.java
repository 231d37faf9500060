package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.schemas.Json;
import java.sql.ResultSet;
import java.sql.SQLException;

/** What operators are told of a dead letter: the schema {@code DeadLetter} of the API. */
final class DeadLetterJson {
  /** Everything but attributes, body and stack trace. */
  static final String COLUMNS =
      "dead_letter_id, tenant_id, source, notification_id, event_type, stage, error_class,"
          + " error_message, fingerprint, status, attempts, handler_version, published_at,"
          + " received_at, failed_at, replayed_at, replay_id";

  private final EventToken tokens;

  DeadLetterJson(EventToken tokens) {
    this.tokens = tokens;
  }

  ObjectNode of(ResultSet row) throws SQLException {
    String tenant = row.getString("tenant_id");
    String source = row.getString("source");
    String notificationId = row.getString("notification_id");
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("eventId", tokens.of(tenant, source, notificationId));
    json.put("deadLetterId", row.getString("dead_letter_id"));
    json.put("status", row.getString("status"));
    json.put("tenant", tenant);
    json.put("source", source);
    json.put("notificationId", notificationId);
    Rows.putText(json, "eventType", row, "event_type");
    json.put("stage", row.getString("stage"));
    json.put("errorClass", row.getString("error_class"));
    json.put("errorMessage", row.getString("error_message"));
    json.put("fingerprint", row.getString("fingerprint"));
    json.put("attempts", row.getInt("attempts"));
    json.put("handlerVersion", row.getString("handler_version"));
    Rows.putTime(json, "publishedAt", row, "published_at");
    Rows.putTime(json, "receivedAt", row, "received_at");
    Rows.putTime(json, "failedAt", row, "failed_at");
    Rows.putTime(json, "replayedAt", row, "replayed_at");
    Rows.putText(json, "replayId", row, "replay_id");
    return json;
  }
}
