package dev.tidegate.gateway.observe;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Finds out whether something the gateway needs answers, now: in bounded time, at most once a
 * second however often it is asked, and never twice at once, so that neither many balancers nor
 * something that hangs can use the gateway up.
 */
final class Probe {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration FRESH = Duration.ofSeconds(1);

  /**
   * What was found.
   *
   * @param problem why it does not work; empty where it does
   * @param at when it was found
   */
  record Finding(Optional<String> problem, Instant at) {
    boolean works() {
      return problem.isEmpty();
    }
  }

  private final Supplier<CompletableFuture<Optional<String>>> attempt;
  private CompletableFuture<Optional<String>> running =
      CompletableFuture.completedFuture(Optional.empty());
  private CompletableFuture<Finding> latest =
      CompletableFuture.completedFuture(new Finding(Optional.empty(), Instant.EPOCH));

  /**
   * @param attempt asks, and tells what the problem is, in words that hold no secret
   */
  Probe(Supplier<CompletableFuture<Optional<String>>> attempt) {
    this.attempt = attempt;
  }

  /** Whether it works; never fails. */
  synchronized CompletableFuture<Finding> check() {
    if (!latest.isDone() || latest.join().at().isAfter(Instant.now().minus(FRESH))) {
      return latest;
    }
    if (!running.isDone()) {
      return CompletableFuture.completedFuture(finding(Optional.of("does not answer")));
    }
    running = attempt.get();
    latest =
        running
            .copy()
            .completeOnTimeout(
                Optional.of("did not answer within %d s".formatted(PATIENCE.toSeconds())),
                PATIENCE.toMillis(),
                TimeUnit.MILLISECONDS)
            .exceptionally(
                failure -> Optional.of("failed (%s)".formatted(failure.getClass().getSimpleName())))
            .thenApply(Probe::finding);
    return latest;
  }

  private static Finding finding(Optional<String> problem) {
    return new Finding(problem, Instant.now());
  }
}
