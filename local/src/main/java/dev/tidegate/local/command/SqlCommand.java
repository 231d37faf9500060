package dev.tidegate.local.command;

import dev.tidegate.local.RunningSystem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Parser;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tidegate sql}: runs statements in the system's PostgreSQL. */
@Command(
    name = "sql",
    description = "Query the system's PostgreSQL, whose tables applications read.",
    footer = {
      "",
      "It only reads, unless --write is given.",
      "",
      "As in psql, \\dt lists tables, \\dv views and \\d both; \\d NAME describes one. Without a"
          + " pattern these are the applications' tables, those of the schema public: \\dt"
          + " tidegate.* lists Tidegate's own.",
      "",
      "Examples:",
      "  tidegate sql \"select status, count(*) from events group by 1\"",
      "  tidegate sql '\\d containers'",
      "  tidegate sql --vertical \"select * from containers limit 1\"",
      "  tidegate sql --write \"truncate containers\""
    })
public final class SqlCommand implements Callable<Integer> {
  /** Rows fetched at a time, so that a long result does not fill the memory. */
  private static final int FETCH_SIZE = 500;

  /** What PostgreSQL answers to VACUUM and its like within a transaction. */
  private static final String NOT_IN_A_TRANSACTION = "25001";

  /** What PostgreSQL answers where a query would write. */
  private static final String READ_ONLY = "25006";

  /** What a reader can say: anything else might end the read-only transaction. */
  private static final Set<String> QUERIES =
      Set.of("select", "with", "values", "table", "show", "explain", "");

  /** The first word of a statement, after comments and parentheses. */
  private static final Pattern FIRST_WORD =
      Pattern.compile("(?s)^(?:[\\s(]|--[^\\n]*|/\\*.*?\\*/)*(\\w*)");

  @Mixin private DataFolderOption data;
  @Mixin private OutputOption output;

  @Option(names = "--write", description = "Let the statements change data and tables.")
  private boolean write;

  @Parameters(paramLabel = "SQL", description = "The statement; - reads it from standard input.")
  private String sql;

  /** The statement that a command was given: its argument, or standard input for {@code -}. */
  static String textOf(String argument, InputStream standardInput) throws IOException {
    String sql =
        argument.equals("-")
            ? new String(standardInput.readAllBytes(), StandardCharsets.UTF_8)
            : argument;
    if (sql.isBlank()) {
      throw new CommandFailure("There is no SQL to run. Give it in quotes, or - to read it");
    }
    return sql;
  }

  @Override
  public Integer call() throws IOException, SQLException {
    String text = textOf(sql, System.in);
    RunningSystem system = data.runningSystem();
    if (DatabaseDescription.isAsked(text)) {
      try (Connection database = SystemDatabase.connect(system)) {
        new DatabaseDescription(database, output).print(text);
      }
      return 0;
    }
    List<NativeQuery> statements = Parser.parseJdbcSql(text, true, false, true, false, false);
    if (!write) {
      requireQueries(statements);
    }
    try (Connection database = SystemDatabase.connect(system)) {
      // Rows are streamed within transactions only.
      database.setAutoCommit(false);
      try {
        if (!write) {
          readOnly(database);
        }
        run(database, statements);
        database.commit();
      } catch (CommandFailure refused) {
        database.rollback();
        String state = refused.getCause() instanceof SQLException cause ? cause.getSQLState() : "";
        if (READ_ONLY.equals(state) && !write) {
          throw new CommandFailure(
              "%s: give --write to change data".formatted(refused.getMessage()), refused);
        } else if (!NOT_IN_A_TRANSACTION.equals(state) || !write) {
          throw refused;
        }
        database.setAutoCommit(true);
        run(database, statements);
      }
    }
    return 0;
  }

  /** The transaction, and all that follow in the session. */
  private static void readOnly(Connection database) throws SQLException {
    try (Statement statement = database.createStatement()) {
      statement.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
    }
    database.commit();
    database.setReadOnly(true);
  }

  private static void requireQueries(List<NativeQuery> statements) {
    for (NativeQuery query : statements) {
      Matcher first = FIRST_WORD.matcher(query.nativeSql);
      String word = first.find() ? first.group(1).toLowerCase(Locale.ROOT) : "";
      if (!QUERIES.contains(word)) {
        throw new CommandFailure(
            "%s is no query, and sql is read-only: give --write to change data"
                .formatted(word.toUpperCase(Locale.ROOT)));
      }
    }
  }

  /** One by one: where one fails, it is known which. */
  private void run(Connection database, List<NativeQuery> statements) throws SQLException {
    for (NativeQuery statement : statements) {
      try {
        run(database, statement.nativeSql);
      } catch (SQLException refused) {
        throw FailureReport.ofSql(refused, statement.nativeSql);
      }
    }
  }

  private void run(Connection database, String text) throws SQLException {
    try (Statement statement = database.createStatement()) {
      statement.setFetchSize(FETCH_SIZE);
      // As written: a question mark is an operator of jsonb, an opening brace no JDBC escape.
      statement.setEscapeProcessing(false);
      boolean hasRows = statement.execute(text);
      while (hasRows || statement.getUpdateCount() >= 0) {
        if (hasRows) {
          try (ResultSet rows = statement.getResultSet()) {
            output.printer().print(rows);
          }
        } else if (!output.isQuiet()) {
          long rows = statement.getLargeUpdateCount();
          (output.isForPeople() ? output.out() : output.err())
              .printf("%d %s changed\n", rows, rows == 1 ? "row" : "rows")
              .flush();
        }
        hasRows = statement.getMoreResults();
      }
    }
  }
}
