package dev.tidegate.gateway.publish;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.pubsub.store.GroupCommitStore;
import dev.tidegate.schemas.EventAttributes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  private final MVMap<Long, byte[]> waiting;
  private final MVMap<Long, byte[]> refused;
  private final TenantBytes bytes = new TenantBytes();
  private long lastNumber;
  private volatile Depth depth;

  /** An event in the spool. */
  record Entry(long number, Instant since, PubsubMessage message) {
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

  /** Adds {@code message} behind all others, or to the refused ones. */
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
    List<Entry> entries = new ArrayList<>();
    Cursor<Long, byte[]> cursor = waiting.cursor(null);
    long read = 0;
    while (entries.size() < count && cursor.hasNext()) {
      Entry entry = entry(cursor.next(), cursor.getValue());
      read += entry.size();
      if (read > mostBytes && !entries.isEmpty()) {
        break;
      }
      entries.add(entry);
    }
    return entries;
  }

  /** Refused events after the number {@code after}, oldest first; of one tenant, or of all. */
  Page<RefusedEvent> refused(Optional<String> tenant, long after, int limit) {
    List<RefusedEvent> page = new ArrayList<>();
    Cursor<Long, byte[]> cursor = refused.cursor(after + 1);
    while (cursor.hasNext()) {
      RefusedEvent event = RefusedEvent.of(entry(cursor.next(), cursor.getValue()));
      if (tenant.isPresent() && !tenant.equals(event.tenant())) {
        continue;
      }
      if (page.size() == limit) {
        return new Page<>(page, Optional.of(Long.toString(page.get(limit - 1).id())));
      }
      page.add(event);
    }
    return new Page<>(page, Optional.empty());
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
