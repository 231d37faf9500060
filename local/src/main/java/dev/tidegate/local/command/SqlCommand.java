package dev.tidegate.local.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate sql}: runs a statement in the system's PostgreSQL. */
@Command(
    name = "sql",
    description = "Run SQL in the system's PostgreSQL: the tables applications read.",
    footer = {"", "Example: tidegate sql \"select status, count(*) from events group by 1\""})
public final class SqlCommand implements Callable<Integer> {
  /** Rows fetched at a time, so that a long result does not fill the memory. */
  private static final int FETCH_SIZE = 500;

  /** What PostgreSQL answers to VACUUM and its like within a transaction. */
  private static final String NOT_IN_A_TRANSACTION = "25001";

  @Mixin private DataFolderOption data;
  @Mixin private OutputOption output;

  @Parameters(paramLabel = "SQL", description = "The statement; - reads it from standard input.")
  private String sql;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, SQLException {
    String text = SqlText.from(sql, System.in);
    try (Connection database = SystemDatabase.connect(data.runningSystem())) {
      // Rows are streamed within transactions only.
      database.setAutoCommit(false);
      try {
        run(database, text);
        database.commit();
      } catch (SQLException refused) {
        database.rollback();
        if (!NOT_IN_A_TRANSACTION.equals(refused.getSQLState())) {
          throw refused;
        }
        database.setAutoCommit(true);
        run(database, text);
      }
    }
    return 0;
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
            output.printerFor(spec.commandLine()).print(rows);
          }
        } else {
          printChanged(statement.getLargeUpdateCount());
        }
        hasRows = statement.getMoreResults();
      }
    }
  }

  private void printChanged(long rows) {
    PrintWriter writer =
        output.isForPeople() ? spec.commandLine().getOut() : spec.commandLine().getErr();
    writer.println(rows == 1 ? "1 row changed" : rows + " rows changed");
    writer.flush();
  }
}
