package dev.tidegate.transforms.postgresql;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Repeats a transaction that failed for a reason that passes, with exponential backoff and jitter,
 * each time on a fresh connection. It has a budget of time, not of attempts. What is still failing
 * then fails the bundle: the runner repeats it, and stops reading meanwhile. A deadlock or
 * serialization failure is no outage: it is repeated after some milliseconds, on the same
 * connection.
 *
 * <p>While the pool's circuit breaker is open, because the database is away, nothing is attempted:
 * a worker's hundred threads wait for the one that asks whether the database is back.
 */
public final class TransientRetry {
  /**
   * How long an outage is waited out. Half of the time that Pub/Sub waits for an acknowledgement:
   * an outage that ends before delivers nothing twice.
   */
  static final Duration BUDGET = Duration.ofSeconds(30);

  private static final IntervalFunction WAITS =
      IntervalFunction.ofExponentialRandomBackoff(
          Duration.ofMillis(250), 2, 0.5, Duration.ofSeconds(4));

  /** How often a waiting thread looks whether the circuit is closed again. */
  private static final IntervalFunction LOOKS =
      IntervalFunction.ofRandomized(Duration.ofMillis(100), 0.5);

  /** Two that were in each other's way need no more than to come back at different times. */
  private static final int CONFLICT_ATTEMPTS = 12;

  private static final IntervalFunction CONFLICT_WAITS =
      IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(10), 1.5, 0.5);

  private final Listener listener;
  private final Duration budget;
  private final Retry conflictRetry;

  /**
   * @param listener told of what happens, for metrics
   */
  public TransientRetry(Listener listener) {
    this(listener, BUDGET);
  }

  TransientRetry(Listener listener, Duration budget) {
    this.listener = listener;
    this.budget = budget;
    conflictRetry =
        Retry.of(
            "postgresql",
            RetryConfig.custom()
                .maxAttempts(CONFLICT_ATTEMPTS)
                .intervalFunction(CONFLICT_WAITS)
                .retryOnException(
                    failure ->
                        failure instanceof SQLException sql
                            && SqlFailure.kindOf(sql) == SqlFailure.Kind.CONFLICT)
                .build());
    conflictRetry.getEventPublisher().onRetry(event -> listener.retried());
  }

  /** Is told, on the thread that runs the transaction, of what happens to it. */
  @FunctionalInterface
  public interface Listener {
    /** A transaction failed, and is about to be repeated. */
    void retried();

    /** Enough failed in a row that the database is asked seldom from now on. */
    default void circuitOpened() {}

    /** A table refuses all that is written to it: these events wait until it is mended. */
    default void held(int events) {}
  }

  /** What is done between a transaction's begin and its commit. */
  @FunctionalInterface
  public interface Transaction {
    void run(Connection connection) throws SQLException;
  }

  Listener listener() {
    return listener;
  }

  /** When the time is up for what begins now, on {@link System#nanoTime}'s clock. */
  long deadline() {
    return System.nanoTime() + budget.toNanos();
  }

  /**
   * Waits before the next attempt, longer each time.
   *
   * @param attempts how many there were
   * @return false where the deadline would be over by then, without waiting
   */
  static boolean pause(int attempts, long deadline) throws SQLException {
    return pause(Duration.ofMillis(WAITS.apply(attempts)), deadline);
  }

  private static boolean pause(Duration wait, long deadline) throws SQLException {
    if (System.nanoTime() + wait.toNanos() - deadline > 0) {
      return false;
    }
    try {
      Thread.sleep(wait.toMillis());
      return true;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while waiting for the database", "57014", stopped);
    }
  }

  /**
   * Runs {@code transaction} and commits it, again and again where that fails for a reason that
   * passes.
   *
   * @throws SQLException the last failure: one of the statement, or one that outlasted the budget
   */
  public void run(ConnectionPool pool, Transaction transaction) throws SQLException {
    run(pool, pool.configuration().statementTimeout(), transaction);
  }

  /**
   * As {@link #run(ConnectionPool, Transaction)}, with statements that may take no longer than
   * {@code patience}.
   */
  void run(ConnectionPool pool, Duration patience, Transaction transaction) throws SQLException {
    long deadline = deadline();
    for (int attempts = 1; ; attempts++) {
      try {
        conflictRetry.executeCallable(
            () -> {
              boolean isDone = false;
              while (!isDone) {
                isDone = attempt(pool, patience, deadline, transaction);
              }
              return null;
            });
        return;
      } catch (SQLException failure) {
        if (SqlFailure.kindOf(failure).isOfTheStatement()
            || Thread.currentThread().isInterrupted()
            || !pause(attempts, deadline)) {
          throw failure;
        }
        listener.retried();
      } catch (RuntimeException failure) {
        throw failure;
      } catch (Exception impossible) {
        throw new IllegalStateException("a transaction throws nothing else", impossible);
      }
    }
  }

  /** False where nothing was attempted: the circuit opened before. */
  private boolean attempt(
      ConnectionPool pool, Duration patience, long deadline, Transaction transaction)
      throws SQLException {
    CircuitBreaker breaker = pool.circuitBreaker();
    awaitPermission(breaker, deadline);
    // Since it has a connection: to wait for that is no part of it.
    AtomicLong start = new AtomicLong(System.nanoTime());
    boolean answered = true;
    try {
      pool.transact(
          connection -> {
            start.set(System.nanoTime());
            limit(connection, pool.configuration(), patience);
            transaction.run(connection);
          });
      return true;
    } catch (CallNotPermittedException opened) {
      answered = false;
      breaker.releasePermission();
      return false;
    } catch (SQLException failure) {
      Duration took = Duration.ofNanos(System.nanoTime() - start.get());
      SQLException told = SqlFailure.told(failure, took, patience);
      if (SqlFailure.isOutage(told)) {
        answered = false;
        CircuitBreaker.State before = breaker.getState();
        breaker.onError(took.toNanos(), NANOSECONDS, failure);
        if (before == CircuitBreaker.State.CLOSED
            && breaker.getState() == CircuitBreaker.State.OPEN) {
          listener.circuitOpened();
        }
      }
      throw told;
    } finally {
      // An answer of any kind, a bug on our side included, shows that the database is there.
      if (answered) {
        breaker.onSuccess(System.nanoTime() - start.get(), NANOSECONDS);
      }
    }
  }

  private static void awaitPermission(CircuitBreaker breaker, long deadline) throws SQLException {
    for (int looks = 1; !breaker.tryAcquirePermission(); looks++) {
      if (!pause(Duration.ofMillis(LOOKS.apply(looks)), deadline)) {
        throw new SQLTransientConnectionException("the database is away", "08001");
      }
    }
  }

  /** Connections have the timeouts of the configuration; shorter ones are the transaction's own. */
  private static void limit(
      Connection connection, DatabaseConfiguration configuration, Duration patience)
      throws SQLException {
    if (patience.compareTo(configuration.statementTimeout()) >= 0) {
      return;
    }
    long millis = patience.toMillis();
    // To wait for a lock must not look like taking too long.
    long lockMillis = Math.min(configuration.lockTimeout().toMillis(), millis * 4 / 5);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d"
              .formatted(millis, lockMillis));
    }
  }
}
