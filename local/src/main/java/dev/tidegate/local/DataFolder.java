package dev.tidegate.local;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The one folder that holds everything a local system keeps, so that a restart on it continues.
 * While it is open, no other process can open it. Each part is made when it is asked for, for its
 * owner alone.
 */
public final class DataFolder implements AutoCloseable {
  private final Path root;
  private final FileChannel lockFile;
  private final FileLock lock;

  private DataFolder(Path root, FileChannel lockFile, FileLock lock) {
    this.root = root;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /**
   * Opens {@code root}, made if absent.
   *
   * @throws LocalSystemException where another process has it open
   */
  public static DataFolder open(Path root) throws IOException {
    Path folder = create(root);
    FileChannel lockFile =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock;
    try {
      lock = lockFile.tryLock();
    } catch (OverlappingFileLockException sameProcess) {
      lock = null;
    }
    if (lock == null) {
      lockFile.close();
      throw new LocalSystemException(
          "Another Tidegate runs on %s. Stop it, or choose another folder with --data"
              .formatted(folder));
    }
    return new DataFolder(folder, lockFile, lock);
  }

  /** Makes {@code root} if it is not there, for its owner alone. */
  public static Path create(Path root) throws IOException {
    return PrivateFolder.createIfAbsent(root.toAbsolutePath().normalize());
  }

  public Path root() {
    return root;
  }

  Path pubsub() throws IOException {
    return PrivateFolder.create(root.resolve("pubsub"));
  }

  Path postgres() {
    return root.resolve("postgres");
  }

  Path postgresBinaries() throws IOException {
    return PrivateFolder.create(root.resolve("postgres-binaries"));
  }

  Path archive() throws IOException {
    return PrivateFolder.create(root.resolve("archive"));
  }

  Path gateway() throws IOException {
    return PrivateFolder.create(root.resolve("gateway"));
  }

  /** The log of everything that runs. */
  public Path logs() throws IOException {
    return PrivateFolder.create(root.resolve("logs"));
  }

  Path flink() throws IOException {
    return PrivateFolder.create(root.resolve("flink"));
  }

  @Override
  public void close() throws IOException {
    lock.release();
    lockFile.close();
  }
}
