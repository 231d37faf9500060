package dev.tidegate.transforms;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.RetryableException;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.io.Serializable;
import java.lang.ref.SoftReference;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls handlers, and calls one again that throws {@link RetryableException}: in place, with
 * exponential backoff and jitter. From then on the handler has a circuit breaker, which all threads
 * of the JVM share. Other handlers cost no more than a look into a map.
 *
 * <p>While the circuit is open, one event a second asks whether the other system is back, and all
 * others wait. They wait until the outage has lasted as long as an event's own attempts would take.
 * From then on an event fails at once. So a short outage makes no dead letter, and a long one holds
 * a bundle once, and not again for each of its events.
 *
 * @param sources have the handlers
 * @param attempts how often a handler is called for one event, at most
 */
public record HandlerCalls(EventSources sources, int attempts) implements Serializable {
  /** Attempts where nothing else is said. */
  public static final int STANDARD_ATTEMPTS = 5;

  /** More would hold a bundle for minutes. */
  public static final int MOST_ATTEMPTS = 20;

  private static final long FIRST_WAIT_MILLIS = 500;
  private static final long LONGEST_WAIT_MILLIS = 8_000;

  /** Between an event's attempts. */
  private static final IntervalFunction WAITS =
      IntervalFunction.ofExponentialRandomBackoff(FIRST_WAIT_MILLIS, 2, 0.5, LONGEST_WAIT_MILLIS);

  /** The same without jitter. */
  private static final IntervalFunction MEAN_WAITS =
      IntervalFunction.ofExponentialBackoff(FIRST_WAIT_MILLIS, 2, LONGEST_WAIT_MILLIS);

  /** The circuits of the handlers that have thrown {@link RetryableException}. */
  private static final Map<Handler, Circuit> CIRCUITS = new ConcurrentHashMap<>();

  /** A handler of some sources: two pipelines of one JVM have nothing to do with each other. */
  private record Handler(UUID sources, String source, String eventType) {}

  /**
   * Reads and checks {@code raw}, as {@link EventSources#validate} does.
   *
   * @throws RetryableException where every attempt failed
   */
  Event validate(RawEvent raw) {
    return call(handlerOf(sources.decode(raw)), () -> sources.validate(raw));
  }

  /**
   * Lets the handler of {@code raw} make the rows, as {@link EventSources#transform} does. Where a
   * runner copies events between two steps, the second step asks again: the answer of a handler
   * that calls other systems was kept, so that it is not called again.
   *
   * @throws RetryableException where every attempt failed
   */
  TransformedEvent transform(RawEvent raw) {
    return sources
        .decode(raw)
        .transformed(
            event -> {
              Handler handler = handlerOf(event);
              return keptAnswer(handler, event)
                  .orElseGet(() -> kept(handler, call(handler, () -> sources.transform(raw))));
            });
  }

  private static Optional<TransformedEvent> keptAnswer(Handler handler, Event event) {
    Circuit circuit = CIRCUITS.get(handler);
    return circuit == null ? Optional.empty() : circuit.answers.get(event);
  }

  private static TransformedEvent kept(Handler handler, TransformedEvent answer) {
    Circuit circuit = CIRCUITS.get(handler);
    if (circuit != null) {
      circuit.answers.keep(answer);
    }
    return answer;
  }

  private Handler handlerOf(Event event) {
    return new Handler(sources.id(), event.raw().source(), event.eventType());
  }

  private <T> T call(Handler handler, Supplier<T> work) {
    Circuit circuit = CIRCUITS.get(handler);
    if (circuit != null) {
      return circuit.call(work, attempts, null);
    }
    try {
      return work.get();
    } catch (RetryableException failure) {
      return CIRCUITS.computeIfAbsent(handler, Circuit::new).call(work, attempts, failure);
    }
  }

  /**
   * What is known of a handler that calls other systems: whether it gets answers, and the last of
   * them.
   */
  private static final class Circuit {
    private static final Logger LOG = LoggerFactory.getLogger(HandlerCalls.class);

    /** Five failures in a row open it, and a second later one call finds out. */
    private static final CircuitBreakerConfig CONFIGURATION =
        CircuitBreakerConfig.custom()
            .slidingWindowSize(10)
            .minimumNumberOfCalls(5)
            .failureRateThreshold(50)
            .waitDurationInOpenState(Duration.ofSeconds(1))
            .permittedNumberOfCallsInHalfOpenState(1)
            .build();

    /** How often a waiting event looks whether it may call. */
    private static final IntervalFunction LOOKS =
        IntervalFunction.ofRandomized(Duration.ofMillis(100), 0.5);

    private final CircuitBreaker breaker;
    private final Answers answers = new Answers();
    private volatile long openedAt;
    private volatile RetryableException lastFailure;

