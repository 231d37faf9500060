package dev.tidegate.local.command;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.TreeSet;

/** The files of one archived table, while the pipeline adds and compresses them. */
final class ArchiveFiles {
  private static final String PLAIN = ".ndjson";
  private static final String COMPRESSED = ".ndjson.gz";

  private ArchiveFiles() {}

  /** All files below {@code tableFolder}, sorted; none where the folder does not exist. */
  static List<Path> in(Path tableFolder) throws IOException {
    TreeSet<Path> files = new TreeSet<>();
    Files.walkFileTree(
        tableFolder.toAbsolutePath().normalize(),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = file.getFileName().toString();
            if (name.endsWith(PLAIN) || name.endsWith(COMPRESSED)) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) {
              // Compressed and deleted since its folder was listed.
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }
        });
    // A file and its compressed copy lie side by side for a moment; each row counts once.
    files.removeIf(file -> files.contains(file.resolveSibling(file.getFileName() + ".gz")));
    return List.copyOf(files);
  }
}
