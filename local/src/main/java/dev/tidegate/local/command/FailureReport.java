package dev.tidegate.local.command;

import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * How failures reach the user: one line on standard error, for a mistake in SQL its place below,
 * and the stack trace with {@code --verbose} only.
 */
final class FailureReport implements IExecutionExceptionHandler, IParameterExceptionHandler {
  /** DuckDB draws the place of a mistake below its message. */
  private static final Pattern PLACE_OF_DUCKDB =
      Pattern.compile("(?s)\\R\\s*(LINE \\d+: )([^\\n]*)\\n( *)\\^.*");

  /** How much of a long line is shown before and after the place of a mistake. */
  private static final int MOST_BEFORE = 50;

  private static final int MOST_AFTER = 27;

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, ParseResult parseResult) {
    PrintWriter err = command.getErr();
    command.getOut().flush();
    err.println(command.getColorScheme().errorText("tidegate: " + lineFor(failure)));
    if (failure instanceof CommandFailure told) {
      told.below().forEach(line -> err.println("  " + line));
    }
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
    if (isUnknownCommand(mistake)) {
      UnknownCommand unknown = UnknownCommand.of((UnmatchedArgumentException) mistake);
      err.println(command.getColorScheme().errorText("tidegate: " + oneLine(unknown.message())));
      unknown.commands().forEach(err::println);
    } else {
      err.println(command.getColorScheme().errorText("tidegate: " + oneLine(mistake.getMessage())));
      UnmatchedArgumentException.printSuggestions(mistake, err);
    }
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
      if (error.getDetail() != null) {
        line.append("; ").append(error.getDetail());
      }
      if (error.getHint() != null) {
        line.append("; ").append(error.getHint());
      }
      return line.toString();
    }
    return PLACE_OF_DUCKDB.matcher(String.valueOf(failure.getMessage())).replaceFirst("");
  }

  /**
   * A failure of {@code sql} that shows its place in it, where the database tells it: the line, and
   * an arrow below.
   */
  static CommandFailure ofSql(SQLException failure, String sql) {
    return new CommandFailure(lineFor(failure), placeOf(failure, sql), failure);
  }

  private static List<String> placeOf(SQLException failure, String sql) {
    if (failure instanceof PSQLException fromServer && fromServer.getServerErrorMessage() != null) {
      int position = fromServer.getServerErrorMessage().getPosition();
      // It counts whole characters, from one.
      return position < 1 || position > sql.codePointCount(0, sql.length()) + 1
          ? List.of()
          : place(sql, sql.offsetByCodePoints(0, position - 1));
    }
    Matcher place = PLACE_OF_DUCKDB.matcher(String.valueOf(failure.getMessage()));
    if (!place.find()) {
      return List.of();
    }
    String line = place.group(2);
    int columns = place.group(3).length() - place.group(1).length();
    int offset = 0;
    while (offset < line.length() && columns > 0) {
      String character = Character.toString(line.codePointAt(offset));
      offset += character.length();
      // DuckDB's arrow stands under columns of the terminal, of which a tab has none for it.
      columns -= character.equals("\t") ? 0 : DisplayText.width(character);
    }
    return place(line, offset);
  }

  private static List<String> place(String sql, int offset) {
    int start = sql.lastIndexOf('\n', offset - 1) + 1;
    int end = sql.indexOf('\n', offset);
    String line = sql.substring(start, end < 0 ? sql.length() : end).replace('\t', ' ');
    String before = line.substring(0, offset - start);
    String after = line.substring(offset - start);
    int left = Math.max(0, before.length() - MOST_BEFORE);
    String shown = (left > 0 ? "…" : "") + DisplayText.escaped(before.substring(left));
    return List.of(
        shown + DisplayText.cut(DisplayText.escaped(after), MOST_AFTER).stripTrailing(),
        " ".repeat(DisplayText.width(shown)) + "^");
  }

  private static boolean isUnknownCommand(ParameterException mistake) {
    return mistake instanceof UnmatchedArgumentException unmatched
        && !unmatched.isUnknownOption()
        && !mistake.getCommandLine().getSubcommands().isEmpty()
        && mistake.getCommandLine().getCommandSpec().positionalParameters().isEmpty();
  }

  private static String oneLine(String message) {
    return DisplayText.escaped(message.strip().replaceAll("\\s*\\R\\s*", "; "));
  }
}