    Circuit(Handler handler) {
      String name = handler.source() + " " + handler.eventType();
      breaker = CircuitBreaker.of(name, CONFIGURATION);
      breaker
          .getEventPublisher()
          .onStateTransition(
              event -> {
                switch (event.getStateTransition()) {
                  case CLOSED_TO_OPEN -> {
                    PipelineMetrics.HANDLER_CIRCUIT_OPENED.inc();
                    LOG.warn(
                        "the system that the handler of {} calls does not answer: it is asked once a second",
                        name);
                  }
                  case HALF_OPEN_TO_CLOSED ->
                      LOG.info("the system that the handler of {} calls answers again", name);
                  default -> {
                    // Between asking and not asking: nobody needs to know.
                  }
                }
              });
    }

    /**
     * Does {@code work}, in up to {@code attempts} attempts.
     *
     * @param first how the first attempt failed, where it was made already
     */
    <T> T call(Supplier<T> work, int attempts, @Nullable RetryableException first) {
      long patience = patienceOf(attempts).toNanos();
      Retry retry =
          Retry.of(
              breaker.getName(),
              RetryConfig.custom()
                  .maxAttempts(attempts)
                  .intervalFunction(WAITS)
                  .retryOnException(
                      failure ->
                          failure instanceof RetryableException && !isAwayForLongerThan(patience))
                  .build());
      retry.getEventPublisher().onRetry(event -> PipelineMetrics.HANDLER_RETRIES.inc());
      AtomicReference<@Nullable RetryableException> made = new AtomicReference<>(first);
      try {
        return retry.executeSupplier(
            () -> {
              RetryableException failure = made.getAndSet(null);
              if (failure != null) {
                failed(0, failure);
                throw failure;
              }
              awaitPermission(patience);
              return attempt(work);
            });
      } catch (CallNotPermittedException open) {
        throw new RetryableException(lastFailure.getMessage(), lastFailure);
      }
    }

    private <T> T attempt(Supplier<T> work) {
      long start = System.nanoTime();
      boolean answered = true;
      try {
        return work.get();
      } catch (RetryableException failure) {
        answered = false;
        failed(System.nanoTime() - start, failure);
        throw failure;
      } finally {
        // A refusal and a bug of the handler's are answers, too.
        if (answered) {
          breaker.onSuccess(System.nanoTime() - start, NANOSECONDS);
        }
      }
    }

    private void failed(long nanos, RetryableException failure) {
      lastFailure = failure;
      // Before the breaker opens: who sees it open must not see the time of an earlier outage.
      if (breaker.getState() == CircuitBreaker.State.CLOSED) {
        openedAt = System.nanoTime();
      }
      breaker.onError(nanos, NANOSECONDS, failure);
    }

    private void awaitPermission(long patience) {
      for (int looks = 1; !breaker.tryAcquirePermission(); looks++) {
        if (isAwayForLongerThan(patience)) {
          throw CallNotPermittedException.createCallNotPermittedException(breaker);
        }
        try {
          Thread.sleep(LOOKS.apply(looks));
        } catch (InterruptedException stopped) {
          Thread.currentThread().interrupt();
          throw CallNotPermittedException.createCallNotPermittedException(breaker);
        }
      }
    }

    private boolean isAwayForLongerThan(long patience) {
      return breaker.getState() != CircuitBreaker.State.CLOSED
          && System.nanoTime() - openedAt > patience;
    }

    /** How long the attempts wait for one another, on average. */
    private static Duration patienceOf(int attempts) {
      Duration all = Duration.ZERO;
      for (int attempt = 1; attempt < attempts; attempt++) {
        all = all.plusMillis(MEAN_WAITS.apply(attempt));
      }
      return all;
    }
  }

  /**
   * The last answers of a handler, for the step that asks again. They go where memory is short:
   * then the handler is called again.
   */
  private static final class Answers {
    private static final int MOST = 1_000;

    private final Map<List<String>, SoftReference<TransformedEvent>> answers =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(
              Map.Entry<List<String>, SoftReference<TransformedEvent>> eldest) {
            return size() > MOST;
          }
        };

    synchronized Optional<TransformedEvent> get(Event event) {
      SoftReference<TransformedEvent> answer = answers.get(keyOf(event));
      return Optional.ofNullable(answer).map(SoftReference::get);
    }

    synchronized void keep(TransformedEvent answer) {
      answers.put(keyOf(answer.event()), new SoftReference<>(answer.withoutPayload()));
    }

    /** An event in another message is another call: a replay asks again. */
    private static List<String> keyOf(Event event) {
      RawEvent raw = event.raw();
      return List.of(
          raw.tenantId(),
          raw.messageId(),
          event.notificationId(),
          raw.contentSha256(),
          raw.attribute(EventAttributes.REPLAY_ID).orElse(""));
    }
  }
}
