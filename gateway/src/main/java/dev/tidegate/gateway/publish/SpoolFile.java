package dev.tidegate.gateway.publish;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.pubsub.v1.PubsubMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;

/**
 * The spool on disk: one file with the events that wait, in the order of their coming, and those
 * set aside. One thread uses it. What was done is durable once {@link #commit} has returned; a
 * process killed at any instant finds the last commit again.
 */
final class SpoolFile implements AutoCloseable {
  static final String NAME = "spool.mv";

  private static final int CACHE_MEGABYTES = 16;

  /** Each commit is synced; some seconds keep older versions to recover from besides. */
  private static final int RETENTION_MILLIS = 5_000;

  /** A file below this size is not worth the writing. */
  private static final long LEAST_FILE_BYTES = 32L << 20;

  private static final int LONGEST_COMPACTION_MILLIS = 200;

  private final Path folder;
  private final MVStore store;
  private final MVMap<Long, byte[]> waiting;
  private final MVMap<Long, byte[]> setAside;
  private long lastNumber;

  /** An event in the spool. */
  record Entry(long number, Instant since, PubsubMessage message) {}

  private SpoolFile(Path folder, MVStore store) {
    this.folder = folder;
    this.store = store;
    store.setRetentionTime(RETENTION_MILLIS);
    waiting = store.openMap("waiting", entries());
    setAside = store.openMap("setAside", entries());
    lastNumber = Math.max(lastKey(waiting), lastKey(setAside));
  }

  /**
   * Opens the spool in {@code folder}, which is made if it is missing. What was set aside waits
   * again, behind all others: what Pub/Sub refused may have been mended since.
   *
   * @throws IllegalStateException where another process uses it, or it cannot be read
   */
  static SpoolFile open(Path folder) {
    try {
      Files.createDirectories(folder);
      MVStore store =
          new MVStore.Builder()
              .fileName(folder.resolve(NAME).toString())
              .autoCommitDisabled()
              .cacheSize(CACHE_MEGABYTES)
              .open();
      SpoolFile file = openIn(folder, store);
      // A new file's name is an entry of its folder, which has a sync of its own.
      try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
        entries.force(true);
      }
      return file;
    } catch (MVStoreException failure) {
      throw new IllegalStateException(
          failure.getErrorCode() == DataUtils.ERROR_FILE_LOCKED
              ? "The spool folder %s is in use by another process: give each gateway its own."
                  .formatted(folder)
              : "The spool in %s cannot be read: move its file away, and keep it."
                  .formatted(folder),
          failure);
    } catch (IOException failure) {
      throw new IllegalStateException(
          "The spool folder %s cannot be made or read.".formatted(folder), failure);
    }
  }

  /** Writes to {@code store} at once, so that a disk that is full is found here. */
  private static SpoolFile openIn(Path folder, MVStore store) {
    try {
      SpoolFile file = new SpoolFile(folder, store);
      file.retrySetAside();
      store
          .openMap("opened", new MVMap.Builder<String, Long>())
          .put("at", Instant.now().toEpochMilli());
      file.commit();
      return file;
    } catch (RuntimeException failure) {
      store.closeImmediately();
      throw failure;
    }
  }

  /** Lets {@code message} wait, behind all others. */
  void add(PubsubMessage message, Instant since) {
    waiting.put(++lastNumber, encode(message, since));
  }

  /** Keeps {@code message} aside. */
  void addSetAside(PubsubMessage message, Instant since) {
    setAside.put(++lastNumber, encode(message, since));
  }

  /** The events that have waited longest: up to {@code count}, of up to {@code bytes} or one. */
  List<Entry> first(int count, long bytes) {
    return read(waiting, count, bytes);
  }

  /** The events set aside, oldest first: up to {@code count}, of up to {@code bytes} or one. */
  List<Entry> firstSetAside(int count, long bytes) {
    return read(setAside, count, bytes);
  }

  /** Forgets an event that waits. */
  void remove(long number) {
    waiting.remove(number);
  }

  /** Sets an event that waits aside. */
  void setAside(long number) {
    byte[] entry = waiting.remove(number);
    if (entry != null) {
      setAside.put(number, entry);
    }
  }

  /** Since when the event that has waited longest does. */
  Optional<Instant> oldest() {
    return Optional.ofNullable(waiting.firstKey()).map(number -> since(waiting.get(number)));
  }

  /** What all entries of both kinds count as: {@link #size}. */
  long bytes() {
    long bytes = 0;
    for (MVMap<Long, byte[]> map : List.of(waiting, setAside)) {
      for (byte[] entry : map.values()) {
        bytes += entry.length - Long.BYTES;
      }
    }
    return bytes;
  }

  int waitingCount() {
    return waiting.size();
  }

  int setAsideCount() {
    return setAside.size();
  }

  /** What {@code message} counts as: body, attributes and a few bytes. */
  static long size(PubsubMessage message) {
    return message.getSerializedSize();
  }

  /** Makes all changes so far durable: written, and synced to the disk. */
  void commit() {
    store.commit();
    store.sync();
  }

  /**
   * Gives dead space back where nothing waits. While something does, the space of what was
   * published first is used again: events leave in the order they came in.
   */
  void compactIfEmpty() {
    if (waiting.isEmpty() && store.getFileStore().size() > LEAST_FILE_BYTES) {
      store.compactFile(LONGEST_COMPACTION_MILLIS);
      store.setRetentionTime(RETENTION_MILLIS);
    }
  }

  Path folder() {
    return folder;
  }

  /** Lets go of a file that has failed. */
  void abandon() {
    store.closeImmediately();
  }

  /** Commits and closes. */
  @Override
  public void close() {
    store.close();
  }

  private void retrySetAside() {
    for (Long number : List.copyOf(setAside.keySet())) {
      waiting.put(++lastNumber, setAside.remove(number));
    }
  }

  private static List<Entry> read(MVMap<Long, byte[]> map, int count, long bytes) {
    List<Entry> entries = new ArrayList<>();
    Cursor<Long, byte[]> cursor = map.cursor(null);
    long read = 0;
    while (entries.size() < count && cursor.hasNext()) {
      long number = cursor.next();
      byte[] entry = cursor.getValue();
      read += entry.length;
      if (read > bytes && !entries.isEmpty()) {
        break;
      }
      entries.add(new Entry(number, since(entry), decode(entry)));
    }
    return entries;
  }

  private static byte[] encode(PubsubMessage message, Instant since) {
    return ByteBuffer.allocate(Long.BYTES + message.getSerializedSize())
        .putLong(since.toEpochMilli())
        .put(message.toByteArray())
        .array();
  }

  private static Instant since(byte[] entry) {
    return Instant.ofEpochMilli(ByteBuffer.wrap(entry).getLong());
  }

  private static PubsubMessage decode(byte[] entry) {
    try {
      return PubsubMessage.parser().parseFrom(entry, Long.BYTES, entry.length - Long.BYTES);
    } catch (InvalidProtocolBufferException damaged) {
      throw new UncheckedIOException(damaged);
    }
  }

  private static long lastKey(MVMap<Long, byte[]> map) {
    Long last = map.lastKey();
    return last == null ? 0 : last;
  }

  private static MVMap.Builder<Long, byte[]> entries() {
    return new MVMap.Builder<Long, byte[]>()
        .keyType(LongDataType.INSTANCE)
        .valueType(ByteArrayDataType.INSTANCE);
  }
}
