package dev.tidegate.local.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
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
  @Mixin private DataFolderOption data;
  @Mixin private OutputOption output;

  @Option(
      names = "--archive",
      paramLabel = "DIR",
      description = "The archive's folder; the running system's or the data folder's by default.")
  private Path archive;

  @Parameters(paramLabel = "SQL", description = "The query; - reads it from standard input.")
  private String sql;

  @Override
  public Integer call() throws IOException, SQLException {
    String text = SqlCommand.textOf(sql, System.in);
    try (Connection duckdb = ArchiveDatabase.open(archiveFolder())) {
      ArchiveDatabase.requireQuery(duckdb, text);
      try (Statement statement = duckdb.createStatement();
          ResultSet rows = statement.executeQuery(text)) {
        output.printer().print(rows);
      }
    }
    return 0;
  }

  private Path archiveFolder() throws IOException {
    Path folder =
        archive != null
            ? archive
            : data.runningSystemIfAny()
                .map(system -> Path.of(system.archiveFolder()))
                .orElseGet(() -> data.folder().resolve("archive"));
    if (!Files.isDirectory(folder)) {
      throw new CommandFailure(
          "There is no archive at "
              + folder
              + ". Start a system with ./tidegate up, or name a folder with --archive or --data");
    }
    return folder.toRealPath();
  }
}
