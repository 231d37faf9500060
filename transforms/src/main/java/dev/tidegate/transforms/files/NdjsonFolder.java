package dev.tidegate.transforms.files;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * A folder of NDJSON files, partitioned Hive's way: {@code FOLDER/NAME=VALUE/…/part-ID.ndjson}. A
 * file is plain while it is written, so that a query sees it grow, and compressed when it is full
 * or old.
 *
 * <p>What was appended is durable when {@link #sync} returns, not before. One writer, one thread;
 * any number of writers may share a folder, each has files of its own.
 */
public final class NdjsonFolder implements AutoCloseable {
  /** A file is full with this many bytes. */
  static final long FULL_BYTES = 64L << 20;

  /** A file is old after this long, so that quiet partitions get compressed too. */
  static final Duration OLD = Duration.ofMinutes(15);

  /** Files open at a time: a bound on the descriptors and buffers that many tenants take. */
  static final int MAX_OPEN_FILES = 100;

  private final Path folder;
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
      file = OpenFile.in(folder, partition);
      open.put(partition, file);
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
    CompletedFile.compress(file.path);
  }

  /**
   * Gives the files up as they are. What was not synced may be lost: it belongs to a bundle that
   * has failed and will be repeated. {@link CompletedFile#recover} compresses them later.
   */
  @Override
  public void close() throws IOException {
    for (OpenFile file : open.values()) {
      file.close();
    }
    open.clear();
  }

  private static final class OpenFile {
    private final Path path;
    private final FileChannel channel;
    private final OutputStream out;
    private final Instant openedAt = Instant.now();
    private long bytes;
    private boolean dirty;

    private OpenFile(Path path, FileChannel channel) {
      this.path = path;
      this.channel = channel;
      this.out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
    }

    static OpenFile in(Path folder, String partition) throws IOException {
      Path home = Files.createDirectories(folder.resolve(partition));
      Path path = home.resolve("part-" + UUID.randomUUID() + CompletedFile.PLAIN);
      FileChannel channel =
          FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      // The names on its path must be durable before its content counts as such.
      Durability.syncFolders(folder, home);
      return new OpenFile(path, channel);
    }

    void append(byte[] line) throws IOException {
      out.write(line);
      out.write('\n');
      bytes += line.length + 1L;
      dirty = true;
    }

    void sync() throws IOException {
      if (dirty) {
        out.flush();
        channel.force(false);
        dirty = false;
      }
    }

    boolean isOlderThan(Duration age) {
      return openedAt.plus(age).isBefore(Instant.now());
    }

    void close() throws IOException {
      // Not flushed: after a write that failed halfway, the buffer would follow its own first half.
      channel.close();
    }
  }
}
