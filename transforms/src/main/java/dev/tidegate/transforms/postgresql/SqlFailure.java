package dev.tidegate.transforms.postgresql;

import java.sql.SQLException;
import java.util.Set;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What a failed statement means (DESIGN.md, promise 5), and what may be told of it.
 *
 * <p>Only errors that speak of the data are permanent. Everything else, known or not, is treated as
 * an outage: it is retried, and never makes a dead letter.
 */
final class SqlFailure {
  /** Of class 42, these speak of the database and not of the event: a grant or migration lacks. */
  private static final Set<String> DATABASE_NOT_READY =
      Set.of("42501", "42P01", "42P10", "42703", "42704", "42804", "42883");

  private static final String LOCK_TIMEOUT = "55P03";

  private SqlFailure() {}

  /** Whether the same rows would fail again, for ever. */
  static boolean isPermanent(SQLException failure) {
    String state = failure.getSQLState();
    if (state == null || state.length() < 2 || DATABASE_NOT_READY.contains(state)) {
      return false;
    }
    return switch (state.substring(0, 2)) {
      // Data exceptions, constraint violations, syntax, and program limits such as an index entry's
      // size.
      case "22", "23", "42", "54" -> true;
      default -> false;
    };
  }

  /**
   * Whether the server refused user or password. That too is an outage: a rotated password or a
   * grant mends it, and the events are none the worse.
   */
  static boolean isRefusedLogin(SQLException failure) {
    String state = failure.getSQLState();
    return state != null && state.startsWith("28");
  }

  /** Whether two transactions were in each other's way: a deadlock or a serialization failure. */
  static boolean isConflict(SQLException failure) {
    String state = failure.getSQLState();
    return state != null && state.startsWith("40");
  }

  /**
   * Whether the database is away or cannot work: neither an error of the data nor two transactions
   * in each other's way (deadlock, serialization failure, lock timeout), which it answered well.
   */
  static boolean isOutage(SQLException failure) {
    String state = failure.getSQLState();
    return !isPermanent(failure) && !isConflict(failure) && !LOCK_TIMEOUT.equals(state);
  }

  /**
   * SQLSTATE, and the table, column and constraint where the server names them. Never the server's
   * or the driver's message: those quote values, of other rows of the batch too.
   */
  static String describe(SQLException failure) {
    StringBuilder description = new StringBuilder("SQLSTATE ").append(failure.getSQLState());
    if (failure instanceof PSQLException fromServer) {
      ServerErrorMessage message = fromServer.getServerErrorMessage();
      if (message != null) {
        append(description, "table", message.getTable());
        append(description, "column", message.getColumn());
        append(description, "constraint", message.getConstraint());
      }
    }
    return description.toString();
  }

  private static void append(StringBuilder description, String kind, String name) {
    if (name != null) {
      description.append(", ").append(kind).append(' ').append(name);
    }
  }
}
