package dev.tidegate.gateway.events;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.util.Exceptions;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.http.RateLimit;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.observe.RejectionReason;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.SourceFile;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /events} and {@code /events/batch}: application events of authenticated callers. It
 * finds out who calls before it reads a body, reads all events of a request, publishes those that
 * are in order, and answers when each is durable or refused.
 */
public final class EventRoutes implements Routes {
  private static final Logger LOG = LoggerFactory.getLogger(EventRoutes.class);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

  private final Authenticator authenticator;
  private final EventPublisher publisher;
  private final EventToken eventTokens;
  private final EventLimits limits;
  private final GatewayMetrics metrics;
  private final RateLimit rates;
  private final IdempotencyKeys keys;
  private final NamedSources sources;

  /**
   * @param sources the declared ones
   * @param database the ledger's, which is asked for keys that were used before; without one, only
   *     recent keys are known
   */
  public EventRoutes(
      Authenticator authenticator,
      EventPublisher publisher,
      EventToken eventTokens,
      EventLimits limits,
      List<SourceFile> sources,
      GatewayMetrics metrics,
      Optional<LedgerDatabase> database) {
    this.sources = new NamedSources(sources);
    this.authenticator = authenticator;
    this.publisher = publisher;
    this.eventTokens = eventTokens;
    rates = new RateLimit("events", limits.eventsPerSecond(), limits.burst());
    this.limits = limits;
    this.metrics = metrics;
    this.keys = new IdempotencyKeys(database);
  }

  @Override
  public void addTo(ServerBuilder server) {
    // A CloudEvents batch may come to both; single events are bounded below.
    server
        .route()
        .post("/events")
        .maxRequestLength(limits.maxBatchBytes())
        .build((context, request) -> serve(context, request, false));
    server
        .route()
        .post("/events/batch")
        .maxRequestLength(limits.maxBatchBytes())
        .build((context, request) -> serve(context, request, true));
  }

  private HttpResponse serve(
      ServiceRequestContext context, HttpRequest request, boolean isForBatches) {
    if (!isForBatches && !ContentMode.isCloudEventBatch(request.headers())) {
      context.setMaxRequestLength(limits.maxBodyBytes());
    }
    CompletableFuture<HttpResponse> answer =
        authenticator
            .authenticate(request.headers())
            .toCompletableFuture()
            .thenCompose(caller -> take(context, request, caller, isForBatches));
    answer.whenComplete(
        (answered, failure) -> {
          // A request that is refused whole counts as one event.
          if (failure != null && Exceptions.peel(failure) instanceof ProblemException refused) {
            metrics.rejected(RejectionReason.of(refused.problem().type()));
          }
        });
    // The server itself answers a body that becomes too large.
    context
        .log()
        .whenComplete()
        .thenAccept(
            log -> {
              if (log.responseStatus().equals(HttpStatus.REQUEST_ENTITY_TOO_LARGE)) {
                metrics.rejected(RejectionReason.TOO_LARGE);
              }
            });
    return HttpResponse.of(answer);
  }

  private CompletableFuture<HttpResponse> take(
      ServiceRequestContext context, HttpRequest request, Caller caller, boolean isForBatches) {
    ContentMode mode = ContentMode.of(request.headers(), isForBatches);
    boolean isFirstCounted = rates.tryTakeFirst(caller.tenant());
    if (!isFirstCounted && !mode.isBatch()) {
      // Before any work is put into it. How long a batch has to wait only its events tell.
      rates.take(caller.tenant(), 1, false);
    }
    return request
        .aggregate()
        // A batch takes longer to read than other connections should wait for.
        .thenComposeAsync(
            whole -> publish(context, whole, mode, caller, isFirstCounted),
            context.blockingTaskExecutor());
  }

  private CompletableFuture<HttpResponse> publish(
      ServiceRequestContext context,
      AggregatedHttpRequest request,
      ContentMode mode,
      Caller caller,
      boolean isFirstCounted) {
    List<Outcome> read =
        new RequestReader(limits)
                .read(
                    mode,
                    request.headers(),
                    request.content().array(),
                    new NotificationIds(caller.subject()))
                .stream()
                .map(outcome -> sources.resolve(outcome, caller))
                .toList();
    if (mode.isBatch()) {
      rates.take(caller.tenant(), read.size(), isFirstCounted);
    }
    OutgoingEvents outgoing = new OutgoingEvents(caller, context);
    List<SentEvent> inOrder =
        read.stream()
            .filter(Outcome.InOrder.class::isInstance)
            .map(outcome -> ((Outcome.InOrder) outcome).event())
            .toList();
    return keys.claim(caller.tenant(), inOrder, context.blockingTaskExecutor())
        .thenCompose(
            conflicts -> {
              List<CompletableFuture<Outcome>> outcomes =
                  read.stream()
                      .map(outcome -> publish(outcome, conflicts, outgoing, caller.tenant()))
                      .toList();
              return CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new))
                  .thenApply(done -> outcomes.stream().map(CompletableFuture::join).toList());
            })
        .thenApply(
            outcomes -> {
              outcomes.forEach(this::count);
              return mode.isBatch() ? Answers.of(outcomes) : Answers.of(outcomes.get(0));
            });
  }

  private CompletableFuture<Outcome> publish(
      Outcome read, Set<SentEvent> conflicts, OutgoingEvents outgoing, String tenant) {
    if (!(read instanceof Outcome.InOrder inOrder)) {
      return CompletableFuture.completedFuture(read);
    }
    SentEvent event = inOrder.event();
    if (conflicts.contains(event)) {
      return CompletableFuture.completedFuture(
          new Outcome.Refused(
              Problem.of(
                  ProblemType.CONFLICT,
                  "This key belongs to another event."
                      + " Send the same body and type again, or use a new key.")));
    }
    return publisher
        .publish(outgoing.of(event))
        .handle(
            (acceptance, failure) -> {
              keys.settle(tenant, event, failure == null);
              return failure == null
                  ? new Outcome.Accepted(
                      eventTokens.of(tenant, event.sourceName(), event.notificationId()),
                      event.sourceName())
                  : new Outcome.Refused(problemOf(failure));
            });
  }

  private void count(Outcome outcome) {
    if (outcome instanceof Outcome.Refused refused) {
      metrics.rejected(RejectionReason.of(refused.problem().type()));
    } else if (outcome instanceof Outcome.Accepted accepted) {
      metrics.accepted(accepted.source());
    }
  }

  private static Problem problemOf(Throwable failure) {
    Throwable cause = Exceptions.peel(failure);
    if (cause instanceof ProblemException expected) {
      return expected.problem();
    }
    LOG.error("an event could not be published", cause);
    return Problem.of(ProblemType.UNAVAILABLE, "The event could not be published. Send it again.")
        .retryAfter(AFTER_FAILURE);
  }
}
