package dev.tidegate.gateway.publish;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Knows whether Pub/Sub is away, so that requests need not each wait to find out. One failure is
 * enough: the client library has tried again before it fails.
 */
final class PubsubCircuit {
  private final CircuitBreaker breaker;

  /**
   * @param retryAfter how long Pub/Sub counts as away after a failure, before one event is risked
   */
  PubsubCircuit(Duration retryAfter) {
    breaker =
        CircuitBreaker.of(
            "pubsub",
            CircuitBreakerConfig.custom()
                .slidingWindowType(SlidingWindowType.COUNT_BASED)
                .slidingWindowSize(1)
                .minimumNumberOfCalls(1)
                .waitDurationInOpenState(retryAfter)
                // By the clock and not by the next event: none may come while it is open.
                .automaticTransitionFromOpenToHalfOpenEnabled(true)
                .permittedNumberOfCallsInHalfOpenState(1)
                .writableStackTraceEnabled(false)
                .build());
  }

  /** Whether to try; if so, what came of it must be told. */
  boolean allows() {
    return breaker.tryAcquirePermission();
  }

  /** Takes a permission back that was not used. */
  void unused() {
    breaker.releasePermission();
  }

  /** Tells what came of a permission. */
  void tried(Delivery delivery) {
    if (delivery instanceof Delivery.Away away) {
      breaker.onError(0, TimeUnit.NANOSECONDS, new IllegalStateException(away.code()));
    } else {
      breaker.onSuccess(0, TimeUnit.NANOSECONDS);
    }
  }

  /** Whether Pub/Sub counts as away now. */
  boolean isOpen() {
    return breaker.getState() == CircuitBreaker.State.OPEN;
  }

  /** Tells what was found out without a permission. */
  void found(boolean away) {
    if (away) {
      breaker.transitionToOpenState();
    } else if (breaker.getState() != CircuitBreaker.State.CLOSED) {
      breaker.transitionToClosedState();
    }
  }
}
