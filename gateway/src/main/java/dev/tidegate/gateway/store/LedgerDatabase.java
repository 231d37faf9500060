package dev.tidegate.gateway.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jdbi.v3.core.ConnectionFactory;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections to the ledger's database. It opens without one: the gateway starts while the database
 * is away.
 */
public final class LedgerDatabase implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerDatabase.class);
  private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(3);

  /** After the database was found to be away: for so long nobody else waits for a connection. */
  private static final Duration QUIET = Duration.ofSeconds(1);

  /** Shorter than a request may take, so that its answer says what to do. */
  private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(20);

  private static final String STATEMENT_TIMED_OUT = "57014";

  /** Classes of SQLSTATE that speak of the server, or of other transactions, and not of the SQL. */
  private static final Set<String> AWAY = Set.of("08", "40", "53", "55", "57", "58");

  /** A table, column or right is missing: a migration has not run yet. */
  private static final Set<String> NOT_READY = Set.of("42P01", "42703", "42501");

  /** What is done with a connection. */
  @FunctionalInterface
  public interface Work<T> {
    T with(Connection connection) throws SQLException;
  }

  private final HikariDataSource source;
  private final Jdbi jdbi;
  private final AtomicLong lastFailure = new AtomicLong(System.nanoTime() - QUIET.toNanos());

  private LedgerDatabase(HikariDataSource source) {
    this.source = source;
    jdbi = Jdbi.create((ConnectionFactory) this::connect).installPlugin(new PostgresPlugin());
  }

  public static LedgerDatabase open(DatabaseConfiguration configuration) {
    HikariConfig pool = new HikariConfig();
    pool.setPoolName("ledger");
    pool.setJdbcUrl(configuration.jdbcUrl());
    pool.setUsername(configuration.username());
    configuration.password().map(Secret::text).ifPresent(pool::setPassword);
    pool.setMaximumPoolSize(configuration.poolSize());
    pool.setMinimumIdle(1);
    pool.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
    // Never fails for a database that is away: the gateway takes events in without it.
    pool.setInitializationFailTimeout(-1);
    pool.addDataSourceProperty("ApplicationName", "tidegate-gateway");
    pool.addDataSourceProperty("tcpKeepAlive", "true");
    pool.addDataSourceProperty(
        "options", "-c statement_timeout=%d".formatted(STATEMENT_TIMEOUT.toMillis()));
    // A peer that is gone without a word must not hold a thread for ever.
    pool.addDataSourceProperty(
        "socketTimeout", Long.toString(STATEMENT_TIMEOUT.plusSeconds(5).toSeconds()));
    return new LedgerDatabase(new HikariDataSource(pool));
  }

  /**
   * Does {@code work} in one transaction, on the calling thread, which may wait.
   *
   * @throws ProblemException {@code UNAVAILABLE} where no connection can be had, or the database
   *     went away, is not migrated, or took too long
   * @throws SQLException for any other failure; of the server's message, which may quote values,
   *     only the SQLSTATE is left
   */
  public <T> T inTransaction(Work<T> work) throws SQLException {
    try (Connection connection = connect()) {
      connection.setAutoCommit(false);
      try {
        T result = work.with(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException failure) {
        rollBack(connection, failure);
        throw failure;
      }
    } catch (SQLException failure) {
      throw judged(failure);
    }
  }

  private Connection connect() throws SQLException {
    if (System.nanoTime() - lastFailure.get() < QUIET.toNanos()) {
      throw away();
    }
    try {
      return source.getConnection();
    } catch (SQLTransientConnectionException none) {
      // Where there are connections, they are only busy: the next may well get one.
      if (source.getHikariPoolMXBean().getTotalConnections() == 0) {
        lastFailure.set(System.nanoTime());
      }
      throw away();
    }
  }

  /**
   * As {@link #inTransaction}, with JDBI.
   *
   * @throws ProblemException as there
   * @throws SQLException as there
   */
  public <T> T withHandle(HandleCallback<T, SQLException> work) throws SQLException {
    try {
      return jdbi.inTransaction(work);
    } catch (JdbiException failure) {
      if (failure.getCause() instanceof SQLException cause) {
        throw judged(cause);
      }
      throw failure;
    } catch (SQLException failure) {
      throw judged(failure);
    }
  }

  private static SQLException judged(SQLException failure) {
    String state = failure.getSQLState() == null ? "" : failure.getSQLState();
    if (state.equals(STATEMENT_TIMED_OUT)) {
      throw unavailable("The database took too long. Ask for less: a shorter time, one tenant.");
    }
    if (NOT_READY.contains(state)) {
      LOG.warn("the database is not migrated, or a right is missing: SQLSTATE {}", state);
      throw unavailable("The database is not ready for this gateway. Try again later.");
    }
    if (state.length() == 5 && AWAY.contains(state.substring(0, 2))) {
      throw away();
    }
    SQLException described = new SQLException("a statement failed: SQLSTATE " + state, state);
    described.setStackTrace(failure.getStackTrace());
    return described;
  }

  private static ProblemException away() {
    return unavailable("The database is away. Try again later.");
  }

  private static ProblemException unavailable(String detail) {
    return Problem.of(ProblemType.UNAVAILABLE, detail).retryAfter(CONNECTION_TIMEOUT).asException();
  }

  private static void rollBack(Connection connection, Exception cause) {
    try {
      connection.rollback();
    } catch (SQLException lost) {
      cause.addSuppressed(lost);
    }
  }

  @Override
  public void close() {
    source.close();
  }
}
