package dev.tidegate.local.command;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code tidegate query}: queries the file archive in place, whether a system runs or not. */
@Command(
    name = "query",
    description = "Query the archive's tables and the analysts' views, in DuckDB's SQL.",
    footer = {
      "",
      "The tables are raw_events, event_outcomes and dead_letters. \"show tables\" lists the views,"
          + " too. \"describe NAME\" tells the columns of one.",
      "",
      "A query reads fewer files, and is faster, with a condition on the day: received_date of"
          + " raw_events, processed_date of event_outcomes, failed_date of dead_letters.",
      "",
      "Examples:",
      "  tidegate query \"show tables\"",
      "  tidegate query \"select event_type, events, copies from daily_event_trends\""
    })
public final class QueryCommand implements Callable<Integer> {
  @Mixin private ArchiveOption archive;
  @Mixin private OutputOption output;

  @Parameters(paramLabel = "SQL", description = "The query; - reads it from standard input.")
  private String sql;

  @Override
  public Integer call() throws IOException, SQLException {
    String text = SqlCommand.textOf(sql, System.in);
    if (DatabaseDescription.isAsked(text)) {
      throw new CommandFailure(
          "The archive has none of psql's commands: \"show tables\" lists tables and views,"
              + " \"describe NAME\" tells the columns of one");
    }
    try (Connection duckdb = ArchiveDatabase.open(archive.folder())) {
      ArchiveDatabase.requireQuery(duckdb, text);
      try (Statement statement = duckdb.createStatement();
          ResultSet rows = statement.executeQuery(text)) {
        output.printer().print(rows);
      } catch (SQLException refused) {
        throw FailureReport.ofSql(refused, text);
      }
    }
    return 0;
  }
}
