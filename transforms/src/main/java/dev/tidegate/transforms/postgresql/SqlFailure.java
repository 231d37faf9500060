package dev.tidegate.transforms.postgresql;

import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.util.Optional;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What a failed statement means (docs/design.md, promise 5), and what may be told of it. */
final class SqlFailure {
  private static final String LOCK_TIMEOUT = "55P03";
  private static final String QUERY_CANCELED = "57014";

  /** What kind of failure it is, and so what helps. */
  enum Kind {
    /** The database is away or cannot work. Waiting helps. */
    OUTAGE,
    /** Two transactions were in each other's way: a deadlock or a serialization failure. */
    CONFLICT,
    /** Another transaction held a lock for too long. */
    LOCKED,
    /** A statement took longer than it may. */
    TIMEOUT,
    /** A value breaks a rule of its table. */
    DATA,
    /** The database is not as the statement takes it to be, or fails within. */
    DEFINITION,
    /** Anything else that the database answers, such as what a trigger raises. */
    UNKNOWN;

    /**
     * Whether it was the statement that failed, and not all that the database does: then a batch is
     * split, to find which of its events the failure speaks of.
     */
    boolean isOfTheStatement() {
      return switch (this) {
        case TIMEOUT, DATA, DEFINITION, UNKNOWN -> true;
        case OUTAGE, CONFLICT, LOCKED -> false;
      };
    }
  }

  private SqlFailure() {}

  static Kind kindOf(SQLException failure) {
    if (failure instanceof SQLTimeoutException) {
      return Kind.TIMEOUT;
    }
    String state = failure.getSQLState();
    if (state == null || state.length() < 5) {
      return Kind.OUTAGE;
    }
    if (state.equals(LOCK_TIMEOUT)) {
      return Kind.LOCKED;
    }
    return switch (state.substring(0, 2)) {
      // Data exceptions, constraint violations, and program limits such as an index entry's size.
      case "22", "23", "54" -> Kind.DATA;
      // A missing column, table or grant, a changed type, a plan that no longer fits, and errors
      // within the server.
      case "0A", "3F", "42", "XX" -> Kind.DEFINITION;
      case "40" -> Kind.CONFLICT;
      // Connections, read-only servers, lost statements, logins, resources, shutdowns, disks.
      case "08", "25", "26", "28", "3D", "53", "55", "57", "58", "F0" -> Kind.OUTAGE;
      default -> Kind.UNKNOWN;
    };
  }

  /**
   * Whether the same rows would fail again, for ever, as far as the error itself tells: it is of
   * the data, or none that is known to pass.
   */
  static boolean isPermanent(SQLException failure) {
    Kind kind = kindOf(failure);
    return kind == Kind.DATA || kind == Kind.UNKNOWN;
  }

  /** Whether the database is away or cannot work. */
  static boolean isOutage(SQLException failure) {
    return kindOf(failure) == Kind.OUTAGE;
  }

  /** Whether the connection it happened on may be used again. */
  static boolean leavesConnectionUsable(SQLException failure) {
    // A prepared plan that no longer fits its table (0A000) stays with its connection.
    String state = failure.getSQLState();
    return !isOutage(failure) && (state == null || !state.startsWith("0A"));
  }

  /**
   * Whether the server refused user or password. That too is an outage: a rotated password or a
   * grant mends it, and the events are none the worse.
   */
  static boolean isRefusedLogin(SQLException failure) {
    String state = failure.getSQLState();
    return state != null && state.startsWith("28");
  }

  /**
   * Tells a statement that took too long from one that somebody cancelled: both have one SQLSTATE.
   *
   * @param took how long its transaction was under way
   * @param patience how long the statement was allowed
   */
  static SQLException told(SQLException failure, Duration took, Duration patience) {
    if (QUERY_CANCELED.equals(failure.getSQLState()) && took.compareTo(patience) >= 0) {
      return new SQLTimeoutException(
          "a statement took longer than " + patience, QUERY_CANCELED, failure);
    }
    return failure;
  }

  /** The table that the failed statement writes, where that is known. */
  static Optional<String> tableOf(SQLException failure) {
    TableFailure written = find(failure, TableFailure.class);
    return Optional.ofNullable(written).map(TableFailure::table);
  }

  /** The constraint that the server names. */
  static Optional<String> constraintOf(SQLException failure) {
    return Optional.ofNullable(messageOf(failure)).map(ServerErrorMessage::getConstraint);
  }

  /** The column that the server names. */
  static Optional<String> columnOf(SQLException failure) {
    return Optional.ofNullable(messageOf(failure)).map(ServerErrorMessage::getColumn);
  }

  /**
   * SQLSTATE, the table, and the column and constraint where the server names them. Never the
   * server's or the driver's message: those quote values, of other rows of the batch too.
   */
  static String describe(SQLException failure) {
    StringBuilder description = new StringBuilder("SQLSTATE ").append(failure.getSQLState());
    ServerErrorMessage message = messageOf(failure);
    String named = message == null ? null : message.getTable();
    append(description, "table", named == null ? tableOf(failure).orElse(null) : named);
    append(description, "column", columnOf(failure).orElse(null));
    append(description, "constraint", constraintOf(failure).orElse(null));
    return description.toString();
  }

  private static void append(StringBuilder description, String kind, @Nullable String name) {
    if (name != null) {
      description.append(", ").append(kind).append(' ').append(name);
    }
  }

  private static @Nullable ServerErrorMessage messageOf(SQLException failure) {
    PSQLException fromServer = find(failure, PSQLException.class);
    return fromServer == null ? null : fromServer.getServerErrorMessage();
  }

  private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return type.cast(cause);
      }
    }
    return null;
  }
}
