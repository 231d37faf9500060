package dev.tidegate.transforms.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of NDJSON files, partitioned Hive's way: {@code FOLDER/NAME=VALUE/…/part-ID.ndjson}. A
 * file is plain while it is written, so that a query sees it grow, and compressed when it is full
 * or old.
 *
 * <p>What was appended is durable when {@link #sync} returns, not before. One writer, one thread;
 * any number of writers may share a folder, each has files of its own. A disk that is full or
 * read-only holds the writer up until it can be written: {@link DiskRetry}.
 */
public final class NdjsonFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NdjsonFolder.class);

  /** A file is full with this many bytes. */
  static final long FULL_BYTES = 64L << 20;

  /** A file is old after this long, so that quiet partitions get compressed too. */
  static final Duration OLD = Duration.ofMinutes(15);

  /** Files open at a time: a bound on the descriptors and buffers that many tenants take. */
  static final int MAX_OPEN_FILES = 100;

  private final Path folder;
  private final DiskRetry retry;
  private final long fullBytes;
  private final Duration old;

  /** The least recently used first. */
  private final Map<String, OpenFile> open = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param folder created with its first file
   */
  public NdjsonFolder(Path folder) {
    this(folder, FULL_BYTES, OLD);
  }

  NdjsonFolder(Path folder, long fullBytes, Duration old) {
    this.folder = folder;
    this.retry = new DiskRetry(folder);
    this.fullBytes = fullBytes;
    this.old = old;
  }

  /**
   * Appends one line.
   *
   * @param partition the partition's path below the folder, see {@link Partitions}
   * @param line a JSON object without line breaks, not ended
   */
  public void append(String partition, byte[] line) throws IOException {
    OpenFile file = open.get(partition);
    if (file == null) {
      if (open.size() == MAX_OPEN_FILES) {
        complete(open.remove(open.keySet().iterator().next()));
      }
      retry.run(() -> open.put(partition, OpenFile.in(folder, partition, retry)));
      file = open.get(partition);
    }
    file.append(line);
  }

  /** Makes everything appended so far durable; compresses what is full or old. */
  public void sync() throws IOException {
    for (OpenFile file : open.values()) {
      file.sync();
    }
    Iterator<OpenFile> files = open.values().iterator();
    while (files.hasNext()) {
      OpenFile file = files.next();
      if (file.bytes >= fullBytes || file.isOlderThan(old)) {
        complete(file);
        files.remove();
      }
    }
  }

  int openFiles() {
    return open.size();
  }

  private static void complete(OpenFile file) throws IOException {
    file.sync();
    file.close();
    try {
      CompletedFile.compress(file.path);
    } catch (IOException failure) {
      // Its lines are durable as they are. The next start compresses it.
      LOG.warn("an archived file stays uncompressed: {}", failure.toString());
    }
  }

  /**
   * Gives the files up as they are. What was not synced may be lost: it belongs to a bundle that
   * has failed and will be repeated. {@link CompletedFile#recover} compresses them later.
   */
  @Override
  public void close() throws IOException {
    retry.forget();
    for (OpenFile file : open.values()) {
      file.close();
    }
    open.clear();
  }

  private static final class OpenFile {
    private static final byte[] LINE_END = {'\n'};

    private final Path path;
    private final FileChannel channel;
    private final DiskRetry retry;

    /** What is not written yet. After a write that failed halfway it holds the rest. */
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);

    private final Instant openedAt = Instant.now();
    private long bytes;
    private boolean dirty;

    private OpenFile(Path path, FileChannel channel, DiskRetry retry) {
      this.path = path;
      this.channel = channel;
      this.retry = retry;
    }

    static OpenFile in(Path folder, String partition, DiskRetry retry) throws IOException {
      Path home = Files.createDirectories(folder.resolve(partition));
      Path path = home.resolve("part-" + UUID.randomUUID() + CompletedFile.PLAIN);
      FileChannel channel =
          FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      try {
        // The names on its path must be durable before its content counts as such.
        Durability.syncFolders(folder, home);
      } catch (IOException failure) {
        channel.close();
        throw failure;
      }
      return new OpenFile(path, channel, retry);
    }

    void append(byte[] line) throws IOException {
      put(line);
      put(LINE_END);
      bytes += line.length + 1L;
      dirty = true;
    }

    private void put(byte[] part) throws IOException {
      for (int from = 0; from < part.length; ) {
        if (!buffer.hasRemaining()) {
          retry.run(this::writeBuffer);
        }
        int length = Math.min(buffer.remaining(), part.length - from);
        buffer.put(part, from, length);
        from += length;
      }
    }

    private void writeBuffer() throws IOException {
      buffer.flip();
      try {
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      } finally {
        buffer.compact();
      }
    }

    void sync() throws IOException {
      if (!dirty) {
        return;
      }
      retry.run(this::writeBuffer);
      try {
        channel.force(false);
        if (!Files.exists(path)) {
          throw new NoSuchFileException(path.toString(), null, "was taken away while in use");
        }
      } catch (IOException failure) {
        // Not repeated here: what the system could not sync it may have thrown away.
        retry.failed(failure);
        throw failure;
      }
      dirty = false;
    }

    boolean isOlderThan(Duration age) {
      return openedAt.plus(age).isBefore(Instant.now());
    }

    void close() throws IOException {
      channel.close();
    }
  }
}
