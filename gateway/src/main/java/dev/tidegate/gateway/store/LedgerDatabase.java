package dev.tidegate.gateway.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.schemas.postgresql.SearchPath;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jdbi.v3.core.ConnectionFactory;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.generic.GenericTypes;
import org.jdbi.v3.core.mapper.RowMapperFactory;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.TemplateEngine;
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

  /** One failure may be chance: after so many nobody waits for a connection for a while. */
  private static final int FAILURES = 3;

  /** For so long: then one asks again. */
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
  private final TenantQueues queues;
  private final CircuitBreaker circuit;

  private LedgerDatabase(HikariDataSource source) {
    this.source = source;
    queues = new TenantQueues(Math.max(1, source.getMaximumPoolSize() / 2));
    jdbi = Jdbi.create((ConnectionFactory) this::connect).installPlugin(new PostgresPlugin());
    // What looks like a template's place in a query is SQL.
    jdbi.getConfig(SqlStatements.class).setTemplateEngine(TemplateEngine.NOP);
    // Every record is read from the columns that its components are named after.
    jdbi.registerRowMapper(
        (RowMapperFactory)
            (type, config) ->
                Optional.<Class<?>>of(GenericTypes.getErasedType(type))
                    .filter(row -> row.isRecord() && row != RawJson.class)
                    .map(ConstructorMapper::of));
    jdbi.registerColumnMapper(
        RawJson.class,
        (row, column, context) ->
            Optional.ofNullable(row.getString(column)).map(RawJson::new).orElse(null));
    circuit =
        CircuitBreaker.of(
            source.getPoolName(),
            CircuitBreakerConfig.custom()
                .slidingWindowSize(FAILURES)
                .minimumNumberOfCalls(FAILURES)
                .waitDurationInOpenState(QUIET)
                .permittedNumberOfCallsInHalfOpenState(1)
                // Where there are connections, they are only busy: the next may well get one.
                .recordException(none -> source.getHikariPoolMXBean().getTotalConnections() == 0)
                .build());
  }

  /** Opens the pool that answers requests. */
  public static LedgerDatabase open(DatabaseConfiguration configuration) {
    return open(configuration, "ledger", configuration.poolSize());
  }

  /**
   * Opens a pool of its own for work that must not take requests' connections.
   *
   * @param connections at the most
   */
  public static LedgerDatabase open(
      DatabaseConfiguration configuration, String poolName, int connections) {
    return open(configuration, poolName, connections, Map.of());
  }

  /**
   * Opens a pool of its own, as above.
   *
   * @param settings of PostgreSQL's, for its sessions
   */
  public static LedgerDatabase open(
      DatabaseConfiguration configuration,
      String poolName,
      int connections,
      Map<String, String> settings) {
    StringBuilder options =
        new StringBuilder("-c statement_timeout=").append(STATEMENT_TIMEOUT.toMillis());
    settings.forEach((name, value) -> options.append(" -c %s=%s".formatted(name, value)));
    HikariConfig pool = new HikariConfig();
    pool.setPoolName(poolName);
    pool.setJdbcUrl(configuration.jdbcUrl());
    pool.setUsername(configuration.username());
    configuration.password().map(Secret::text).ifPresent(pool::setPassword);
    pool.setMaximumPoolSize(connections);
    pool.setMinimumIdle(1);
    pool.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
    // Never fails for a database that is away: the gateway takes events in without it.
    pool.setInitializationFailTimeout(-1);
    pool.addDataSourceProperty("ApplicationName", "tidegate-gateway");
    pool.addDataSourceProperty(SearchPath.PROPERTY, SearchPath.STANDARD);
    pool.addDataSourceProperty("tcpKeepAlive", "true");
    pool.addDataSourceProperty("options", options.toString());
    // A peer that is gone without a word must not hold a thread for ever.
    pool.addDataSourceProperty(
        "socketTimeout", Long.toString(STATEMENT_TIMEOUT.plusSeconds(5).toSeconds()));
    return new LedgerDatabase(new HikariDataSource(pool));
  }

  /** As {@link #withHandle}, with a bare connection. */
  public <T> T inTransaction(Work<T> work) throws SQLException {
    return withHandle(handle -> work.with(handle.getConnection()));
  }

  /**
   * Does {@code work} in one transaction, on the calling thread, which may wait.
   *
   * @throws ProblemException {@code UNAVAILABLE} where no connection can be had, or the database
   *     went away, is not migrated, or took too long
   * @throws SQLException for any other failure; of the server's message, which may quote values,
   *     only the SQLSTATE is left
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

  /**
   * Does {@code work} as {@link #withHandle}, on a thread of {@code executor}. Of one tenant no
   * more than half of the connections are busy at a time; what comes then waits, and holds no
   * thread. Work that was cancelled while it waited is not done.
   *
   * @param tenant of the caller
   * @throws ProblemException {@code TOO_MANY_REQUESTS} where too much waits already
   */
  public <T> CompletableFuture<T> submit(
      String tenant, Executor executor, HandleCallback<T, SQLException> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    queues.add(
        tenant,
        executor,
        () -> {
          if (!result.isDone()) {
            try {
              result.complete(withHandle(work));
            } catch (SQLException | RuntimeException failure) {
              result.completeExceptionally(failure);
            }
          }
        });
    return result;
  }

  /**
   * A connection for the caller alone, until it is closed. Each statement is a transaction of its
   * own.
   *
   * @throws ProblemException {@code UNAVAILABLE} where none can be had
   */
  public Connection connect() throws SQLException {
    try {
      return circuit.executeCallable(source::getConnection);
    } catch (SQLTransientConnectionException | CallNotPermittedException none) {
      throw away();
    } catch (SQLException | RuntimeException failure) {
      throw failure;
    } catch (Exception impossible) {
      throw new IllegalStateException("a pool throws nothing else", impossible);
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

  @Override
  public void close() {
    source.close();
  }
}
