package dev.tidegate.pubsub;

import com.google.protobuf.util.Durations;
import com.google.pubsub.v1.Subscription;
import java.util.AbstractMap.SimpleEntry;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Which messages of one subscription wait, and which are out with whom until when.
 *
 * <p>A message is new, then leased, then acknowledged; or its lease expires or is given back, and
 * it waits again, with one more attempt counted. Before that it rests for as long as the retry
 * policy says. A message that came back too often is exhausted: it waits for the dead-letter topic.
 * Of the messages with one ordering key, only the oldest can be leased: the others wait behind it
 * until it is acknowledged.
 *
 * <p>Holds ids only, no bodies. Thread-safe. Times are those of the given clock, in nanoseconds
 * with an arbitrary origin.
 */
final class SubscriptionQueue {

  /** The holder of leases, which counts them. Must not call back into the queue. */
  interface Holder {
    /** Somebody who keeps none. */
    Holder INDIFFERENT = new Holder() {};

    /** One more lease. */
    default void leased() {}

    /** The size of one of them has become known. */
    default void loaded(int bytes) {}

    /** One lease has ended, of a message of this many bytes. */
    default void released(int bytes) {}
  }

  /** Holds the messages that rest. */
  private static final Holder RESTING = new Holder() {};

  /** One delivery of one message. */
  static final class Lease {
    private final long messageId;
    private final int attempt;
    private final Holder holder;
    private long deadline;

    private int bytes;

    private Lease(long messageId, int attempt, Holder holder, long deadline) {
      this.messageId = messageId;
      this.attempt = attempt;
      this.holder = holder;
      this.deadline = deadline;
    }

    long messageId() {
      return messageId;
    }

    /** Counts from 1: how often the message has been delivered, this time included. */
    int attempt() {
      return attempt;
    }
  }

  /** When a lease was due when this was queued; it may have been extended since. */
  private record Due(long at, Lease lease) {}

  private static final int DUE_SLACK = 10_000;

  private final LongSupplier nanoClock;
  private final IdQueue fresh = new IdQueue();

  /** Attempts so far by message id, in the order of return. */
  private final Map<Long, Integer> returned = new LinkedHashMap<>();

  private final Map<Long, Lease> leases = new HashMap<>();
  private final PriorityQueue<Due> due;
  private boolean preferFresh;

  /** Attempts by message id, of the messages that are to go to the dead-letter topic. */
  private final Map<Long, Integer> exhausted = new LinkedHashMap<>();

  /** By ordering key, what waits behind the key's oldest message; and the keys of the oldest. */
  private final Map<String, IdQueue> behind = new HashMap<>();

  private final Map<Long, String> keys = new HashMap<>();
  private int behindCount;
  private int restingCount;

  private int mostAttempts = Integer.MAX_VALUE;
  private long shortestRest;
  private long longestRest;

  SubscriptionQueue(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    // Differences, since nanosecond clocks may overflow.
    long origin = nanoClock.getAsLong();
    due = new PriorityQueue<>(Comparator.comparingLong(entry -> entry.at() - origin));
  }

  /** Obeys the policies of {@code settings} from now on. */
  synchronized void configure(Subscription settings) {
    mostAttempts =
        settings.hasDeadLetterPolicy()
            ? settings.getDeadLetterPolicy().getMaxDeliveryAttempts()
            : Integer.MAX_VALUE;
    shortestRest = Durations.toNanos(settings.getRetryPolicy().getMinimumBackoff());
    longestRest = Durations.toNanos(settings.getRetryPolicy().getMaximumBackoff());
  }

  /**
   * Adds a message that has never been delivered; ids must rise from call to call.
   *
   * @param orderingKey empty where the order does not matter
   */
  synchronized void add(long messageId, String orderingKey) {
    if (!orderingKey.isEmpty()) {
      IdQueue others = behind.get(orderingKey);
      if (others != null) {
        others.add(messageId);
        behindCount++;
        return;
      }
      behind.put(orderingKey, new IdQueue());
      keys.put(messageId, orderingKey);
    }
    fresh.add(messageId);
  }

