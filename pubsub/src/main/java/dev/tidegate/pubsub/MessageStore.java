package dev.tidegate.pubsub;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.Subscription;
import com.google.pubsub.v1.Topic;
import dev.tidegate.pubsub.store.GroupCommitStore;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ObjLongConsumer;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.DataType;
import org.h2.mvstore.type.LongDataType;
import org.h2.mvstore.type.StringDataType;

/**
 * Everything the server must not forget, in one file: topics, subscriptions, message bodies (once,
 * however many subscriptions wait for them) and, per subscription, the ids of the messages that are
 * not acknowledged, or acknowledged and retained.
 *
 * <p>All changes are made by one thread, the {@link GroupCommitStore}'s, so that what it commits is
 * never half a change. Any thread may read.
 */
class MessageStore implements GroupCommitStore.Contents {
  static final String FILE_NAME = "pubsub.mv";
  private static final String PENDING_PREFIX = "pending/";
  private static final String LAST_ID = "lastMessageId";

  /** How an id's value in a map of pending ones begins; the ordering key follows. */
  private static final byte WAITING = 0;

  private static final byte ACKNOWLEDGED = 1;

  private final MVStore store;
  private final MVMap<String, byte[]> topics;
  private final MVMap<String, byte[]> subscriptions;
  private final MVMap<String, Long> counters;
  private final MVMap<Long, byte[]> messages;
  private final Map<String, MVMap<Long, byte[]>> pending = new ConcurrentHashMap<>();

  MessageStore(MVStore store) {
    this.store = store;
    topics = store.openMap("topics", named(ByteArrayDataType.INSTANCE));
    subscriptions = store.openMap("subscriptions", named(ByteArrayDataType.INSTANCE));
    counters = store.openMap("counters", named(LongDataType.INSTANCE));
    messages = store.openMap("messages", numbered());
    // Compaction moves the pages of open maps only.
    subscriptions.keySet().forEach(this::pending);
  }

  /** Errors of a request are no errors of the store. */
  @Override
  public boolean isRefusal(RuntimeException thrown) {
    return thrown instanceof StatusRuntimeException;
  }

  List<Topic> topics() {
    return topics.values().stream().map(bytes -> parse(bytes, Topic::parseFrom)).toList();
  }

  List<Subscription> subscriptions() {
    return subscriptions.values().stream()
        .map(bytes -> parse(bytes, Subscription::parseFrom))
        .toList();
  }

  /** The id given last, 0 in a new store. */
  long lastMessageId() {
    return counters.getOrDefault(LAST_ID, 0L);
  }

  /**
   * Hands the messages that {@code subscription} has not acknowledged to {@code sink}: ordering
   * keys and ids, which rise.
   *
   * @param last the last id that counts
   */
  void forEachWaiting(String subscription, long last, ObjLongConsumer<String> sink) {
    Cursor<Long, byte[]> cursor = pending(subscription).cursor(null);
    while (cursor.hasNext() && cursor.next() <= last) {
      byte[] state = cursor.getValue();
      if (state[0] == WAITING) {
        sink.accept(new String(state, 1, state.length - 1, UTF_8), cursor.getKey());
      }
    }
  }

