package dev.tidegate.gateway.relay;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.gateway.relay.RelaySchedule.Rest;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.EffectEvents;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.Json;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes events of the deadlines of sagas once they are due, each of them once: the row in {@code
 * outbox} is written in the transaction that marks the deadline.
 */
final class DeadlineTurn implements RelaySchedule.Turn {
  private static final int MOST = 500;

  /** A deadline that a saga's transaction has locked is looked at again. */
  private static final Duration WHEN_LOCKED = Duration.ofMillis(100);

  private static final String DUE =
      """
      SELECT tenant_id, source, saga, instance, deadline, due_at, event_id::text, depth,
        clock_timestamp() - due_at
      FROM saga_deadlines WHERE emitted_at IS NULL AND due_at <= clock_timestamp()
      ORDER BY due_at LIMIT %d FOR UPDATE SKIP LOCKED
      """
          .formatted(MOST);

  private static final String EMIT =
      """
      INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, attributes, payload)
      VALUES (?, ?::uuid, ?, ?, ?, ?::jsonb, ?)
      """;

  private static final String MARK =
      """
      UPDATE saga_deadlines SET emitted_at = clock_timestamp()
      WHERE tenant_id = ? AND source = ? AND saga = ? AND instance = ? AND deadline = ?
        AND due_at = ?
      """;

  private static final String MILLIS_UNTIL_NEXT =
      """
      SELECT 1000 * extract(epoch FROM min(due_at) - clock_timestamp())
      FROM saga_deadlines WHERE emitted_at IS NULL
      """;

  private record Deadline(
      String tenant,
      String source,
      String saga,
      String instance,
      String name,
      OffsetDateTime dueAt,
      String eventId,
      int depth) {
    Instant time() {
      return dueAt.toInstant();
    }

    String aggregate() {
      return saga + "/" + instance;
    }

    /** So that the event counts as Tidegate's own; and a chain of them ends. */
    ObjectNode attributes() {
      return Json.mapper()
          .createObjectNode()
          .put(
              EventAttributes.CAUSATION_ID.attribute(),
              EventId.ofInstance(tenant, source, saga, instance).toString())
          .put(EventAttributes.CAUSATION_DEPTH.attribute(), Integer.toString(depth))
          .put(EventAttributes.CLOUD_EVENTS_TIME, time().toString());
    }

    ObjectNode body() {
      return Json.mapper()
          .createObjectNode()
          .put("saga", saga)
          .put("instance", instance)
          .put("deadline", name)
          .put("due_at", time().toString());
    }
  }

  private final LedgerDatabase database;
  private final RelayMetrics metrics;

  DeadlineTurn(LedgerDatabase database, RelayMetrics metrics) {
    this.database = database;
    this.metrics = metrics;
  }

  @Override
  public Rest take() throws SQLException {
    List<Deadline> emitted = database.inTransaction(DeadlineTurn::emit);
    Instant now = Instant.now();
    emitted.forEach(deadline -> metrics.deadline(Duration.between(deadline.time(), now)));
    return emitted.size() == MOST
        ? Rest.untilWoken(Duration.ZERO)
        : Rest.untilWoken(database.inTransaction(DeadlineTurn::untilNext));
  }

  private static List<Deadline> emit(Connection connection) throws SQLException {
    List<Deadline> due = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(DUE)) {
      while (row.next()) {
        due.add(
            new Deadline(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getObject(6, OffsetDateTime.class),
                row.getString(7),
                row.getInt(8)));
      }
    }
    if (due.isEmpty()) {
      return due;
    }
    try (PreparedStatement emit = connection.prepareStatement(EMIT);
        PreparedStatement mark = connection.prepareStatement(MARK)) {
      for (Deadline deadline : due) {
        addBatch(
            emit,
            deadline.tenant,
            deadline.eventId,
            deadline.source,
            EffectEvents.SAGA_DEADLINE,
            deadline.aggregate(),
            Json.write(deadline.attributes()),
            Json.write(deadline.body()));
        addBatch(
            mark,
            deadline.tenant,
            deadline.source,
            deadline.saga,
            deadline.instance,
            deadline.name,
            deadline.dueAt);
      }
      emit.executeBatch();
      mark.executeBatch();
    }
    return due;
  }

  private static void addBatch(PreparedStatement statement, Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    statement.addBatch();
  }

  private static Duration untilNext(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(MILLIS_UNTIL_NEXT)) {
      row.next();
      double millis = row.getDouble(1);
      if (row.wasNull()) {
        return RelaySchedule.UNTIL_WOKEN;
      }
      return millis > 0 ? Duration.ofMillis((long) Math.ceil(millis)) : WHEN_LOCKED;
    }
  }

  @Override
  public String toString() {
    return "deadlines";
  }
}