  /** Forgets everything, leases too. */
  synchronized void clear() {
    leases.values().forEach(lease -> lease.holder.released(lease.bytes));
    leases.clear();
    due.clear();
    fresh.clear();
    returned.clear();
    exhausted.clear();
    behind.clear();
    keys.clear();
    behindCount = 0;
    restingCount = 0;
  }

  /** Forgets the messages with ids below {@code first}, wherever they are. */
  synchronized void dropBefore(long first) {
    for (IdQueue others : behind.values()) {
      for (long id = others.peek(); id != 0 && id < first; id = others.peek()) {
        others.poll();
        behindCount--;
      }
    }
    for (long id = fresh.peek(); id != 0 && id < first; id = fresh.peek()) {
      acknowledge(id);
    }
    Stream.of(returned.keySet(), exhausted.keySet(), leases.keySet())
        .flatMap(Set::stream)
        .filter(id -> id < first)
        .toList()
        .forEach(this::acknowledge);
  }

  /** Leases the next message for {@code nanos}, if one waits. */
  synchronized Optional<Lease> lease(long nanos, Holder holder) {
    // In turn, so that a subscriber that returns the same messages for ever cannot starve the rest.
    preferFresh = !preferFresh;
    long id = returned.isEmpty() || preferFresh ? fresh.poll() : 0;
    if (id != 0) {
      return Optional.of(lease(id, 1, nanos, holder));
    }
    return first(returned)
        .map(oldest -> lease(oldest.getKey(), oldest.getValue() + 1, nanos, holder));
  }

  /** Leases the next message that is to go to the dead-letter topic, if there is one. */
  synchronized Optional<Lease> leaseExhausted(long nanos) {
    return first(exhausted)
        .map(oldest -> lease(oldest.getKey(), oldest.getValue(), nanos, Holder.INDIFFERENT));
  }

  /** Returns an exhausted message to the subscribers, since it could not be forwarded. */
  synchronized void returnExhausted(Lease lease) {
    if (leases.remove(lease.messageId, lease)) {
      returned.put(lease.messageId, lease.attempt);
    }
  }

  private static Optional<Map.Entry<Long, Integer>> first(Map<Long, Integer> attempts) {
    var entries = attempts.entrySet().iterator();
    if (!entries.hasNext()) {
      return Optional.empty();
    }
    Map.Entry<Long, Integer> entry = new SimpleEntry<>(entries.next());
    entries.remove();
    return Optional.of(entry);
  }

  private Lease lease(long id, int attempt, long nanos, Holder holder) {
    Lease lease = new Lease(id, attempt, holder, nanoClock.getAsLong() + nanos);
    leases.put(id, lease);
    due.add(new Due(lease.deadline, lease));
    holder.leased();
    return lease;
  }

  /** Tells the lease's holder the message's size, unless the lease has ended meanwhile. */
  synchronized void loaded(Lease lease, int bytes) {
    if (leases.get(lease.messageId) == lease) {
      lease.bytes = bytes;
      lease.holder.loaded(bytes);
    }
  }

  /**
   * Removes a message for good, wherever it is, and answers whether it was there. Which attempt is
   * acknowledged does not matter: the message has been processed.
   */
  synchronized boolean acknowledge(long messageId) {
    Lease lease = leases.remove(messageId);
    if (lease != null) {
      forgetEnded();
      restingCount -= lease.holder == RESTING ? 1 : 0;
      lease.holder.released(lease.bytes);
    }
    boolean found =
        lease != null
            || returned.remove(messageId) != null
            || fresh.remove(messageId)
            || exhausted.remove(messageId) != null;
    String key = keys.remove(messageId);
    if (key != null) {
      long next = behind.get(key).poll();
      if (next == 0) {
        behind.remove(key);
      } else {
        behindCount--;
        keys.put(next, key);
        returned.put(next, 0);
      }
    } else if (!found && behind.values().stream().anyMatch(others -> others.remove(messageId))) {
      behindCount--;
      return true;
    }
    return found;
  }

