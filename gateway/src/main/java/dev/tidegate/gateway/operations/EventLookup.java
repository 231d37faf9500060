package dev.tidegate.gateway.operations;

import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.EventToken;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;

/** Finds the event that an ID is of, within what its caller may see. */
public final class EventLookup {
  private final EventToken tokens;

  public EventLookup(EventToken tokens) {
    this.tokens = tokens;
  }

  /**
   * The event that {@code id} is of; empty where it was accepted and is not in the ledger.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code NOT_FOUND} where the ID was not given
   *     to a tenant of {@code scope}, or the event is another user's
   */
  public Optional<LedgerEvent> find(
      Connection connection, Caller caller, TenantScope scope, String id) throws SQLException {
    UUID eventId = eventIdOf(scope, id);
    SqlConditions conditions = new SqlConditions().add("event_id = ?", eventId);
    scope.restrict(conditions, "tenant_id");
    Optional<LedgerEvent> event = find(connection, conditions);
    if (event.isPresent()) {
      // Of those who span tenants, the ID has proved nothing yet.
      if (tokens.read(event.get().tenant(), id).isEmpty() || !mayRead(caller, event.get())) {
        throw notFound();
      }
    } else if (scope.tenant().isEmpty() && tokens.read(caller.tenant(), id).isEmpty()) {
      throw notFound();
    }
    return event;
  }

  /** The ledger's ID in {@code id}, where it was given to a tenant of {@code scope}. */
  UUID eventIdOf(TenantScope scope, String id) {
    return scope
        .tenant()
        .map(tenant -> tokens.read(tenant, id))
        .orElseGet(() -> tokens.unproved(id))
        .orElseThrow(EventLookup::notFound);
  }

  /** Operators read every event of their scope, others their own. */
  private static boolean mayRead(Caller caller, LedgerEvent event) {
    return caller.isOperator()
        || (event.subject().isPresent() && event.subject().equals(caller.subject()));
  }

  private static Optional<LedgerEvent> find(Connection connection, SqlConditions conditions)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT %s FROM events WHERE %s".formatted(LedgerEvent.COLUMNS, conditions.text()))) {
      conditions.bind(statement, 1);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(LedgerEvent.read(row)) : Optional.empty();
      }
    }
  }

  private static RuntimeException notFound() {
    return Problem.of(ProblemType.NOT_FOUND, "No such ID was given to this tenant.").asException();
  }

  /** Restricts a query to the event's rows, by the key that they share. */
  static void restrictTo(LedgerEvent event, SqlConditions conditions, String alias) {
    conditions
        .add(alias + "tenant_id = ?", event.tenant())
        .add(alias + "source = ?", event.source())
        .add(alias + "notification_id = ?", event.notificationId());
  }
}
