package dev.tidegate.transforms.files;

import dev.tidegate.transforms.archive.ArchiveTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table of the archive as NDJSON files, partitioned by day the way Hive does it: {@code
 * ARCHIVE/TABLE/DATECOLUMN=2026-01-31/part-ID.ndjson}. All tenants of a day share a file; the
 * tenant is a column. A file is plain while it is written, so that a query sees it grow. It is
 * compressed in the background when it is full, when it is old, and when its day is over.
 *
 * <p>Appended lines are durable when {@link #sync} returns, and not before. One writer, one thread;
 * any number of writers may share a folder, each has files of its own. A disk that is full or
 * read-only holds the writer up until it can be written: {@link DiskRetry}.
 *
 * @param <T> what is archived
 */
public final class NdjsonFolder<T> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NdjsonFolder.class);

  /** When a file is completed and compressed. */
  record Limits(long fullBytes, Duration old, Duration quiet) {
    /**
     * A file is full with 64 MB. It is old after 15 minutes, so that quiet tables get compressed
     * too. A file of an earlier day is completed when it took no line for a minute: around midnight
     * both days' events come.
     */
    static final Limits USUAL =
        new Limits(64L << 20, Duration.ofMinutes(15), Duration.ofMinutes(1));
  }

  /**
   * Days that are written at a time: a bound on descriptors and buffers. A backlog holds few days,
   * since Pub/Sub keeps no message for more than 31.
   */
  static final int MAX_OPEN_FILES = 100;

  /** Files that wait for their compression. Writing is much slower than compressing. */
  private static final int MAX_WAITING_FILES = 100;

  private static final long SECONDS_OF_A_DAY = 86_400;

  private final Path folder;
  private final ArchiveTable<T> table;
  private final DiskRetry retry;
  private final Limits limits;
  private final ThreadPoolExecutor compression;

  /** By the day since the epoch, the least recently used first. */
  private final Map<Long, OpenFile> open = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param archive the archive's folder. The table's folder in it is created with its first file
   */
  public NdjsonFolder(Path archive, ArchiveTable<T> table) {
    this(archive, table, Limits.USUAL);
  }

  NdjsonFolder(Path archive, ArchiveTable<T> table, Limits limits) {
    this.folder = archive.resolve(table.name());
    this.table = table;
    this.retry = new DiskRetry(folder);
    this.limits = limits;
    this.compression =
        new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING_FILES),
            task -> {
              Thread thread = new Thread(task, "archive-compression");
              thread.setDaemon(true);
              return thread;
            });
    compression.allowCoreThreadTimeOut(true);
  }

  /** Appends {@code value} as a line to the file of its day. */
  public void append(T value) throws IOException {
    long day = Math.floorDiv(table.timeOf(value).getEpochSecond(), SECONDS_OF_A_DAY);
    OpenFile file = open.get(day);
    if (file == null) {
      if (open.size() == MAX_OPEN_FILES) {
        OpenFile unused = open.remove(open.keySet().iterator().next());
        unused.sync();
        complete(unused);
      }
      retry.run(() -> open.put(day, create(LocalDate.ofEpochDay(day))));
      file = open.get(day);
    }
    file.append(value);
  }

  private OpenFile create(LocalDate day) throws IOException {
    Path home = folder.resolve(table.dateColumn() + "=" + day);
    boolean known = Files.isDirectory(home);
    Files.createDirectories(home);
    Path path = home.resolve("part-" + UUID.randomUUID() + CompletedFile.PLAIN);
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      // The names on its path must be durable before its content counts as such.
      CompletedFile.syncFolder(home);
      if (!known) {
        CompletedFile.syncFolder(folder);
        CompletedFile.syncFolder(folder.toAbsolutePath().getParent());
      }
      return new OpenFile(path, channel);
    } catch (IOException failure) {
      channel.close();
      throw failure;
    }
  }

  /** Makes everything appended so far durable; completes the files that nothing is added to. */
  public void sync() throws IOException {
    if (open.isEmpty()) {
      return;
    }
    for (OpenFile file : open.values()) {
      file.sync();
    }
    long newest = Collections.max(open.keySet());
    Instant now = Instant.now();
    for (Map.Entry<Long, OpenFile> file : List.copyOf(open.entrySet())) {
      if (file.getValue().isDone(now, file.getKey() < newest)) {
        open.remove(file.getKey());
        complete(file.getValue());
      }
    }
  }

  int openFiles() {
    return open.size();
  }

  private void complete(OpenFile file) throws IOException {
    file.channel.close();
    try {
      compression.execute(() -> compress(file.path));
    } catch (RejectedExecutionException tooMany) {
      LOG.warn("too many archived files wait for their compression; the next start compresses one");
    }
  }

  private static void compress(Path file) {
    try {
      CompletedFile.compress(file);
    } catch (IOException failure) {
      // Its lines are durable as they are. The next start compresses it.
      if (!Thread.currentThread().isInterrupted()) {
        LOG.warn("an archived file stays uncompressed: {}", failure.toString());
      }
    }
  }

  /**
   * Gives the files up as they are. What was not synced may be lost: it belongs to a bundle that
   * has failed and will be repeated. A compression under way is given up. {@link
   * CompletedFile#recover} compresses all these files later.
   */
  @Override
  public void close() throws IOException {
    retry.forget();
    for (OpenFile file : open.values()) {
      file.channel.close();
    }
    open.clear();
    compression.shutdownNow();
    try {
      // Whoever recovers the archive after this must meet nobody there.
      if (!compression.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("an archived file is still being compressed");
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private final class OpenFile {
    private static final int WRITE_BYTES = 256 << 10;

    private final Path path;
    private final FileChannel channel;
    private final Buffer buffer = new Buffer();
    private final Instant openedAt = Instant.now();
    private JsonLines lines = new JsonLines(buffer);
    private Instant lastUsed = openedAt;
    private boolean dirty;

    OpenFile(Path path, FileChannel channel) throws IOException {
      this.path = path;
      this.channel = channel;
    }

    void append(T value) throws IOException {
      int begin = buffer.size();
      try {
        lines.write(table, value);
      } catch (IOException | RuntimeException failure) {
        buffer.truncate(begin);
        lines = new JsonLines(buffer);
        throw failure;
      }
      dirty = true;
      if (buffer.size() >= WRITE_BYTES) {
        retry.run(() -> buffer.moveTo(channel));
      }
    }

    void sync() throws IOException {
      if (!dirty) {
        return;
      }
      retry.run(() -> buffer.moveTo(channel));
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
      lastUsed = Instant.now();
    }

    boolean isDone(Instant now, boolean dayIsOver) throws IOException {
      return channel.size() >= limits.fullBytes
          || openedAt.plus(limits.old).isBefore(now)
          || (dayIsOver && lastUsed.plus(limits.quiet).isBefore(now));
    }
  }

  /** Lines that are not in the file yet. */
  private static final class Buffer extends ByteArrayOutputStream {
    private static final int USUAL_BYTES = 64 << 10;

    /** More than this is not kept: a few large bodies would stay in memory. */
    private static final int MOST_BYTES = 1 << 20;

    /** After a write that failed halfway: how many of the bytes are in the file. */
    private int moved;

    Buffer() {
      super(USUAL_BYTES);
    }

    void truncate(int size) {
      count = size;
    }

    void moveTo(FileChannel channel) throws IOException {
      while (moved < count) {
        // In parts, since the JDK copies each into a buffer that it keeps.
        int length = Math.min(USUAL_BYTES, count - moved);
        moved += channel.write(ByteBuffer.wrap(buf, moved, length));
      }
      moved = 0;
      reset();
      if (buf.length > MOST_BYTES) {
        buf = new byte[USUAL_BYTES];
      }
    }
  }
}
