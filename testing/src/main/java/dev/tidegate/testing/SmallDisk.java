package dev.tidegate.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disk of a few megabytes, to be filled. Not every machine lets a test mount one. */
public final class SmallDisk implements AutoCloseable {
  private static final int BLOCK = 4 << 10;

  private final Path folder;
  private final boolean mounted;

  private SmallDisk(Path folder, boolean mounted) {
    this.folder = folder;
    this.mounted = mounted;
  }

  /**
   * Mounts one at {@code folder}, which is made; where that is not allowed it is a plain folder.
   */
  public static SmallDisk at(Path folder, int megabytes) throws Exception {
    Files.createDirectories(folder);
    return new SmallDisk(
        folder,
        ran("mount", "-t", "tmpfs", "-o", "size=%dm".formatted(megabytes), "none", "" + folder));
  }

  /** Skips the test where no disk could be mounted. */
  public void assumeMounted() {
    assumeTrue(mounted, "no disk of its own may be mounted");
  }

  public Path folder() {
    return folder;
  }

  /** Leaves no room at all. */
  public void fill() throws IOException {
    try (OutputStream out = Files.newOutputStream(filler())) {
      while (true) {
        out.write(new byte[BLOCK]);
      }
    } catch (IOException full) {
      if (Files.getFileStore(folder).getUsableSpace() >= BLOCK) {
        throw full;
      }
    }
  }

  /** Gives the room back. */
  public void makeRoom() throws IOException {
    Files.delete(filler());
  }

  @Override
  public void close() throws Exception {
    if (mounted) {
      ran("umount", "-l", folder.toString());
    }
  }

  private Path filler() {
    return folder.resolve("filler");
  }

  private static boolean ran(String... command) throws Exception {
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException notInstalled) {
      return false;
    }
  }
}
