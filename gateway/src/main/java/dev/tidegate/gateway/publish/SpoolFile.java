package dev.tidegate.gateway.publish;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.gateway.publish.RefusedEvent.Page;
import dev.tidegate.pubsub.store.GroupCommitStore;
import dev.tidegate.schemas.EventAttributes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;

/**
 * What the spool's file holds: the events that wait, in the order in which they came, and those
 * that Pub/Sub has refused. The store's thread alone changes it.
 */
final class SpoolFile implements GroupCommitStore.Contents {
  static final String NAME = "spool.mv";

  private static final int PAGE_EVENTS = 100;
  private static final long PAGE_BYTES = 16L << 20;

  private final MVMap<Long, byte[]> waiting;
  private final MVMap<Long, byte[]> refused;
  private final TenantBytes bytes = new TenantBytes();
  private long lastNumber;
  private volatile Depth depth;

  /** An event in the spool. */
  record Entry(long number, Instant since, PubsubMessage message) {
    String tenant() {
      return SpoolFile.tenant(message);
    }

    long size() {
      return message.getSerializedSize();
    }
  }

  /** How many events there are, and since when the oldest waits. */
  record Depth(long waiting, long refused, Optional<Instant> oldest) {}

  SpoolFile(MVStore store) {
    waiting = store.openMap("waiting", entries());
    refused = store.openMap("refused", entries());
    for (MVMap<Long, byte[]> map : List.of(waiting, refused)) {
      map.values().forEach(entry -> count(decode(entry), 1));
      lastNumber = Math.max(lastNumber, Optional.ofNullable(map.lastKey()).orElse(0L));
    }
    committed();
  }

  /** Lets {@code message} wait behind all others, or keeps it with the refused ones. */
  void add(PubsubMessage message, boolean isRefused) {
    byte[] entry =
        ByteBuffer.allocate(Long.BYTES + message.getSerializedSize())
            .putLong(Instant.now().toEpochMilli())
            .put(message.toByteArray())
            .array();
    (isRefused ? refused : waiting).put(++lastNumber, entry);
    count(message, 1);
  }

  /**
   * The events that have waited longest: up to {@code count}, of up to {@code mostBytes} or one.
   */
  List<Entry> first(int count, long mostBytes) {
    return read(waiting, 0, count, mostBytes, entry -> true);
  }

  /** The refused events after {@code number} that {@code filter} takes, oldest first. */
  Page refusedAfter(long number, Predicate<Entry> filter) {
    List<Entry> read = read(refused, number + 1, PAGE_EVENTS, PAGE_BYTES, filter);
    Optional<Long> next =
        read.isEmpty() || refused.lastKey() <= read.get(read.size() - 1).number()
            ? Optional.empty()
            : Optional.of(read.get(read.size() - 1).number());
    return new Page(read.stream().map(RefusedEvent::of).toList(), next);
  }

  /** A refused event. */
  Optional<Entry> refused(long number) {
    return Optional.ofNullable(refused.get(number)).map(entry -> entry(number, entry));
  }

  /** Forgets an event of either kind; false if it is not there. */
  boolean remove(long number) {
    byte[] entry =
        Optional.ofNullable(waiting.remove(number)).orElseGet(() -> refused.remove(number));
    if (entry != null) {
      count(decode(entry), -1);
    }
    return entry != null;
  }

  /** Moves an event that waits to the refused ones. */
  void refuse(long number) {
    byte[] entry = waiting.remove(number);
    if (entry != null) {
      refused.put(number, entry);
    }
  }

  /** What the events of each tenant take. */
  TenantBytes bytes() {
    return bytes;
  }

  /** As of the last commit. */
  Depth depth() {
    return depth;
  }

  @Override
  public void committed() {
    depth =
        new Depth(
            waiting.sizeAsLong(),
            refused.sizeAsLong(),
            Optional.ofNullable(waiting.firstKey()).map(number -> since(waiting.get(number))));
  }

  /** Whose the message is; "" for nobody's. */
  static String tenant(PubsubMessage message) {
    return message.getAttributesOrDefault(EventAttributes.TENANT_ID.attribute(), "");
  }

  private void count(PubsubMessage message, int sign) {
    bytes.add(tenant(message), (long) sign * message.getSerializedSize());
  }

  private static List<Entry> read(
      MVMap<Long, byte[]> map, long from, int count, long mostBytes, Predicate<Entry> filter) {
    List<Entry> entries = new ArrayList<>();
    Cursor<Long, byte[]> cursor = map.cursor(from);
    long read = 0;
    while (entries.size() < count && cursor.hasNext()) {
      Entry entry = entry(cursor.next(), cursor.getValue());
      if (filter.test(entry)) {
        read += entry.size();
        if (read > mostBytes && !entries.isEmpty()) {
          break;
        }
        entries.add(entry);
      }
    }
    return entries;
  }

  private static Entry entry(long number, byte[] entry) {
    return new Entry(number, since(entry), decode(entry));
  }

  private static Instant since(byte[] entry) {
    return Instant.ofEpochMilli(ByteBuffer.wrap(entry).getLong());
  }

  private static PubsubMessage decode(byte[] entry) {
    try {
      // The array is never changed, so the message may share it.
      CodedInputStream input =
          UnsafeByteOperations.unsafeWrap(entry).substring(Long.BYTES).newCodedInput();
      input.enableAliasing(true);
      return PubsubMessage.parseFrom(input);
    } catch (IOException damaged) {
      throw new UncheckedIOException(damaged);
    }
  }

  private static MVMap.Builder<Long, byte[]> entries() {
    return new MVMap.Builder<Long, byte[]>()
        .keyType(LongDataType.INSTANCE)
        .valueType(ByteArrayDataType.INSTANCE);
  }
}
