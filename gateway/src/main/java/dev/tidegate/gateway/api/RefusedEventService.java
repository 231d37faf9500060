package dev.tidegate.gateway.api;

import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.publish.PublishException;
import dev.tidegate.gateway.publish.PublishException.Reason;
import dev.tidegate.gateway.publish.PubsubPublisher;
import dev.tidegate.gateway.publish.RefusedEvent;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.TenantScope;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.LongFunction;

/**
 * {@code /admin/refused-events}: the events in this gateway's spool that Pub/Sub has refused for
 * good, for operators.
 */
public final class RefusedEventService implements Routes {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  /** What was done; also the details of its audit record. */
  record Done(long id, Optional<String> source, Optional<String> notificationId) {}

  private final Api api;
  private final PubsubPublisher publisher;

  /**
   * @param database where actions are written down; without one, all of them are answered 503
   */
  public RefusedEventService(
      Authenticator authenticator,
      Optional<LedgerDatabase> database,
      EventToken eventTokens,
      PubsubPublisher publisher) {
    this.api = new Api(authenticator, database, eventTokens);
    this.publisher = publisher;
  }

  @Override
  public void addTo(ServerBuilder server) {
    api.addForOperators(server, this);
  }

  /** The refused events, oldest first. */
  @Get("/admin/refused-events")
  public CompletionStage<Page<RefusedEvent>> list(Call call, ListQuery.Only query) {
    return publisher.refused(
        call.scope(query).tenant(),
        query
            .cursor()
            .map(cursor -> numberOf(cursor.text()).orElseThrow(RefusedEventService::foreign))
            .orElse(0L),
        query.page().limit());
  }

  /** Publishes one again. */
  @Post("/admin/refused-events/{id}/publish")
  public CompletionStage<Done> publish(
      Call call, TenantQuery.Only query, OperatorService.NoBody nothing, @Param("id") String id) {
    return act(call, query, id, AuditAction.PUBLISH_REFUSED_EVENT, publisher::publishRefused);
  }

  /** Forgets one. */
  @Post("/admin/refused-events/{id}/discard")
  public CompletionStage<Done> discard(
      Call call, TenantQuery.Only query, OperatorService.NoBody nothing, @Param("id") String id) {
    return act(call, query, id, AuditAction.DISCARD_REFUSED_EVENT, publisher::discardRefused);
  }

  /** Writes the action down before it is done: if it fails, neither is. */
  private CompletionStage<Done> act(
      Call call,
      TenantQuery query,
      String id,
      AuditAction action,
      LongFunction<CompletableFuture<Boolean>> work) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle -> {
          RefusedEvent event =
              numberOf(id)
                  .flatMap(number -> publisher.refusedEvent(number, scope.tenant()).join())
                  .orElseThrow(RefusedEventService::notFound);
          Done done = new Done(event.id(), event.source(), event.notificationId());
          call.audit(handle, action, event.tenant().orElse(TenantScope.SEVERAL), id, done);
          if (!await(work.apply(event.id()))) {
            throw notFound();
          }
          return done;
        });
  }

  private static boolean await(CompletableFuture<Boolean> work) {
    try {
      return work.join();
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof PublishException refused
          && refused.reason() == Reason.REFUSED) {
        throw Problem.of(ProblemType.CONFLICT, refused.getMessage()).asException();
      }
      throw Problem.of(ProblemType.UNAVAILABLE, "Pub/Sub is away, or the spool's disk has failed.")
          .retryAfter(RETRY_AFTER)
          .asException();
    }
  }

  private static Optional<Long> numberOf(String id) {
    return id.matches("[1-9][0-9]{0,17}") ? Optional.of(Long.valueOf(id)) : Optional.empty();
  }

  private static RuntimeException foreign() {
    return Problem.of(ProblemType.INVALID_REQUEST, "Send next of a page of this list as cursor.")
        .asException();
  }

  private static RuntimeException notFound() {
    return Problem.of(ProblemType.NOT_FOUND, "This gateway keeps no such refused event.")
        .asException();
  }
}
