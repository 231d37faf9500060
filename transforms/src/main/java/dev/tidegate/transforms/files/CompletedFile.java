package dev.tidegate.transforms.files;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** What happens to an NDJSON file when nobody writes to it any more. */
public final class CompletedFile {
  static final String PLAIN = ".ndjson";
  static final String COMPRESSED = ".ndjson.gz";
  private static final String UNFINISHED = ".tmp";

  /** Compressing takes a core. The others are for the events. */
  static final Semaphore ONE_AT_A_TIME = new Semaphore(1);

  private CompletedFile() {}

  /**
   * Settles what an earlier process left below {@code folder}: cuts off torn last lines, finishes
   * or repeats compressions. Nobody may be writing there.
   *
   * @return how many files were compressed
   */
  public static int recover(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    List<Path> files;
    try (Stream<Path> tree = Files.walk(folder)) {
      files = tree.filter(Files::isRegularFile).toList();
    }
    int compressed = 0;
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (name.endsWith(UNFINISHED)) {
        // It is gone if its plain file came first, and was compressed anew.
        Files.deleteIfExists(file);
      } else if (name.endsWith(PLAIN)) {
        cutTornLine(file);
        compressed += compress(file) ? 1 : 0;
      }
    }
    return compressed;
  }

  /**
   * Replaces a plain file by its compressed form: at every instant one of the two is there, whole.
   * An empty file is deleted.
   *
   * @return whether there was anything to compress
   */
  static boolean compress(Path plain) throws IOException {
    Path folder = plain.getParent();
    if (Files.size(plain) == 0) {
      Files.delete(plain);
      return false;
    }
    String name = plain.getFileName().toString();
    Path compressed =
        folder.resolve(name.substring(0, name.length() - PLAIN.length()) + COMPRESSED);
    Path unfinished = folder.resolve(compressed.getFileName() + UNFINISHED);
    try {
      ONE_AT_A_TIME.acquire();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped before a file was compressed");
    }
    try {
      try (OutputStream out = new FastGzip(Files.newOutputStream(unfinished))) {
        Files.copy(plain, out);
      }
      try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(unfinished, compressed, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failure) {
      Files.deleteIfExists(unfinished);
      throw failure;
    } finally {
      ONE_AT_A_TIME.release();
    }
    syncFolder(folder);
    Files.delete(plain);
    return true;
  }

  /** Makes the names in {@code folder} survive a crash of the machine. */
  static void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** A crash can leave half a line at the end. Its bundle was never acknowledged. */
  private static void cutTornLine(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long end = channel.size();
      ByteBuffer block = ByteBuffer.allocate(1 << 16);
      while (end > 0) {
        int length = (int) Math.min(block.capacity(), end);
        block.clear().limit(length);
        while (block.hasRemaining() && channel.read(block, end - length + block.position()) >= 0) {
          // Reads on: a channel may give less than asked for.
        }
        for (int i = length - 1; i >= 0; i--) {
          if (block.get(i) == '\n') {
            channel.truncate(end - length + i + 1);
            return;
          }
        }
        end -= length;
      }
      channel.truncate(0);
    }
  }

  /**
   * gzip at its fastest level. BigQuery loads NDJSON plain or in gzip, but not in zstd, which would
   * be four times as fast. Of 64 MB of notifications with their own IDs and times, level 1 makes
   * 15.7 MB at 190 MB/s, and the default level 6 makes 11.4 MB at 93 MB/s.
   */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, 1 << 16);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
