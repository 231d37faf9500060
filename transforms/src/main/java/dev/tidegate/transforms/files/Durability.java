package dev.tidegate.transforms.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Makes names of files survive a crash of the machine, as {@code fsync} on their folder does. */
final class Durability {
  private Durability() {}

  static void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** {@link #syncFolder} for {@code folder} and every folder above it down from {@code top}'s. */
  static void syncFolders(Path top, Path folder) throws IOException {
    Path end = top.toAbsolutePath().getParent();
    for (Path path = folder.toAbsolutePath();
        path != null && (end == null || path.startsWith(end));
        path = path.getParent()) {
      syncFolder(path);
    }
  }
}
