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
      "Tables: raw_events, event_outcomes, dead_letters. \"show tables\" lists the views, too.",
      "Example: tidegate query \"select event_type, events, copies from daily_event_trends\"",
      "Conditions on a table's received_date, processed_date or failed_date skip files."
    })
public final class QueryCommand implements Callable<Integer> {
  @Mixin private ArchiveOption archive;
  @Mixin private OutputOption output;

  @Parameters(paramLabel = "SQL", description = "The query; - reads it from standard input.")
  private String sql;

  @Override
  public Integer call() throws IOException, SQLException {
    String text = SqlCommand.textOf(sql, System.in);
    try (Connection duckdb = ArchiveDatabase.open(archive.folder())) {
      ArchiveDatabase.requireQuery(duckdb, text);
      try (Statement statement = duckdb.createStatement();
          ResultSet rows = statement.executeQuery(text)) {
        output.printer().print(rows);
      }
    }
    return 0;
  }
}
