package dev.tidegate.gateway.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.EventFilter;
import dev.tidegate.gateway.store.EventSearch;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerEvent;
import dev.tidegate.gateway.store.LedgerWatch;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.TenantScope;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** {@code /events}: what became of events. */
final class EventService {
  /** The parameters of the list. */
  record EventQuery(
      Optional<String> tenant,
      Optional<LedgerEvent.Status> status,
      Optional<String> eventType,
      Optional<String> source,
      Optional<String> subject,
      Optional<Instant> since,
      Optional<Instant> until,
      Optional<Limit> limit,
      Optional<Cursor> cursor)
      implements ListQuery {}

  /** The parameters of one event: seconds to wait for it. */
  record StatusQuery(Optional<String> tenant, @JsonProperty("wait") Optional<Wait> longest)
      implements TenantQuery {}

  /** How long a request may wait. */
  record Wait(int seconds) {
    /** Reads it. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Wait of(String text) {
      if (!text.matches("[0-9]|[12][0-9]|30")) {
        throw new IllegalArgumentException("It must be a whole number from 0 to 30.");
      }
      return new Wait(Integer.parseInt(text));
    }
  }

  /** An event that was accepted and is not in the ledger. */
  record PendingEvent(String eventId, String status) {}

  private final EventToken tokens;
  private final Optional<LedgerWatch> watch;

  EventService(EventToken tokens, Optional<LedgerWatch> watch) {
    this.tokens = tokens;
    this.watch = watch;
  }

  /** The last processed first. */
  @Get("/events")
  public CompletionStage<Page<LedgerEvent>> list(Call call, EventQuery query) {
    TenantScope scope = call.scope(query);
    Optional<String> subject = subject(call, query);
    // Whoever is no operator and nobody's user has no events.
    if (!call.caller().isViewer() && subject.isEmpty()) {
      return CompletableFuture.completedFuture(new Page<>(List.of(), Optional.empty()));
    }
    EventFilter filter =
        EventFilter.of(
            query.status(),
            query.eventType(),
            query.source(),
            subject,
            query.since(),
            query.until());
    return call.inTransaction(handle -> EventSearch.page(handle, scope, filter, query.page()));
  }

  private static Optional<String> subject(Call call, EventQuery query) {
    if (call.caller().isViewer()) {
      return query.subject();
    }
    if (query.subject().isPresent() && !query.subject().equals(call.caller().subject())) {
      throw Problem.of(ProblemType.FORBIDDEN, "Only operators may ask for another user's events.")
          .withErrors(List.of(new Problem.Error("subject", "Leave it out.")))
          .asException();
    }
    return call.caller().subject();
  }

  /** What became of one event, waiting for it where asked to. */
  @Get("/events/{id}")
  public CompletionStage<Object> status(Call call, StatusQuery query, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    Duration wait = Duration.ofSeconds(query.longest().map(Wait::seconds).orElse(0));
    return find(call, scope, id)
        .thenCompose(
            event -> {
              if (event.isPresent() || wait.isZero()) {
                return CompletableFuture.completedFuture(event);
              }
              call.context().setRequestTimeout(TimeoutMode.EXTEND, wait);
              return watch
                  .orElseThrow()
                  .until(LedgerEvent.idOf(tokens, scope, id), wait, call.context())
                  .thenCompose(
                      came ->
                          came
                              ? find(call, scope, id)
                              : CompletableFuture.completedFuture(Optional.empty()));
            })
        .thenApply(
            event -> event.<Object>map(e -> e).orElseGet(() -> new PendingEvent(id, "PENDING")));
  }

  private CompletableFuture<Optional<LedgerEvent>> find(Call call, TenantScope scope, String id) {
    return call.inTransaction(handle -> LedgerEvent.find(handle, tokens, call.caller(), scope, id));
  }
}
