package dev.tidegate.gateway.ledger;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tidegate.gateway.configuration.Secret;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;

/**
 * Connections to the ledger's database. It opens without one: the gateway starts while the database
 * is away.
 */
public final class LedgerDatabase implements AutoCloseable {
  private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(3);

  /** What is done with a connection. */
  @FunctionalInterface
  public interface Work<T> {
    T with(Connection connection) throws SQLException;
  }

  private final HikariDataSource source;

  private LedgerDatabase(HikariDataSource source) {
    this.source = source;
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
    return new LedgerDatabase(new HikariDataSource(pool));
  }

  /**
   * Does {@code work} in one transaction, on the calling thread, which may wait.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code UNAVAILABLE} where no connection can
   *     be had
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
    }
  }

  private Connection connect() throws SQLException {
    try {
      return source.getConnection();
    } catch (SQLTransientConnectionException away) {
      throw Problem.of(ProblemType.UNAVAILABLE, "The database is away. Try again later.")
          .retryAfter(CONNECTION_TIMEOUT)
          .asException();
    }
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
