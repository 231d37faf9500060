package dev.tidegate.local.command;

import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import java.io.IOException;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tidegate sources try}: what events would write, without a database. */
@Command(
    name = "try",
    description =
        "Show the rows that events would write, and the effects that they would have. Nothing is"
            + " written. It shows each event of samples. Of the archive it counts rows by table,"
            + " effects by kind and type, and failures by reason, each with one event's ID. The"
            + " exit status is 1 where an event would fail.",
    footer = {
      "",
      "Examples:",
      "  tidegate sources try shop.yaml --with samples/",
      "  tidegate sources try shop.yaml --from archive --since 2026-01-31"
    })
final class SourcesTryCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private SourcesCommand.Files files;
  @Mixin private TriedEvents events;

  @Option(names = "--show-rows", description = "Of the archive, too: show each event and its rows.")
  private boolean showRows;

  @Override
  public Integer call() throws IOException, SQLException {
    DeclaredSource source = files.readOne();
    SourceTrial trial =
        new SourceTrial(
            source,
            showRows || !events.areArchived(),
            events.progress("events tried"),
            spec.commandLine().getOut());
    long unreadable = events.read(source.name(), source.eventTypes(), trial);
    return events.areArchived() ? trial.endOfHistory(unreadable) : trial.end();
  }
}
