package dev.tidegate.transforms.postgresql;

import java.io.Serializable;
import java.time.Duration;
import java.util.Optional;

/**
 * How to reach PostgreSQL. It travels with the job, so it names the environment variable that holds
 * the password and never the password.
 *
 * @param jdbcUrl {@code jdbc:postgresql:…}; options such as {@code sslmode} or {@code
 *     socketFactory} pass through to the driver
 * @param username the database's user
 * @param passwordVariable the environment variable that holds the password on each worker; where it
 *     is not set, none is sent
 * @param poolSize connections of each worker's JVM, however many threads it has
 * @param statementTimeout how long a statement may run
 * @param lockTimeout how long a statement may wait for another transaction's lock
 */
public record DatabaseConfiguration(
    String jdbcUrl,
    String username,
    String passwordVariable,
    int poolSize,
    Duration statementTimeout,
    Duration lockTimeout)
    implements Serializable {
  /** Far more than a batch takes, far less than a runner's patience. */
  public static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(30);

  /** Writers that meet wait for each other's batch, which takes milliseconds. */
  public static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);

  /** With the timeouts that suit most. */
  public DatabaseConfiguration(
      String jdbcUrl, String username, String passwordVariable, int poolSize) {
    this(jdbcUrl, username, passwordVariable, poolSize, STATEMENT_TIMEOUT, LOCK_TIMEOUT);
  }

  Optional<String> password() {
    return Optional.ofNullable(System.getenv(passwordVariable)).filter(value -> !value.isEmpty());
  }
}
