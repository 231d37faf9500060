package dev.tidegate.transforms.postgresql;

import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Repeats a transaction that failed for a reason that passes, with exponential backoff and jitter,
 * some 8 s of waiting. What is still failing then fails the bundle: the runner repeats it, and
 * stops reading meanwhile.
 */
public final class TransientRetry {
  private static final int ATTEMPTS = 6;
  private static final Duration FIRST_WAIT = Duration.ofMillis(250);
  private static final double BACKOFF = 2;
  private static final double JITTER = 0.5;

  private final Retry retry;

  /**
   * @param onRetry called before each repetition
   */
  public TransientRetry(Runnable onRetry) {
    retry =
        Retry.of(
            "postgresql",
            RetryConfig.custom()
                .maxAttempts(ATTEMPTS)
                .intervalFunction(
                    IntervalFunction.ofExponentialRandomBackoff(FIRST_WAIT, BACKOFF, JITTER))
                .retryOnException(
                    failure -> failure instanceof SQLException sql && !SqlFailure.isPermanent(sql))
                .build());
    retry.getEventPublisher().onRetry(event -> onRetry.run());
  }

  /** A transaction, from its first statement to its commit. */
  @FunctionalInterface
  public interface Transaction {
    void run() throws SQLException;
  }

  /**
   * Runs {@code transaction}, again and again where it fails for a reason that passes.
   *
   * @throws SQLException the last failure: permanent, or one that outlasted the repetitions
   */
  public void run(Transaction transaction) throws SQLException {
    try {
      retry.executeCallable(
          () -> {
            transaction.run();
            return null;
          });
    } catch (SQLException | RuntimeException failure) {
      throw failure;
    } catch (Exception impossible) {
      throw new IllegalStateException("a transaction throws nothing else", impossible);
    }
  }
}
