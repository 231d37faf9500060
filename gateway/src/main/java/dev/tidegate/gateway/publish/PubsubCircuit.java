package dev.tidegate.gateway.publish;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Knows whether Pub/Sub is away, so that not every request must wait to find out. One failed call
 * tells nothing yet: half of the last ones must have failed, and more than one.
 */
final class PubsubCircuit {
  private static final int LAST_CALLS = 6;
  private static final int LEAST_CALLS = 3;

  private final CircuitBreaker breaker;

  /**
   * Starts closed: Pub/Sub counts as there.
   *
   * @param retryAfter how long Pub/Sub counts as away before one event is risked
   */
  PubsubCircuit(Duration retryAfter) {
    breaker =
        CircuitBreaker.of(
            "pubsub",
            CircuitBreakerConfig.custom()
                .slidingWindowType(SlidingWindowType.COUNT_BASED)
                .slidingWindowSize(LAST_CALLS)
                .minimumNumberOfCalls(LEAST_CALLS)
                .failureRateThreshold(50)
                .waitDurationInOpenState(retryAfter)
                // By the clock and not by the next event: none may come while it is open.
                .automaticTransitionFromOpenToHalfOpenEnabled(true)
                .permittedNumberOfCallsInHalfOpenState(1)
                .writableStackTraceEnabled(false)
                .build());
  }

  /** Whether an event may be sent; its call then tells what came of it. */
  boolean allows() {
    return breaker.tryAcquirePermission();
  }

  /** Takes a permission back that was not used. */
  void unused() {
    breaker.releasePermission();
  }

  /** Tells that a call failed because Pub/Sub is away or takes nothing now. */
  void failed(Throwable failure) {
    breaker.onError(0, TimeUnit.NANOSECONDS, failure);
  }

  /** Tells that Pub/Sub answered a call: it is there, whatever was thought before. */
  void answered() {
    if (breaker.getState() == CircuitBreaker.State.OPEN) {
      breaker.transitionToClosedState();
    }
    breaker.onSuccess(0, TimeUnit.NANOSECONDS);
  }

  /** Whether Pub/Sub counts as away now. */
  boolean isOpen() {
    return breaker.getState() == CircuitBreaker.State.OPEN;
  }
}
