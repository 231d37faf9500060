package dev.tidegate.transforms.postgresql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A JVM's connections to one database, shared by all its threads: Dataflow runs hundreds of them,
 * and a database has but a few hundred connections for all workers together.
 *
 * <p>Opened with the first {@link #open} of its configuration, closed with the last {@link #close}.
 */
public final class ConnectionPool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionPool.class);

  /** What the database's administrators see of whose a connection is. */
  public static final String APPLICATION_NAME = "tidegate";

  private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(10);

  private static final String QUERY_CANCELED = "57014";

  private static final Map<DatabaseConfiguration, ConnectionPool> POOLS = new HashMap<>();

  /**
   * Of the last ten transactions, half failing for an outage opens the circuit; then one a second
   * asks whether the database is back.
   */
  private static final CircuitBreakerConfig CIRCUIT =
      CircuitBreakerConfig.custom()
          .slidingWindowSize(10)
          .minimumNumberOfCalls(5)
          .failureRateThreshold(50)
          .waitDurationInOpenState(Duration.ofSeconds(1))
          .permittedNumberOfCallsInHalfOpenState(1)
          .build();

  private final DatabaseConfiguration configuration;
  private final HikariDataSource connections;

  /**
   * Taken before a connection is asked for, in turn and for as long as it takes: that many threads
   * want few connections is no sign of an outage, while a connection that cannot be had in 10 s is.
   */
  private final Semaphore turns;

  private final CircuitBreaker circuitBreaker = CircuitBreaker.of("postgresql", CIRCUIT);
  private int users;

  private ConnectionPool(DatabaseConfiguration configuration) {
    this.configuration = configuration;
    turns = new Semaphore(configuration.poolSize(), true);
    HikariConfig hikari = new HikariConfig();
    hikari.setPoolName(APPLICATION_NAME);
    hikari.setDataSource(new DatabaseConnections(configuration, propertiesOf(configuration)));
    hikari.setMaximumPoolSize(configuration.poolSize());
    hikari.setMinimumIdle(1);
    hikari.setAutoCommit(false);
    // What the pool itself asks, it commits. A connection that waits within a transaction keeps
    // PostgreSQL from reusing the room of old rows: every update of an entity's row grew its table
    // and its indexes then, and took a third more.
    hikari.setIsolateInternalQueries(true);
    // The database may be away when the pipeline starts: that is an outage like any other.
    hikari.setInitializationFailTimeout(-1);
    hikari.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
    // Acknowledged is what survives a crash of the server, whatever the server thinks of that. A
    // stricter setting stays.
    hikari.setConnectionInitSql(
        "SELECT set_config('synchronous_commit', 'on', false)"
            + " WHERE current_setting('synchronous_commit') = 'off'");
    connections = new HikariDataSource(hikari);
    circuitBreaker
        .getEventPublisher()
        .onStateTransition(
            event -> {
              switch (event.getStateTransition()) {
                case CLOSED_TO_OPEN -> LOG.warn("the database is away: asking it once a second");
                case HALF_OPEN_TO_CLOSED -> LOG.info("the database is back");
                default -> {
                  // Between asking and not asking: nobody needs to know.
                }
              }
            });
  }

  private static Map<String, String> propertiesOf(DatabaseConfiguration configuration) {
    return Map.of(
        "ApplicationName",
        APPLICATION_NAME,
        "loginTimeout",
        Long.toString(CONNECTION_TIMEOUT.toSeconds()),
        "tcpKeepAlive",
        "true",
        // A peer that is gone without a word must not hold a bundle for ever.
        "socketTimeout",
        Long.toString(configuration.statementTimeout().multipliedBy(2).toSeconds() + 1),
        "options",
        "-c lock_timeout=%d -c statement_timeout=%d"
            .formatted(
                configuration.lockTimeout().toMillis(),
                configuration.statementTimeout().toMillis()));
  }

  /** This JVM's pool for {@code configuration}. Each opening is to be closed. */
  public static ConnectionPool open(DatabaseConfiguration configuration) {
    synchronized (POOLS) {
      ConnectionPool pool = POOLS.computeIfAbsent(configuration, ConnectionPool::new);
      pool.users++;
      return pool;
    }
  }

  /**
   * A connection without auto-commit. Closing it gives it back, rolled back if not committed.
   *
   * @throws SQLException where none can be had in 10 s
   */
  public Connection connection() throws SQLException {
    return connections.getConnection();
  }

  DatabaseConfiguration configuration() {
    return configuration;
  }

  /** Whether the database is there, as this JVM's transactions found it. */
  CircuitBreaker circuitBreaker() {
    return circuitBreaker;
  }

  /**
   * Runs {@code work} on a connection of its own, rolled back at the end where it did not commit.
   * Waits for its turn where all connections are in use.
   *
   * @throws SQLException its failure; the connection it failed on is not used again where the
   *     database is away
   */
  void use(TransientRetry.Transaction work) throws SQLException {
    use(work, () -> {});
  }

  private void use(TransientRetry.Transaction work, Runnable inTurn) throws SQLException {
    try {
      turns.acquire();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while waiting for a connection", QUERY_CANCELED, stopped);
    }
    try {
      inTurn.run();
      use(connection(), work);
    } finally {
      turns.release();
    }
  }

  private void use(Connection taken, TransientRetry.Transaction work) throws SQLException {
    try (Connection connection = taken) {
      try {
        work.run(connection);
      } catch (SQLException failure) {
        if (!SqlFailure.leavesConnectionUsable(failure)) {
          connections.evictConnection(connection);
        }
        throw failure;
      }
    }
  }

  /**
   * As {@link #use}, and commits.
   *
   * @throws CallNotPermittedException where the circuit opened while it waited for its turn:
   *     nothing was asked of the database
   */
  void transact(TransientRetry.Transaction transaction) throws SQLException {
    use(
        connection -> {
          transaction.run(connection);
          connection.commit();
        },
        () -> {
          if (circuitBreaker.getState() == CircuitBreaker.State.OPEN) {
            throw CallNotPermittedException.createCallNotPermittedException(circuitBreaker);
          }
        });
  }

  @Override
  public void close() {
    synchronized (POOLS) {
      if (--users == 0) {
        POOLS.remove(configuration);
        connections.close();
      }
    }
  }
}
