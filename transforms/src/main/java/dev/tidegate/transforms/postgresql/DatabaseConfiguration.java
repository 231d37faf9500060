package dev.tidegate.transforms.postgresql;

import java.io.Serializable;
import java.time.Duration;

/**
 * How to reach PostgreSQL. It travels with the job, so it says where the password is and never what
 * it is.
 *
 * @param jdbcUrl {@code jdbc:postgresql:…}; options such as {@code sslmode} or {@code
 *     socketFactory} pass through to the driver
 * @param username the database's user
 * @param password where the password is found on each worker
 * @param poolSize connections of each worker's JVM, however many threads it has
 * @param statementTimeout how long a statement may run
 * @param lockTimeout how long a statement may wait for another transaction's lock
 */
public record DatabaseConfiguration(
    String jdbcUrl,
    String username,
    Password password,
    int poolSize,
    Duration statementTimeout,
    Duration lockTimeout)
    implements Serializable {
  /** Far more than a batch takes, far less than a runner's patience. */
  public static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(30);

  /** Writers that meet wait for each other's batch, which takes milliseconds. */
  public static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);

  /**
   * How long a statement of a batch may run before the batch is split: an event that takes so long,
   * once among others and twice alone, is poison. A sixth of what a statement may run at all, which
   * a batch that fails as a whole is given.
   */
  Duration batchTimeout() {
    Duration sixth = statementTimeout.dividedBy(6);
    Duration second = Duration.ofSeconds(1);
    Duration least = statementTimeout.compareTo(second) < 0 ? statementTimeout : second;
    return sixth.compareTo(least) < 0 ? least : sixth;
  }

  /** With the timeouts that suit most. */
  public DatabaseConfiguration(String jdbcUrl, String username, Password password, int poolSize) {
    this(jdbcUrl, username, password, poolSize, STATEMENT_TIMEOUT, LOCK_TIMEOUT);
  }

  /** With the password in the environment variable {@code passwordVariable}. */
  public DatabaseConfiguration(
      String jdbcUrl, String username, String passwordVariable, int poolSize) {
    this(jdbcUrl, username, new Password.Variable(passwordVariable), poolSize);
  }
}
