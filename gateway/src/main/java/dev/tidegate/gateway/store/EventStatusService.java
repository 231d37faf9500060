package dev.tidegate.gateway.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.util.TimeoutMode;
import dev.tidegate.schemas.Json;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;

/** {@code GET /events/{id}}: what became of one event, waiting for it where asked to. */
final class EventStatusService implements AuthenticatedService.Answer {
  /** The longest a request may wait. */
  static final int MOST_SECONDS = 30;

  private final EventLookup lookup;
  private final EventToken tokens;
  private final LedgerWatch watch = new LedgerWatch();

  EventStatusService(EventToken tokens) {
    this.lookup = new EventLookup(tokens);
    this.tokens = tokens;
  }

  @Override
  public HttpResponse to(Call call) throws SQLException {
    String id = call.pathPart("id");
    Parameters parameters = call.parameters();
    Duration wait = Duration.ofSeconds(parameters.number("wait", 0, 0, MOST_SECONDS));
    TenantScope scope = TenantScope.of(call.caller(), parameters);
    parameters.check();

    Optional<LedgerEvent> event = find(call, scope, id);
    if (event.isPresent() || wait.isZero()) {
      return answer(id, event);
    }
    UUID eventId = lookup.eventIdOf(scope, id);
    call.context().setRequestTimeout(TimeoutMode.EXTEND, wait);
    return HttpResponse.of(
        watch
            .until(eventId, wait, call)
            .thenApplyAsync(
                came -> {
                  try {
                    return answer(id, came ? find(call, scope, id) : Optional.empty());
                  } catch (SQLException failure) {
                    throw new CompletionException(failure);
                  }
                },
                call.context().blockingTaskExecutor()));
  }

  private Optional<LedgerEvent> find(Call call, TenantScope scope, String id) throws SQLException {
    return call.database()
        .inTransaction(connection -> lookup.find(connection, call.caller(), scope, id));
  }

  private HttpResponse answer(String id, Optional<LedgerEvent> event) {
    ObjectNode json =
        event
            .map(found -> found.toJson(tokens))
            .orElseGet(
                () ->
                    Json.mapper()
                        .createObjectNode()
                        .put("eventId", id)
                        .put("status", LedgerEvent.PENDING));
    return JsonAnswer.ok(json);
  }
}
