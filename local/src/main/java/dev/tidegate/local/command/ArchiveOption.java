package dev.tidegate.local.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code --archive} and {@code --data}: which archive a command reads. */
final class ArchiveOption {
  @Mixin private DataFolderOption data;

  @Option(
      names = "--archive",
      paramLabel = "DIR",
      description = "The archive's folder; the running system's or the data folder's by default.")
  private Path archive;

  /**
   * The archive's folder, whether a system runs or not.
   *
   * @throws CommandFailure where it is not there
   */
  Path folder() throws IOException {
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
