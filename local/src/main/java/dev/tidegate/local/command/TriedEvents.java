package dev.tidegate.local.command;

import dev.tidegate.schemas.RawEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The events that a command reads and does nothing to: samples in files, or the archive's. */
final class TriedEvents {
  /** Where events are kept. */
  enum Origin {
    ARCHIVE
  }

  @Option(
      names = "--from",
      paramLabel = "archive",
      description = "The source's events in the archive; the default without --with.")
  private Origin from;

  @Option(
      names = "--with",
      paramLabel = "FILE|DIR",
      description = "Samples: .json files, or .ndjson with one on each line.")
  private List<Path> files = List.of();

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description =
          "The type of samples whose bodies do not say it; by default the file's type, where it has"
              + " one only.")
  private String type;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Of the archive: received since then, 2026-01-31 or 2026-01-31T10:00:00Z.")
  private String since;

  @Option(names = "--tenant", paramLabel = "ID", description = "Of the archive: of this tenant.")
  private String tenant;

  @Mixin private ArchiveOption archive;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  boolean areArchived() {
    return files.isEmpty();
  }

  /**
   * Hands on each event.
   *
   * @param types the types that the source has
   * @return how many rows of the archive are no events
   */
  long read(String source, List<String> types, EventFiles.Receiver receiver)
      throws IOException, SQLException {
    if (areArchived()) {
      if (type != null) {
        throw new ParameterException(spec.commandLine(), "--type goes with --with");
      }
      return new ArchivedEvents(
              source,
              EventChoice.timeOf(spec.commandLine(), "--since", since),
              Optional.ofNullable(tenant),
              false)
          .read(archive.folder(), receiver::take);
    }
    if (from != null || since != null || tenant != null) {
      throw new ParameterException(
          spec.commandLine(), "--from archive, --since and --tenant do not go with --with");
    }
    Optional<String> only = types.size() == 1 ? Optional.of(types.get(0)) : Optional.empty();
    new EventFiles(files, source, Optional.ofNullable(type).or(() -> only)).read(receiver);
    return 0;
  }

  /** An event that is shown to the user: something to look it up by. */
  static String idOf(RawEvent event) {
    return DisplayText.escaped(event.identity());
  }

  ProgressLine progress(String what) {
    return new ProgressLine(spec.commandLine().getErr(), Terminal.current().showsProgress(), what);
  }
}
