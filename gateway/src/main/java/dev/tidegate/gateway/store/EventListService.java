package dev.tidegate.gateway.store;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import dev.tidegate.gateway.store.LedgerEvent.Status;
import dev.tidegate.schemas.Json;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@code GET /events}: what became of events, the last processed first. */
final class EventListService implements AuthenticatedService.Answer {
  static final int MOST_EVENTS = 100;

  private static final int STANDARD_EVENTS = 20;

  /**
   * For each status its first events, by the ledger's index of tenant, status and time; then the
   * first of them all. So a page costs the same wherever it is in the list.
   */
  private static final String PAGE =
      """
      SELECT page.* FROM unnest(?::text[]) AS wanted (wanted_status)
      CROSS JOIN LATERAL (
        SELECT %s FROM events
        WHERE status = wanted_status AND %s
        ORDER BY processed_at DESC, event_id DESC
        LIMIT ?) page
      ORDER BY processed_at DESC, event_id DESC
      LIMIT ?
      """;

  private final EventToken tokens;
  private final EventCursor.Seal seal;

  EventListService(EventToken tokens) {
    this.tokens = tokens;
    this.seal = new EventCursor.Seal(tokens);
  }

  @Override
  public HttpResponse to(Call call) throws SQLException {
    Parameters parameters = call.parameters();
    EventFilter filter = EventFilter.of(call.caller(), parameters);
    int limit = parameters.number("limit", STANDARD_EVENTS, 1, MOST_EVENTS);
    Optional<EventCursor> after =
        parameters.read(
            "cursor",
            "the nextCursor of an answer to the same caller, with the same other parameters",
            text -> seal.open(text, filter.question()));
    parameters.check();

    List<LedgerEvent> events =
        filter.isOfNobody()
            ? List.of()
            : call.database()
                .inTransaction(connection -> read(connection, filter, after, limit + 1));
    return JsonAnswer.ok(toJson(events, limit, filter));
  }

  private static List<LedgerEvent> read(
      Connection connection, EventFilter filter, Optional<EventCursor> after, int limit)
      throws SQLException {
    SqlConditions conditions = filter.conditions();
    after.ifPresent(
        cursor ->
            conditions.add(
                "(processed_at, event_id) < (?, ?)", cursor.processedAt(), cursor.eventId()));
    String[] statuses =
        filter
            .status()
            .map(only -> new String[] {only.name()})
            .orElseGet(() -> Arrays.stream(Status.values()).map(Enum::name).toArray(String[]::new));
    List<LedgerEvent> events = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(PAGE.formatted(LedgerEvent.COLUMNS, conditions.text()))) {
      statement.setArray(1, connection.createArrayOf("text", statuses));
      int next = conditions.bind(statement, 2);
      statement.setInt(next, limit);
      statement.setInt(next + 1, limit);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          events.add(LedgerEvent.read(rows));
        }
      }
    }
    return events;
  }

  private ObjectNode toJson(List<LedgerEvent> events, int limit, EventFilter filter) {
    ObjectNode json = Json.mapper().createObjectNode();
    ArrayNode list = json.putArray("events");
    events.stream().limit(limit).forEach(event -> list.add(event.toJson(tokens)));
    if (events.size() > limit) {
      LedgerEvent last = events.get(limit - 1);
      json.put(
          "nextCursor",
          seal.close(new EventCursor(last.processedAt(), last.eventId()), filter.question()));
    }
    return json;
  }
}
