package dev.tidegate.pipeline;

import static dev.tidegate.pipeline.launch.OptionReader.isGiven;

import dev.tidegate.pipeline.launch.DatabaseCheck;
import dev.tidegate.pipeline.launch.LaunchOptions;
import dev.tidegate.pipeline.launch.OptionReader;
import dev.tidegate.transforms.Batching;
import dev.tidegate.transforms.HandlerCalls;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.Password;
import java.time.Duration;

/**
 * How events are written into PostgreSQL.
 *
 * @param database how to reach it
 * @param batching how events are collected into batches
 * @param ledgerPayload whether the ledger keeps payloads
 * @param handlerAttempts how often a handler that calls other systems is called for one event, at
 *     most
 */
public record SinkConfiguration(
    DatabaseConfiguration database, Batching batching, boolean ledgerPayload, int handlerAttempts) {
  /** A transaction's values travel in one message of at most a gigabyte. */
  private static final long MAX_BATCH_BYTES = 256L << 20;

  /**
   * Checks and parses {@code options}.
   *
   * @param sources whose tables the database must have at launch
   */
  static SinkConfiguration of(DatabaseOptions options, EventSources sources, OptionReader reader) {
    int mistakesBefore = reader.mistakes().size();
    Duration statementTimeout =
        reader.duration("--jdbcStatementTimeout", options.getJdbcStatementTimeout(), "30s");
    Duration lockTimeout =
        reader.duration("--jdbcLockTimeout", options.getJdbcLockTimeout(), "10s");
    Duration batchWait = reader.duration("--batchWait", options.getBatchWait(), "200ms");
    reader.check(
        isGiven(options.getJdbcUrl()) && options.getJdbcUrl().startsWith("jdbc:postgresql:"),
        "--jdbcUrl must begin with jdbc:postgresql:");
    reader.check(
        !isGiven(options.getJdbcUrl())
            || !options.getJdbcUrl().matches("(?i).*[?&](ssl)?password=.*"),
        "--jdbcUrl must not hold the password: a job's page shows it; name the secret that holds it by"
            + " --jdbcPasswordSecret, or the environment variable by --jdbcPasswordVariable");
    reader.check(isGiven(options.getJdbcUsername()), "--jdbcUsername must be given");
    reader.check(options.getJdbcPoolSize() >= 1, "--jdbcPoolSize must be at least 1");
    reader.check(
        options.getBatchRows() >= 1 && options.getBatchRows() <= 10_000,
        "--batchRows must be 1 to 10000");
    reader.check(
        options.getBatchBytes() >= 1 && options.getBatchBytes() <= MAX_BATCH_BYTES,
        "--batchBytes must be 1 to " + MAX_BATCH_BYTES);
    reader.check(
        options.getBatchShards() >= 1 && options.getBatchShards() <= 1_000,
        "--batchShards must be 1 to 1000");
    int handlerAttempts = options.as(LaunchOptions.class).getHandlerAttempts();
    reader.check(
        handlerAttempts >= 1 && handlerAttempts <= HandlerCalls.MOST_ATTEMPTS,
        "--handlerAttempts must be 1 to " + HandlerCalls.MOST_ATTEMPTS);
    DatabaseConfiguration database =
        new DatabaseConfiguration(
            options.getJdbcUrl(),
            options.getJdbcUsername(),
            passwordOf(options, reader),
            options.getJdbcPoolSize(),
            statementTimeout,
            lockTimeout);
    if (reader.mistakes().size() == mistakesBefore) {
      reader.checkAtLaunch(DatabaseCheck.of(options, database, sources));
    }
    return new SinkConfiguration(
        database,
        new Batching(
            options.getBatching(),
            options.getBatchRows(),
            options.getBatchBytes(),
            batchWait,
            options.getBatchShards()),
        options.getLedgerPayload(),
        handlerAttempts);
  }

  private static Password passwordOf(DatabaseOptions options, OptionReader reader) {
    String variable = options.getJdbcPasswordVariable();
    String secret = options.getJdbcPasswordSecret();
    if (!isGiven(secret)) {
      reader.check(
          isGiven(variable) && !variable.matches("(?s).*[=\0].*"),
          "--jdbcPasswordVariable must be an environment variable's name");
      return new Password.Variable(String.valueOf(variable));
    }
    reader.check(
        DatabaseOptions.PASSWORD_VARIABLE.equals(variable),
        "--jdbcPasswordVariable must be left out, or --jdbcPasswordSecret: the password is in one"
            + " place");
    reader.check(
        secret.matches(Password.Secret.PATTERN),
        "--jdbcPasswordSecret must be projects/PROJECT/secrets/NAME/versions/VERSION, with latest"
            + " as the version for a password that is rotated");
    return new Password.Secret(secret);
  }
}
