package dev.tidegate.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Folders that their owner alone can enter: what is in them is nobody else's, whatever its mode.
 */
final class PrivateFolder {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private PrivateFolder() {}

  /** Makes {@code folder} if it is not there. One that is there stays as open as it is. */
  static Path createIfAbsent(Path folder) throws IOException {
    return Files.isDirectory(folder) ? folder : create(folder);
  }

  /** Makes {@code folder} if it is not there, and closes it to others. */
  static Path create(Path folder) throws IOException {
    Files.createDirectories(folder);
    if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(folder, OWNER_ONLY);
    }
    return folder;
  }
}
