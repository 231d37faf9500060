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
 */
public record DatabaseConfiguration(
    String jdbcUrl, String username, String passwordVariable, int poolSize)
    implements Serializable {
  /** How long a statement may wait for another transaction's lock. */
  static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);

  /** How long a statement may run. */
  static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(30);

  Optional<String> password() {
    return Optional.ofNullable(System.getenv(passwordVariable)).filter(value -> !value.isEmpty());
  }
}
