package dev.tidegate.transforms.postgresql;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * Repeats a transaction that failed for a reason that passes, with exponential backoff and jitter,
 * some 8 s of waiting beside what the attempts themselves take, each time on a fresh connection.
 * What is still failing then fails the bundle: the runner repeats it, and stops reading meanwhile.
 * A deadlock or serialization failure is no outage: it is repeated after some milliseconds, on the
 * same connection.
 *
 * <p>While the pool's circuit breaker is open, because the database is away, an attempt fails
 * without asking it: a worker's hundred threads wait, and do not knock all at once.
 */
public final class TransientRetry {
  private static final int ATTEMPTS = 6;
  private static final Duration FIRST_WAIT = Duration.ofMillis(250);
  private static final double BACKOFF = 2;
  private static final double JITTER = 0.5;

  /** Two that were in each other's way need no more than to come back at different times. */
  private static final int CONFLICT_ATTEMPTS = 12;

  private static final Duration CONFLICT_WAIT = Duration.ofMillis(10);
  private static final double CONFLICT_BACKOFF = 1.5;

  private final Retry retry;
  private final Retry conflictRetry;
  private final Listener listener;

  /**
   * @param listener told of what happens, for metrics
   */
  public TransientRetry(Listener listener) {
    this.listener = listener;
    retry =
        retry(
            ATTEMPTS,
            IntervalFunction.ofExponentialRandomBackoff(FIRST_WAIT, BACKOFF, JITTER),
            failure -> !SqlFailure.isPermanent(failure));
    conflictRetry =
        retry(
            CONFLICT_ATTEMPTS,
            IntervalFunction.ofExponentialRandomBackoff(CONFLICT_WAIT, CONFLICT_BACKOFF, JITTER),
            SqlFailure::isConflict);
  }

  private Retry retry(int attempts, IntervalFunction waits, Predicate<SQLException> isRepeated) {
    Retry made =
        Retry.of(
            "postgresql",
            RetryConfig.custom()
                .maxAttempts(attempts)
                .intervalFunction(waits)
                .retryOnException(
                    failure -> failure instanceof SQLException sql && isRepeated.test(sql))
                .build());
    made.getEventPublisher().onRetry(event -> listener.retried());
    return made;
  }

  /** Is told, on the thread that runs the transaction, of what happens to it. */
  @FunctionalInterface
  public interface Listener {
    /** A transaction failed, and is about to be repeated. */
    void retried();

    /** Enough failed in a row that the database is asked seldom from now on. */
    default void circuitOpened() {}
  }

  /** What is done between a transaction's begin and its commit. */
  @FunctionalInterface
  public interface Transaction {
    void run(Connection connection) throws SQLException;
  }

  /**
   * Runs {@code transaction} and commits it, again and again where that fails for a reason that
   * passes.
   *
   * @throws SQLException the last failure: permanent, or one that outlasted the repetitions
   */
  public void run(ConnectionPool pool, Transaction transaction) throws SQLException {
    try {
      retry.executeCallable(
          () ->
              conflictRetry.executeCallable(
                  () -> {
                    attempt(pool, transaction);
                    return null;
                  }));
    } catch (SQLException | RuntimeException failure) {
      throw failure;
    } catch (Exception impossible) {
      throw new IllegalStateException("a transaction throws nothing else", impossible);
    }
  }

  private void attempt(ConnectionPool pool, Transaction transaction) throws SQLException {
    CircuitBreaker breaker = pool.circuitBreaker();
    if (!breaker.tryAcquirePermission()) {
      throw new SQLTransientConnectionException("the database is away", "08001");
    }
    long start = breaker.getCurrentTimestamp();
    boolean away = false;
    try {
      pool.transact(transaction);
    } catch (SQLException failure) {
      away = SqlFailure.isOutage(failure);
      if (away) {
        CircuitBreaker.State before = breaker.getState();
        breaker.onError(breaker.getCurrentTimestamp() - start, breaker.getTimestampUnit(), failure);
        if (before == CircuitBreaker.State.CLOSED
            && breaker.getState() == CircuitBreaker.State.OPEN) {
          listener.circuitOpened();
        }
      }
      throw failure;
    } finally {
      // An answer of any kind, a bug on our side included, shows that the database is there.
      if (!away) {
        breaker.onSuccess(breaker.getCurrentTimestamp() - start, breaker.getTimestampUnit());
      }
    }
  }
}
