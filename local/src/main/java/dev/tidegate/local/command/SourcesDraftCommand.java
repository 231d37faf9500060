package dev.tidegate.local.command;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.draft.SourceDraft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate sources draft}: the file of a source, guessed from its events. */
@Command(
    name = "draft",
    description =
        "Write a first file for a source from its events. It says where events have their ID, type"
            + " and time, and declares tables, columns, rows and JSON Schemas. Comments say what is"
            + " guessed, and from how many events.",
    footer = {
      "",
      "Examples:",
      "  tidegate sources draft --source shop --from archive --output shop.yaml",
      "  tidegate sources draft --source shop samples/ > shop.yaml"
    })
final class SourcesDraftCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      required = true,
      description = "The source's name, as its events have it in the archive.")
  private String source;

  @Option(
      names = "--from",
      paramLabel = "archive",
      description = "The source's events in the archive; the default without files.")
  private TriedEvents.Origin from;

  @Option(
      names = "--all",
      description = "Of the archive: all events, and not only types that no table has taken yet.")
  private boolean all;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Of the archive: received since then, 2026-01-31 or 2026-01-31T10:00:00Z.")
  private String since;

  @Option(names = "--tenant", paramLabel = "ID", description = "Of the archive: of this tenant.")
  private String tenant;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "The type of samples whose bodies do not say it.")
  private String type;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Write this file, and not to standard output.")
  private Path output;

  @Option(names = "--force", description = "Write over a file that is there.")
  private boolean force;

  @Mixin private ArchiveOption archive;

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE|DIR",
      description = "Samples: .json files, or .ndjson with one on each line.")
  private List<Path> files = List.of();

  @Override
  public Integer call() throws IOException, SQLException {
    check();
    SourceDraft draft = new SourceDraft(source, takenTables());
    ProgressLine progress =
        new ProgressLine(
            spec.commandLine().getErr(), Terminal.current().showsProgress(), "events read");
    read(draft, progress);
    progress.clear();
    if (draft.events() == 0) {
      throw new CommandFailure(
          "There is no event to draft from%s%s"
              .formatted(
                  draft.unreadable() == 0
                      ? ""
                      : ": %d are no JSON objects".formatted(draft.unreadable()),
                  files.isEmpty() && !all
                      ? ". With --all, types that tables have taken are read too"
                      : ""));
    }
    String yaml = draft.yaml();
    if (output == null) {
      spec.commandLine().getOut().print(yaml);
      spec.commandLine().getOut().flush();
    } else {
      requireAbsent();
      Files.writeString(output, yaml);
      spec.commandLine()
          .getErr()
          .println(
              "%s is drafted from %d events. Now: ./tidegate sources check %s"
                  .formatted(output, draft.events(), output));
    }
    return 0;
  }

  private void check() {
    if (!source.matches("[a-z][a-z0-9_-]{0,62}")) {
      throw mistake(
          "--source is a name: a lower-case letter, then up to 62 lower-case letters, digits, - or"
              + " _");
    }
    if (EventSources.installed().has(source)) {
      throw mistake("%s is a source in Java, and needs no file".formatted(source));
    }
    boolean isOfArchive = from != null || all || since != null || tenant != null;
    if (!files.isEmpty() && isOfArchive) {
      throw mistake("--from archive, --all, --since and --tenant do not go with files");
    }
    if (files.isEmpty() && type != null) {
      throw mistake("--type goes with files");
    }
    requireAbsent();
  }

  private void requireAbsent() {
    if (output != null && Files.exists(output) && !force) {
      throw new CommandFailure("%s is there already; --force writes over it".formatted(output));
    }
  }

  private ParameterException mistake(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** A draft can be run beside all that is there already. */
  private Set<String> takenTables() {
    return EventSources.installed().tables().stream().map(Table::name).collect(Collectors.toSet());
  }

  private void read(SourceDraft draft, ProgressLine progress) throws IOException, SQLException {
    EventFiles.Receiver receiver =
        new EventFiles.Receiver() {
          @Override
          public void take(RawEvent event) {
            // A sample's own ID is not the sender's.
            draft.add(
                files.isEmpty()
                    ? event
                    : event.toBuilder().notificationId(Optional.empty()).build());
            progress.report(draft.events());
          }

          @Override
          public void tooLarge(String where) {
            draft.addUnreadable();
          }
        };
    if (files.isEmpty()) {
      new ArchivedEvents(
              source,
              EventChoice.timeOf(spec.commandLine(), "--since", since),
              Optional.ofNullable(tenant),
              !all)
          .read(archive.folder(), receiver::take);
    } else {
      new EventFiles(files, source, Optional.ofNullable(type)).read(receiver);
    }
  }
}
