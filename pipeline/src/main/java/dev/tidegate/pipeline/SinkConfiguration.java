package dev.tidegate.pipeline;

import static dev.tidegate.pipeline.launch.OptionMistakes.isGiven;

import dev.tidegate.pipeline.launch.OptionMistakes;
import dev.tidegate.transforms.Batching;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.Password;
import java.time.Duration;

/**
 * How events are written into PostgreSQL.
 *
 * @param database how to reach it
 * @param batching how events are collected into batches
 * @param ledgerPayload whether the ledger keeps payloads
 */
public record SinkConfiguration(
    DatabaseConfiguration database, Batching batching, boolean ledgerPayload) {
  /** A transaction's values travel in one message, of a gigabyte at the most. */
  private static final long MAX_BATCH_BYTES = 256L << 20;

  /** Checks and parses {@code options}. */
  static SinkConfiguration of(DatabaseOptions options, OptionMistakes mistakes) {
    Duration statementTimeout =
        mistakes.duration("--jdbcStatementTimeout", options.getJdbcStatementTimeout(), "30s");
    Duration lockTimeout =
        mistakes.duration("--jdbcLockTimeout", options.getJdbcLockTimeout(), "10s");
    Duration batchWait = mistakes.duration("--batchWait", options.getBatchWait(), "200ms");
    mistakes.check(
        isGiven(options.getJdbcUrl()) && options.getJdbcUrl().startsWith("jdbc:postgresql:"),
        "--jdbcUrl must begin with jdbc:postgresql:");
    mistakes.check(
        !isGiven(options.getJdbcUrl())
            || !options.getJdbcUrl().matches("(?i).*[?&](ssl)?password=.*"),
        "--jdbcUrl must not hold the password: a job's page shows it; name the secret that holds it by"
            + " --jdbcPasswordSecret, or the environment variable by --jdbcPasswordVariable");
    mistakes.check(isGiven(options.getJdbcUsername()), "--jdbcUsername must be given");
    mistakes.check(options.getJdbcPoolSize() >= 1, "--jdbcPoolSize must be at least 1");
    mistakes.check(
        options.getBatchRows() >= 1 && options.getBatchRows() <= 10_000,
        "--batchRows must be 1 to 10000");
    mistakes.check(
        options.getBatchBytes() >= 1 && options.getBatchBytes() <= MAX_BATCH_BYTES,
        "--batchBytes must be 1 to " + MAX_BATCH_BYTES);
    mistakes.check(
        options.getBatchShards() >= 1 && options.getBatchShards() <= 1_000,
        "--batchShards must be 1 to 1000");
    return new SinkConfiguration(
        new DatabaseConfiguration(
            options.getJdbcUrl(),
            options.getJdbcUsername(),
            passwordOf(options, mistakes),
            options.getJdbcPoolSize(),
            statementTimeout,
            lockTimeout),
        new Batching(
            options.getBatching(),
            options.getBatchRows(),
            options.getBatchBytes(),
            batchWait,
            options.getBatchShards()),
        options.getLedgerPayload());
  }

  private static Password passwordOf(DatabaseOptions options, OptionMistakes mistakes) {
    String variable = options.getJdbcPasswordVariable();
    String secret = options.getJdbcPasswordSecret();
    if (!isGiven(secret)) {
      mistakes.check(
          isGiven(variable) && !variable.matches("(?s).*[=\0].*"),
          "--jdbcPasswordVariable must be an environment variable's name");
      return new Password.Variable(String.valueOf(variable));
    }
    mistakes.check(
        DatabaseOptions.PASSWORD_VARIABLE.equals(variable),
        "--jdbcPasswordVariable must be left out, or --jdbcPasswordSecret: the password is in one"
            + " place");
    mistakes.check(
        secret.matches(Password.Secret.PATTERN),
        "--jdbcPasswordSecret must be projects/PROJECT/secrets/NAME/versions/VERSION, with latest"
            + " as the version for a password that is rotated");
    return new Password.Secret(secret);
  }
}
