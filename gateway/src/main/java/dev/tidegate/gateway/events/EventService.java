package dev.tidegate.gateway.events;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.util.Exceptions;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.http.RateLimit;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.store.EventToken;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes events in: finds out who calls before it reads a body, reads all events of a request,
 * publishes those that are in order, and answers when each is durable or refused.
 */
final class EventService implements HttpService {
  private static final Logger LOG = LoggerFactory.getLogger(EventService.class);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

  private final boolean isForBatches;
  private final Authenticator authenticator;
  private final EventPublisher publisher;
  private final EventToken eventTokens;
  private final EventLimits limits;
  private final RateLimit rates;
  private final RequestReader reader;
  private final EventCounts counts;
  private final IdempotencyKeys keys;

  /**
   * @param isForBatches whether it takes batches only
   * @param rates shared by all services that take a tenant's events, as are the keys
   */
  EventService(
      boolean isForBatches,
      Authenticator authenticator,
      EventPublisher publisher,
      EventToken eventTokens,
      EventLimits limits,
      RateLimit rates,
      EventCounts counts,
      IdempotencyKeys keys) {
    this.isForBatches = isForBatches;
    this.authenticator = authenticator;
    this.publisher = publisher;
    this.eventTokens = eventTokens;
    this.limits = limits;
    this.rates = rates;
    this.reader = new RequestReader(limits);
    this.counts = counts;
    this.keys = keys;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
    if (!isForBatches && !ContentMode.isCloudEventBatch(request.headers())) {
      context.setMaxRequestLength(limits.maxBodyBytes());
    }
    CompletableFuture<HttpResponse> answer =
        authenticator
            .authenticate(request.headers())
            .toCompletableFuture()
            .thenCompose(caller -> take(context, request, caller));
    counts.countRequest(context, answer);
    return HttpResponse.of(answer);
  }

  private CompletableFuture<HttpResponse> take(
      ServiceRequestContext context, HttpRequest request, Caller caller) {
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
    List<ReadEvent> events =
        reader.read(
            mode,
            request.headers(),
            request.content().array(),
            new NotificationIds(caller.subject()));
    if (mode.isBatch()) {
      rates.take(caller.tenant(), events.size(), isFirstCounted);
    }
    OutgoingEvents outgoing = new OutgoingEvents(caller, context);
    List<SentEvent> inOrder =
        events.stream()
            .filter(ReadEvent.InOrder.class::isInstance)
            .map(read -> ((ReadEvent.InOrder) read).event())
            .toList();
    return keys.claim(caller.tenant(), inOrder, context.blockingTaskExecutor())
        .thenCompose(conflicts -> publish(events, conflicts, outgoing, caller))
        .thenApply(
            all -> {
              all.forEach(counts::count);
              return mode.isBatch() ? Answers.of(all) : Answers.of(all.get(0));
            });
  }

  private CompletableFuture<List<Outcome>> publish(
      List<ReadEvent> events, Set<SentEvent> conflicts, OutgoingEvents outgoing, Caller caller) {
    List<CompletableFuture<Outcome>> outcomes =
        events.stream().map(event -> publish(event, conflicts, outgoing, caller)).toList();
    return CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new))
        .thenApply(done -> outcomes.stream().map(CompletableFuture::join).toList());
  }

  private CompletableFuture<Outcome> publish(
      ReadEvent read, Set<SentEvent> conflicts, OutgoingEvents outgoing, Caller caller) {
    if (read instanceof ReadEvent.Refused refused) {
      return CompletableFuture.completedFuture(new Outcome.Refused(refused.problem()));
    }
    SentEvent event = ((ReadEvent.InOrder) read).event();
    if (conflicts.contains(event)) {
      return CompletableFuture.completedFuture(new Outcome.Refused(keyInUse()));
    }
    return publisher
        .publish(outgoing.of(event))
        .handle(
            (acceptance, failure) -> {
              keys.settle(caller.tenant(), event, failure == null);
              return failure == null
                  ? new Outcome.Accepted(
                      eventTokens.of(
                          caller.tenant(), OutgoingEvents.SOURCE, event.notificationId()))
                  : new Outcome.Refused(problemOf(failure));
            });
  }

  private static Problem keyInUse() {
    return Problem.of(
        ProblemType.CONFLICT,
        "This key stands for another event. Send that one's body and type, or use a new key.");
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