  /**
   * Lets the lease end {@code nanos} from now, or at once for 0. Ignored unless it is the message's
   * present lease: an older one must not end or extend a newer. Answers whether a message returned,
   * to wait or to rest.
   */
  synchronized boolean modifyDeadline(AckId ackId, long nanos) {
    Lease lease = leases.get(ackId.messageId());
    if (lease == null || lease.attempt != ackId.attempt() || lease.holder == RESTING) {
      return false;
    }
    if (nanos == 0) {
      giveBack(lease, shortestRest);
      return true;
    }
    long deadline = nanoClock.getAsLong() + nanos;
    boolean sooner = deadline - lease.deadline < 0;
    lease.deadline = deadline;
    if (sooner) {
      due.add(new Due(deadline, lease));
    }
    return false;
  }

  /** Returns the messages whose leases have expired, and answers how many they were. */
  synchronized int expire() {
    long now = nanoClock.getAsLong();
    int expired = 0;
    while (!due.isEmpty() && due.peek().at() - now <= 0) {
      Lease lease = due.poll().lease();
      if (leases.get(lease.messageId) != lease) {
        continue;
      }
      if (lease.deadline - now > 0) {
        due.add(new Due(lease.deadline, lease));
      } else {
        giveBack(lease, shortestRest);
        expired++;
      }
    }
    return expired;
  }

  /** Returns all messages that are leased, without rest, and answers how many they were. */
  synchronized int giveBackAll() {
    List<Lease> held =
        leases.values().stream()
            .filter(lease -> lease.holder != RESTING)
            .sorted(Comparator.comparingLong(Lease::messageId))
            .toList();
    held.forEach(lease -> giveBack(lease, 0));
    return held.size();
  }

  /** How long until a lease may end; empty if there is none. */
  synchronized OptionalLong nanosToNextDeadline() {
    while (!due.isEmpty() && leases.get(due.peek().lease.messageId) != due.peek().lease) {
      due.poll();
    }
    return due.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(due.peek().at - nanoClock.getAsLong());
  }

  /** How many messages can be leased now. */
  synchronized int size() {
    return fresh.size() + returned.size();
  }

  synchronized Backlog backlog() {
    LongStream oldest =
        Stream.of(returned.keySet(), exhausted.keySet(), leases.keySet())
            .flatMap(Set::stream)
            .mapToLong(Long::longValue);
    if (fresh.size() > 0) {
      oldest = LongStream.concat(oldest, LongStream.of(fresh.peek()));
    }
    OptionalLong first = oldest.min();
    return new Backlog(
        size() + behindCount + restingCount + exhausted.size(),
        leases.size() - restingCount,
        first.isPresent()
            ? Optional.of(MessageIds.publishTime(first.getAsLong()))
            : Optional.empty());
  }

  private void giveBack(Lease lease, long shortestRest) {
    leases.remove(lease.messageId);
    lease.holder.released(lease.bytes);
    if (lease.holder == RESTING) {
      restingCount--;
      returned.put(lease.messageId, lease.attempt);
    } else if (lease.attempt >= mostAttempts) {
      exhausted.put(lease.messageId, lease.attempt);
    } else if (shortestRest > 0) {
      // Doubled with each attempt.
      double rest = shortestRest * Math.pow(2, lease.attempt - 1);
      restingCount++;
      lease(lease.messageId, lease.attempt, (long) Math.min(rest, longestRest), RESTING);
    } else {
      returned.put(lease.messageId, lease.attempt);
    }
  }

  /** Acknowledged leases would otherwise stay until they were due: minutes of the whole traffic. */
  private void forgetEnded() {
    if (due.size() > DUE_SLACK + 2 * leases.size()) {
      due.clear();
      leases.values().forEach(lease -> due.add(new Due(lease.deadline, lease)));
    }
  }
}
