package dev.tidegate.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Whether a folder's disk has room for what a running system writes. */
final class FreeSpace {
  /** PostgreSQL's log grows by files of this size. */
  private static final long LEAST_BYTES = 16L << 20;

  private FreeSpace() {}

  /** Why {@code folder}'s disk is too full; empty where it is not, or where nobody can tell. */
  static Optional<String> problemOf(Path folder) {
    try {
      long usable = Files.getFileStore(folder).getUsableSpace();
      return usable < LEAST_BYTES
          ? Optional.of(
              "only %d MB are free for %s: at least %d are needed"
                  .formatted(usable >> 20, folder, LEAST_BYTES >> 20))
          : Optional.empty();
    } catch (IOException unknown) {
      return Optional.empty();
    }
  }
}
