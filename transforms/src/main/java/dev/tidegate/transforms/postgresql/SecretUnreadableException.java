package dev.tidegate.transforms.postgresql;

import java.sql.SQLNonTransientConnectionException;

/**
 * A secret could not be read: the database cannot be reached until it can be. The message names the
 * secret, never its value.
 */
public final class SecretUnreadableException extends SQLNonTransientConnectionException {
  private static final long serialVersionUID = 1L;

  /** The SQLSTATE of a connection that cannot be made: an outage, which makes no dead letter. */
  private static final String CANNOT_CONNECT = "08001";

  SecretUnreadableException(String message, Throwable cause) {
    super(message, CANNOT_CONNECT, cause);
  }
}
