package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.AuthenticatedService;
import dev.tidegate.gateway.store.Call;
import dev.tidegate.gateway.store.EventLookup;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.JsonAnswer;
import dev.tidegate.gateway.store.LedgerEvent;
import dev.tidegate.gateway.store.Parameters;
import dev.tidegate.gateway.store.SqlConditions;
import dev.tidegate.gateway.store.StoredJson;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.StoredPayload;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Base64;

/**
 * {@code GET /admin/events/{id}}: all that is known of an event, its payload, attributes, dead
 * letters and the rows that it wrote.
 */
final class EventDetailService implements AuthenticatedService.Answer {
  /** The ledger's body, else that of the dead letter which the ledger's row tells of. */
  private static final String PAYLOAD =
      """
      SELECT p.payload,
        (SELECT l.body FROM event_dead_letters l
         WHERE l.tenant_id = e.tenant_id AND l.source = e.source
           AND l.notification_id = e.notification_id AND e.status = 'DEAD_LETTER'
         ORDER BY substr(e.version, length(e.version) - 15)
             = version_hash(l.notification_id, l.content_sha256) DESC,
           l.failed_at DESC
         LIMIT 1) AS as_letter,
        e.attributes
      FROM events e
      LEFT JOIN event_payloads p
        ON p.tenant_id = e.tenant_id AND p.source = e.source
        AND p.notification_id = e.notification_id AND p.stored_on = e.payload_stored_on
      WHERE %s
      """;

  private final EventToken tokens;
  private final EventLookup lookup;
  private final DeadLetterJson letters;

  EventDetailService(EventToken tokens) {
    this.tokens = tokens;
    this.lookup = new EventLookup(tokens);
    this.letters = new DeadLetterJson(tokens);
  }

  @Override
  public HttpResponse to(Call call) throws SQLException {
    String id = call.pathPart("id");
    Parameters parameters = call.parameters();
    TenantScope scope = TenantScope.of(call.caller(), parameters);
    parameters.check();

    LedgerEvent event =
        call.database()
            .inTransaction(connection -> lookup.find(connection, call.caller(), scope, id))
            .orElseThrow(
                () ->
                    Problem.of(
                            ProblemType.NOT_FOUND,
                            "The event is not in the ledger: not yet, or not any more.")
                        .asException());
    ObjectNode json = event.toJson(tokens);
    call.database()
        .inTransaction(
            connection -> {
              addPayload(connection, event, json);
              addLetters(connection, event, json);
              return null;
            });
    json.set("rowsWritten", WrittenRows.of(call.database(), event));
    return JsonAnswer.ok(json);
  }

  private static void addPayload(Connection connection, LedgerEvent event, ObjectNode json)
      throws SQLException {
    SqlConditions conditions = new SqlConditions();
    restrictTo(event, conditions, "e.");
    Rows.read(
        connection,
        PAYLOAD.formatted(conditions.text()),
        conditions,
        row -> {
          json.set("attributes", StoredJson.read(row.getString("attributes")));
          byte[] stored = row.getBytes("payload");
          byte[] body = stored == null ? row.getBytes("as_letter") : StoredPayload.read(stored);
          if (body != null) {
            addBody(json, body);
          }
          return json;
        });
  }

  private static void addBody(ObjectNode json, byte[] body) {
    try {
      json.set("payload", Json.parse(body));
    } catch (JsonProcessingException notJson) {
      json.put("payloadBase64", Base64.getEncoder().encodeToString(body));
    }
  }

  private void addLetters(Connection connection, LedgerEvent event, ObjectNode json)
      throws SQLException {
    SqlConditions conditions = new SqlConditions();
    restrictTo(event, conditions, "");
    ArrayNode list = json.putArray("deadLetters");
    Rows.read(
            connection,
            "SELECT %s, stack_trace FROM event_dead_letters WHERE %s ORDER BY failed_at DESC"
                .formatted(DeadLetterJson.COLUMNS, conditions.text()),
            conditions,
            row -> {
              ObjectNode letter = letters.of(row);
              Rows.putText(letter, "stackTrace", row, "stack_trace");
              return letter;
            })
        .forEach(list::add);
  }

  /** Restricts a query to the event's rows, by the key that they share. */
  static void restrictTo(LedgerEvent event, SqlConditions conditions, String alias) {
    conditions
        .add(alias + "tenant_id = ?", event.tenant())
        .add(alias + "source = ?", event.source())
        .add(alias + "notification_id = ?", event.notificationId());
  }
}
