package dev.tidegate.pubsub;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;

/**
 * Which messages of one subscription wait, and which are out with whom until when.
 *
 * <p>A message is new, then leased, then acknowledged; or its lease expires or is given back, and
 * it waits again, with one more attempt counted. Holds ids only, no bodies. Thread-safe. Times are
 * those of the given clock, in nanoseconds with an arbitrary origin.
 */
final class SubscriptionQueue {

  /** Who holds leases, and keeps account of them. Must not call back into the queue. */
  interface Holder {
    /** Somebody who keeps none. */
    Holder INDIFFERENT =
        new Holder() {
          @Override
          public void leased() {}

          @Override
          public void loaded(int bytes) {}

          @Override
          public void released(int bytes) {}
        };

    /** One more lease. */
    void leased();

    /** The size of one of them has become known. */
    void loaded(int bytes);

    /** One lease, of a message of so many bytes, has ended in whatever way. */
    void released(int bytes);
  }

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

  SubscriptionQueue(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    // Differences, since nanosecond clocks may overflow.
    long origin = nanoClock.getAsLong();
    due = new PriorityQueue<>(Comparator.comparingLong(entry -> entry.at() - origin));
  }

  /** Adds a message that has never been delivered; ids must rise from call to call. */
  synchronized void add(long messageId) {
    fresh.add(messageId);
  }

  /** Leases the next message for {@code nanos}, if one waits. */
  synchronized Optional<Lease> lease(long nanos, Holder holder) {
    // In turn, so that a subscriber that returns the same messages for ever cannot starve the rest.
    preferFresh = !preferFresh;
    long id = 0;
    int attempts = 0;
    if (returned.isEmpty() || preferFresh) {
      id = fresh.poll();
    }
    if (id == 0 && !returned.isEmpty()) {
      var oldest = returned.entrySet().iterator();
      Map.Entry<Long, Integer> entry = oldest.next();
      id = entry.getKey();
      attempts = entry.getValue();
      oldest.remove();
    }
    if (id == 0) {
      return Optional.empty();
    }
    Lease lease = new Lease(id, attempts + 1, holder, nanoClock.getAsLong() + nanos);
    leases.put(id, lease);
    due.add(new Due(lease.deadline, lease));
    holder.leased();
    return Optional.of(lease);
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
      lease.holder.released(lease.bytes);
      return true;
    }
    return returned.remove(messageId) != null || fresh.remove(messageId);
  }

  /**
   * Lets the lease end {@code nanos} from now, or at once for 0. Ignored unless it is the message's
   * present lease: an older one must not end or extend a newer. Answers whether a message returned.
   */
  synchronized boolean modifyDeadline(AckId ackId, long nanos) {
    Lease lease = leases.get(ackId.messageId());
    if (lease == null || lease.attempt != ackId.attempt()) {
      return false;
    }
    if (nanos == 0) {
      giveBack(lease);
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
        giveBack(lease);
        expired++;
      }
    }
    return expired;
  }

  /** Returns all messages that are leased, and answers how many they were. */
  synchronized int giveBackAll() {
    List<Lease> held =
        leases.values().stream().sorted(Comparator.comparingLong(Lease::messageId)).toList();
    held.forEach(this::giveBack);
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

  /** How many messages wait for a subscriber. */
  synchronized int size() {
    return fresh.size() + returned.size();
  }

  synchronized Backlog backlog() {
    long oldest = Long.MAX_VALUE;
    if (fresh.size() > 0) {
      oldest = fresh.peek();
    }
    for (long id : returned.keySet()) {
      oldest = Math.min(oldest, id);
    }
    for (long id : leases.keySet()) {
      oldest = Math.min(oldest, id);
    }
    return new Backlog(
        size(),
        leases.size(),
        oldest == Long.MAX_VALUE ? Optional.empty() : Optional.of(MessageIds.publishTime(oldest)));
  }

  private void giveBack(Lease lease) {
    leases.remove(lease.messageId);
    returned.put(lease.messageId, lease.attempt);
    lease.holder.released(lease.bytes);
  }

  /** Acknowledged leases would otherwise stay until they were due: minutes of the whole traffic. */
  private void forgetEnded() {
    if (due.size() > DUE_SLACK + 2 * leases.size()) {
      due.clear();
      leases.values().forEach(lease -> due.add(new Due(lease.deadline, lease)));
    }
  }
}