  /**
   * Reads a message, with its id and publish time; empty if it has been acknowledged meanwhile.
   *
   * <p>Only the server's own threads may read: the file is closed under a thread that is
   * interrupted while it reads.
   */
  Optional<PubsubMessage> read(long id) {
    byte[] body;
    // Keeps the pages of this version from being overwritten while they are being read.
    MVStore.TxCounter pinned = store.registerVersionUsage();
    try {
      body = messages.get(id);
    } finally {
      store.deregisterVersionUsage(pinned);
    }
    if (body == null) {
      return Optional.empty();
    }
    try {
      // The bytes are never changed, so the message may share them.
      CodedInputStream input = UnsafeByteOperations.unsafeWrap(body).newCodedInput();
      input.enableAliasing(true);
      return Optional.of(
          PubsubMessage.newBuilder()
              .mergeFrom(input)
              .setMessageId(Long.toString(id))
              .setPublishTime(MessageIds.publishTimestamp(id))
              .build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void put(Topic topic) {
    topics.put(topic.getName(), topic.toByteArray());
  }

  void removeTopic(String name) {
    topics.remove(name);
  }

  void put(Subscription subscription) {
    subscriptions.put(subscription.getName(), subscription.toByteArray());
    pending(subscription.getName());
  }

  /** Adds a message to {@code waiting} subscriptions, of which there must be one at least. */
  void add(long id, byte[] body, String orderingKey, Collection<String> waiting) {
    messages.put(id, body);
    byte[] key = orderingKey.getBytes(UTF_8);
    byte[] state = new byte[key.length + 1];
    System.arraycopy(key, 0, state, 1, key.length);
    waiting.forEach(subscription -> pending(subscription).put(id, state));
  }

  void setLastMessageId(long id) {
    counters.put(LAST_ID, id);
  }

  /** Whether {@code subscription} waits for {@code id}. */
  boolean isWaiting(String subscription, long id) {
    byte[] state = pending(subscription).get(id);
    return state != null && state[0] == WAITING;
  }

  /**
   * Acknowledges {@code id}: {@code subscription} retains it if it says so, and else forgets it.
   *
   * @param siblings the other subscriptions of its topic
   */
  void acknowledge(Subscription subscription, long id, Collection<String> siblings) {
    if (subscription.getRetainAckedMessages()) {
      mark(subscription.getName(), id, ACKNOWLEDGED);
    } else {
      forget(subscription.getName(), id, siblings);
    }
  }

  /** Acknowledges what is older than {@code from}, and nothing else that is retained. */
  void seek(Subscription subscription, long from, Collection<String> siblings) {
    for (Long id : pending(subscription.getName()).keySet()) {
      if (id < from) {
        acknowledge(subscription, id, siblings);
      } else {
        mark(subscription.getName(), id, WAITING);
      }
    }
  }

  /**
   * Forgets up to {@code most} messages older than {@code from}; answers whether there were any.
   */
  boolean expire(String subscription, long from, int most, Collection<String> siblings) {
    MVMap<Long, byte[]> ids = pending(subscription);
    int expired = 0;
    for (Long id = ids.firstKey();
        id != null && id < from && expired < most;
        id = ids.firstKey(), expired++) {
      forget(subscription, id, siblings);
    }
    return expired > 0;
  }

  /** Forgets what {@code subscription} has acknowledged and retains. */
  void forgetAcknowledged(String subscription, Collection<String> siblings) {
    pending(subscription).keySet().stream()
        .filter(id -> !isWaiting(subscription, id))
        .forEach(id -> forget(subscription, id, siblings));
  }

  /** Forgets a subscription with all that waited in it. */
  void removeSubscription(String subscription, Collection<String> siblings) {
    pending(subscription).keySet().forEach(id -> forget(subscription, id, siblings));
    store.removeMap(pending(subscription));
    pending.remove(subscription);
    subscriptions.remove(subscription);
  }

  private void mark(String subscription, long id, byte mark) {
    byte[] state = pending(subscription).get(id);
    if (state != null && state[0] != mark) {
      byte[] marked = state.clone();
      marked[0] = mark;
      pending(subscription).put(id, marked);
    }
  }

  /** Forgets the message itself, too, if none of {@code siblings} has it. */
  private void forget(String subscription, long id, Collection<String> siblings) {
    if (pending(subscription).remove(id) != null
        && siblings.stream().noneMatch(sibling -> pending(sibling).containsKey(id))) {
      messages.remove(id);
    }
  }

  private MVMap<Long, byte[]> pending(String subscription) {
    return pending.computeIfAbsent(
        subscription, name -> store.openMap(PENDING_PREFIX + name, numbered()));
  }

  private static <V> MVMap.Builder<String, V> named(DataType<? super V> valueType) {
    return new MVMap.Builder<String, V>().keyType(StringDataType.INSTANCE).valueType(valueType);
  }

  private static MVMap.Builder<Long, byte[]> numbered() {
    return new MVMap.Builder<Long, byte[]>()
        .keyType(LongDataType.INSTANCE)
        .valueType(ByteArrayDataType.INSTANCE);
  }

  private static <T> T parse(byte[] bytes, Parser<T> parser) {
    try {
      return parser.parse(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Parser<T> {
    T parse(byte[] bytes) throws InvalidProtocolBufferException;
  }
}
