package dev.tidegate.local.command;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/** The files of one archived table, while the pipeline adds and compresses them. */
final class ArchiveFiles {
  private ArchiveFiles() {}

  /** All files of {@code tableFolder}'s days, sorted; none where the folder does not exist. */
  static List<Path> in(Path tableFolder) throws IOException {
    TreeSet<Path> files = new TreeSet<>();
    if (Files.isDirectory(tableFolder)) {
      Path folder = tableFolder.toAbsolutePath().normalize();
      try (DirectoryStream<Path> days = Files.newDirectoryStream(folder, "*_date=*")) {
        for (Path day : days) {
          try (DirectoryStream<Path> ofDay = Files.newDirectoryStream(day, "*.ndjson{,.gz}")) {
            ofDay.forEach(files::add);
          }
        }
      }
    }
    // A file and its compressed copy lie side by side for a moment; each row counts once.
    files.removeIf(file -> files.contains(file.resolveSibling(file.getFileName() + ".gz")));
    return List.copyOf(files);
  }
}
