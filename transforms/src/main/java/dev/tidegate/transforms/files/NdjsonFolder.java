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
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
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

  /** Files kept open between two calls of {@link #sync}: a bound on many tenants' descriptors. */
  static final int MAX_OPEN_FILES = 100;

  private final Path folder;
  private final Map<String, OpenFile> open = new LinkedHashMap<>(16, 0.75f, true);
  private final List<OpenFile> dirty = new ArrayList<>();

  /**
   * @param folder created with its first file
   */
  public NdjsonFolder(Path folder) {
    this.folder = folder;
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
      file = OpenFile.in(folder.resolve(partition));
      open.put(partition, file);
    }
    if (!file.dirty) {
      file.dirty = true;
      dirty.add(file);
    }
    file.append(line);
  }

  /** Makes everything appended so far durable; compresses what is full or old. */
  public void sync() throws IOException {
    for (OpenFile file : dirty) {
      file.sync();
    }
    dirty.clear();
    Iterator<OpenFile> leastRecentlyUsedFirst = open.values().iterator();
    int tooMany = open.size() - MAX_OPEN_FILES;
    while (leastRecentlyUsedFirst.hasNext()) {
      OpenFile file = leastRecentlyUsedFirst.next();
      if (tooMany-- > 0 || file.bytes >= FULL_BYTES || file.isOlderThan(OLD)) {
        file.close();
        CompletedFile.compress(file.path);
        leastRecentlyUsedFirst.remove();
      }
    }
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
    dirty.clear();
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

    static OpenFile in(Path partition) throws IOException {
      Files.createDirectories(partition);
      Path path = partition.resolve("part-" + UUID.randomUUID() + CompletedFile.PLAIN);
      FileChannel channel =
          FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      // The file's name must be durable before its content counts as such.
      Durability.syncFolder(partition);
      return new OpenFile(path, channel);
    }

    void append(byte[] line) throws IOException {
      out.write(line);
      out.write('\n');
      bytes += line.length + 1L;
    }

    void sync() throws IOException {
      out.flush();
      channel.force(false);
      dirty = false;
    }

    boolean isOlderThan(Duration age) {
      return openedAt.plus(age).isBefore(Instant.now());
    }

    void close() throws IOException {
      out.flush();
      channel.close();
    }
  }
}
