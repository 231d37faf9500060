package dev.tidegate.local.command;

import java.io.PrintWriter;
import java.sql.SQLException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * How failures reach the user: one line on standard error, and the stack trace with {@code
 * --verbose} only.
 */
final class FailureReport implements IExecutionExceptionHandler, IParameterExceptionHandler {
  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, ParseResult parseResult) {
    PrintWriter err = command.getErr();
    command.getOut().flush();
    err.println(command.getColorScheme().errorText("tidegate: " + lineFor(failure)));
    if (Tidegate.isVerbose(command)) {
      failure.printStackTrace(err);
    }
    err.flush();
    return command.getCommandSpec().exitCodeOnExecutionException();
  }

  @Override
  public int handleParseException(ParameterException mistake, String[] arguments) {
    CommandLine command = mistake.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(command.getColorScheme().errorText("tidegate: " + oneLine(mistake.getMessage())));
    UnmatchedArgumentException.printSuggestions(mistake, err);
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help' for what it takes.");
    err.flush();
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  /** What went wrong, in one line that is safe to show on a terminal. */
  static String lineFor(Throwable failure) {
    if (failure instanceof CommandFailure) {
      return oneLine(failure.getMessage());
    }
    if (failure instanceof SQLException sqlFailure) {
      return oneLine(sqlMessage(sqlFailure));
    }
    return oneLine(reason(failure)) + " (--verbose shows where)";
  }

  /** The kind of {@code failure} and its message: a file's name alone would say nothing. */
  static String reason(Throwable failure) {
    String kind = failure.getClass().getSimpleName().replaceAll("Exception$", "");
    return failure.getMessage() == null ? kind : kind + ": " + failure.getMessage();
  }

  private static String sqlMessage(SQLException failure) {
    if (failure instanceof PSQLException fromServer && fromServer.getServerErrorMessage() != null) {
      ServerErrorMessage error = fromServer.getServerErrorMessage();
      StringBuilder line = new StringBuilder().append(error.getMessage());
      if (error.getPosition() > 0) {
        line.append(" (at character ").append(error.getPosition()).append(')');
      }
      if (error.getDetail() != null) {
        line.append("; ").append(error.getDetail());
      }
      if (error.getHint() != null) {
        line.append("; ").append(error.getHint());
      }
      return line.toString();
    }
    return String.valueOf(failure.getMessage());
  }

  private static String oneLine(String message) {
    return DisplayText.escaped(message.strip().replaceAll("\\s*\\R\\s*", "; "));
  }
}
