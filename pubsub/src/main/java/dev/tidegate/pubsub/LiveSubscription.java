package dev.tidegate.pubsub;

import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.PullResponse;
import com.google.pubsub.v1.ReceivedMessage;
import com.google.pubsub.v1.Subscription;
import dev.tidegate.pubsub.SubscriptionQueue.Holder;
import dev.tidegate.pubsub.SubscriptionQueue.Lease;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subscription at work: its queue, and the subscribers that wait for messages.
 *
 * <p>A pull that finds messages takes them in its own thread. Those who wait (pulls that found
 * none, and streams) have no thread. One thread at a time serves them, when messages come or a
 * stream has room again. Waking that thread is cheap and never lost.
 */
final class LiveSubscription {
  private static final Logger LOG = LoggerFactory.getLogger(LiveSubscription.class);

  /**
   * The most that a pull gets which does not wait, however many it asks for. A reader that polls
   * comes back at once, and the first of several readers would starve the others. Google's emulator
   * has the same limit for all pulls.
   */
  static final int MOST_PER_POLL = 100;

  /** A smaller share than this gets no answer of its own. */
  static final int LEAST_SHARE = 100;

  /** Deadlines are whole seconds: expired leases are looked for no more often than this. */
  private static final long EXPIRY_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** How long a pull waits for a first message, unless it asks for an answer at once. */
  static final long PULL_WAIT_SECONDS = 5;

  /** Below the 4 MiB that gRPC clients accept by default. One larger message goes alone. */
  private static final int BATCH_BYTES = 3 << 20;

  private static final int MOST_PER_STREAM_RESPONSE = 500;

  /** Longer than a commit takes: a message that is being forwarded is not forwarded twice. */
  private static final long FORWARDING_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final SubscriptionQueue queue = new SubscriptionQueue(System::nanoTime);
  private final Queue<WaitingPull> pulls = new ConcurrentLinkedQueue<>();
  private final List<StreamingPullCall> streams = new CopyOnWriteArrayList<>();
  private final AtomicInteger wakeUps = new AtomicInteger();
  private final LongFunction<Optional<PubsubMessage>> bodies;
  private final BiConsumer<LiveSubscription, Lease> forwarder;
  private final ScheduledExecutorService threads;
  private final MessageFilter filter;
  private volatile Subscription settings;
  private volatile Optional<StatusRuntimeException> ended = Optional.empty();
  private volatile Instant lastUse = Instant.MAX;

  /** The next look for expired leases, and when it is due; both guarded by the queue. */
  private Future<?> expiry = CompletableFuture.completedFuture(null);

  private long expiryDue;

  /**
   * @param settings as created; its filter must be valid
   * @param bodies reads a message by its id
   * @param forwarder takes what was delivered too often: it acknowledges it, or gives it back
   * @param threads serve those who wait
   */
  LiveSubscription(
      Subscription settings,
      LongFunction<Optional<PubsubMessage>> bodies,
      BiConsumer<LiveSubscription, Lease> forwarder,
      ScheduledExecutorService threads) {
    this.filter = MessageFilter.parse(settings.getFilter());
    this.bodies = bodies;
    this.forwarder = forwarder;
    this.threads = threads;
    setSettings(settings);
  }

  String name() {
    return settings.getName();
  }

  Subscription settings() {
    return settings;
  }

  void setSettings(Subscription settings) {
    this.settings = settings;
    queue.configure(settings);
  }

  MessageFilter filter() {
    return filter;
  }

  Backlog backlog() {
    return queue.backlog();
  }

  /** Notes that somebody asked something of it. */
  void use(Instant now) {
    lastUse = now;
  }

  /** Whether nobody has asked anything of it, or waited for messages, since {@code time}. */
  boolean isUnusedSince(Instant time) {
    return lastUse.isBefore(time) && streams.isEmpty() && pulls.isEmpty();
  }

  /** Adds a message; {@link #wake} is to follow. Ids must rise from call to call. */
  void add(long messageId, String orderingKey) {
    queue.add(messageId, settings.getEnableMessageOrdering() ? orderingKey : "");
  }

  /** Forgets the messages with ids below {@code first}: they are too old. */
  void dropBefore(long first) {
    queue.dropBefore(first);
    wake();
  }

  /** Forgets all messages and who holds them; those that are to be delivered are added again. */
  void clear() {
    queue.clear();
  }

  /** Ends the forwarding of an exhausted message: done, or given back to the subscribers. */
  void forwarded(Lease lease, boolean done) {
    if (done) {
      queue.acknowledge(lease.messageId());
    } else {
      queue.returnExhausted(lease);
    }
    wake();
  }

  /** Answers a pull: at once if there are messages or it asks so, else as soon as there are. */
  void pull(int most, boolean immediately, ServerCallStreamObserver<PullResponse> client) {
    if (ended.isPresent()) {
      throw ended.get();
    }
    int limit = Math.min(most, immediately ? MOST_PER_POLL : share(pulls.size() + 1));
    List<ReceivedMessage> messages = take(limit, BATCH_BYTES, ackDeadline(), Holder.INDIFFERENT);
    if (immediately || !messages.isEmpty()) {
      WaitingPull.answer(client, messages);
      return;
    }
    WaitingPull pull = new WaitingPull(most, client);
    // A pull whose client has gone must not take messages with it.
    client.setOnCancelHandler(() -> drop(pull));
    pulls.add(pull);
    pull.setTimeLimit(
        threads.schedule(
            () -> {
              if (drop(pull)) {
                pull.answer(List.of());
              }
            },
            PULL_WAIT_SECONDS,
            TimeUnit.SECONDS));
    // Messages, or the end, may have come since it looked.
    ended.ifPresent(this::failWaiting);
    if (queue.size() > 0) {
      wake();
    }
  }

  /** How many of the waiting messages one of several pulls may take, so that each gets some. */
  private int share(int sharers) {
    return Math.max(LEAST_SHARE, (queue.size() + sharers - 1) / sharers);
  }

  /** Lets {@code stream} have messages from now on. */
  void attach(StreamingPullCall stream) {
    streams.add(stream);
    ended.ifPresent(this::failWaiting);
    wake();
  }

  /** Lets {@code stream} have no more; what it holds stays leased, as in the service. */
  void detach(StreamingPullCall stream) {
    streams.remove(stream);
  }

  /** Answers which of the messages were still to be acknowledged; they no longer are. */
  List<Long> acknowledge(List<AckId> ackIds) {
    List<Long> acknowledged = new ArrayList<>(ackIds.size());
    for (AckId ackId : ackIds) {
      if (queue.acknowledge(ackId.messageId())) {
        acknowledged.add(ackId.messageId());
      }
    }
    // Streams have room again, and the next messages of ordering keys may be delivered.
    if (!streams.isEmpty() || (settings.getEnableMessageOrdering() && !pulls.isEmpty())) {
      wake();
    }
    return acknowledged;
  }

  /** Moves deadlines to {@code seconds} from now; 0 returns the message at once. */
  void modifyAckDeadline(AckId ackId, int seconds) {
    if (!queue.modifyDeadline(ackId, TimeUnit.SECONDS.toNanos(seconds))) {
      expireAfter(TimeUnit.SECONDS.toNanos(seconds));
      return;
    }
    if (settings.hasRetryPolicy()) {
      queue.nanosToNextDeadline().ifPresent(this::expireAfter);
    }
    wake();
  }

  /** Returns all messages that subscribers hold. */
  void redeliver() {
    if (queue.giveBackAll() > 0) {
      wake();
    }
  }

  /** Looks for expired leases after {@code nanos}, unless a look is due before. */
  private void expireAfter(long nanos) {
    long wait = Math.max(nanos, EXPIRY_PAUSE_NANOS);
    long due = System.nanoTime() + wait;
    synchronized (queue) {
      if (expiry.isDone() || due - expiryDue < 0) {
        expiry.cancel(false);
        expiry = threads.schedule(this::expire, wait, TimeUnit.NANOSECONDS);
        expiryDue = due;
      }
    }
  }

  /** Returns messages whose deadline has passed. */
  private void expire() {
    synchronized (queue) {
      expiry = CompletableFuture.completedFuture(null);
    }
    if (queue.expire() > 0) {
      wake();
    }
    queue.nanosToNextDeadline().ifPresent(this::expireAfter);
  }

  /** Fails all who wait, now and later: the subscription is deleted, or the server stops. */
  void end(StatusRuntimeException reason) {
    ended = Optional.of(reason);
    failWaiting(reason);
  }

  /** Lets those who wait be served soon, in another thread. */
  void wake() {
    if (wakeUps.getAndIncrement() == 0) {
      threads.execute(this::serve);
    }
  }

  private void serve() {
    int seen;
    do {
      seen = wakeUps.get();
      try {
        boolean served;
        do {
          // All in turn, until nobody can be given anything.
          served = forwardExhausted();
          served |= servePull();
          served |= serveStreams();
        } while (served);
      } catch (RuntimeException e) {
        // The messages are returned or will expire; whoever waits is served at the next wake-up.
        LOG.warn("Could not deliver messages of {}", name(), e);
      }
    } while (!wakeUps.compareAndSet(seen, 0));
  }

  private boolean forwardExhausted() {
    Optional<Lease> exhausted = queue.leaseExhausted(FORWARDING_NANOS);
    exhausted.ifPresent(lease -> forwarder.accept(this, lease));
    return exhausted.isPresent();
  }

  private boolean servePull() {
    if (queue.size() == 0) {
      return false;
    }
    int share = share(Math.max(1, pulls.size()));
    WaitingPull pull = pulls.poll();
    if (pull == null) {
      return false;
    }
    if (pull.claim()) {
      // Another pull may have been faster; then this one is answered empty, which any pull may be.
      pull.answer(
          take(Math.min(pull.most(), share), BATCH_BYTES, ackDeadline(), Holder.INDIFFERENT));
    }
    return true;
  }

  private boolean serveStreams() {
    boolean served = false;
    // One batch each in turn, so that all streams get their share.
    for (StreamingPullCall stream : streams) {
      int room = Math.min(stream.roomForMessages(), MOST_PER_STREAM_RESPONSE);
      long bytes = Math.min(stream.roomForBytes(), BATCH_BYTES);
      if (room <= 0 || bytes <= 0) {
        continue;
      }
      List<ReceivedMessage> messages = take(room, bytes, stream.ackDeadlineSeconds(), stream);
      if (messages.isEmpty()) {
        break;
      }
      served = true;
      if (!stream.send(messages)) {
        detach(stream);
        messages.forEach(message -> modifyAckDeadline(AckId.parse(message.getAckId()), 0));
      }
    }
    return served;
  }

  /** Leases messages until {@code most} or {@code bytes} is reached; the last may exceed bytes. */
  private List<ReceivedMessage> take(int most, long bytes, int deadlineSeconds, Holder holder) {
    List<ReceivedMessage> taken = new ArrayList<>();
    long deadline = TimeUnit.SECONDS.toNanos(deadlineSeconds);
    for (long left = bytes; left > 0 && taken.size() < most; ) {
      Optional<Lease> next = queue.lease(deadline, holder);
      if (next.isEmpty()) {
        break;
      }
      Lease lease = next.get();
      AckId ackId = new AckId(lease.messageId(), lease.attempt());
      Optional<PubsubMessage> message;
      try {
        message = bodies.apply(lease.messageId());
      } catch (RuntimeException e) {
        queue.modifyDeadline(ackId, 0);
        throw e;
      }
      if (message.isEmpty()) {
        // Acknowledged just now, by the ack ID of an earlier delivery.
        queue.acknowledge(lease.messageId());
        continue;
      }
      int size = message.get().getSerializedSize();
      queue.loaded(lease, size);
      left -= size;
      taken.add(
          ReceivedMessage.newBuilder()
              .setAckId(ackId.toString())
              .setDeliveryAttempt(settings.hasDeadLetterPolicy() ? lease.attempt() : 0)
              .setMessage(message.get())
              .build());
    }
    if (!taken.isEmpty()) {
      expireAfter(deadline);
    }
    return taken;
  }

  private boolean drop(WaitingPull pull) {
    boolean claimed = pull.claim();
    if (claimed) {
      pulls.remove(pull);
    }
    return claimed;
  }

  private void failWaiting(StatusRuntimeException reason) {
    for (WaitingPull pull = pulls.poll(); pull != null; pull = pulls.poll()) {
      if (pull.claim()) {
        pull.fail(reason);
      }
    }
    for (StreamingPullCall stream : streams) {
      detach(stream);
      stream.fail(reason);
    }
  }

  private int ackDeadline() {
    return settings.getAckDeadlineSeconds();
  }

  /**
   * A pull that found nothing and waits. Messages, its time limit and the client's going away race
   * for it; only the first that claims it may answer it.
   */
  private static final class WaitingPull {
    private final int most;
    private final StreamObserver<PullResponse> client;
    private final AtomicBoolean claimed = new AtomicBoolean();
    private volatile Future<?> timeLimit = CompletableFuture.completedFuture(null);

    WaitingPull(int most, StreamObserver<PullResponse> client) {
      this.most = most;
      this.client = client;
    }

    int most() {
      return most;
    }

    /** Cancels {@code limit} once the pull is claimed. */
    void setTimeLimit(Future<?> limit) {
      timeLimit = limit;
      if (claimed.get()) {
        limit.cancel(false);
      }
    }

    boolean claim() {
      boolean first = claimed.compareAndSet(false, true);
      if (first) {
        timeLimit.cancel(false);
      }
      return first;
    }

    void answer(List<ReceivedMessage> messages) {
      answer(client, messages);
    }

    void fail(StatusRuntimeException error) {
      client.onError(error);
    }

    static void answer(StreamObserver<PullResponse> client, List<ReceivedMessage> messages) {
      client.onNext(PullResponse.newBuilder().addAllReceivedMessages(messages).build());
      client.onCompleted();
    }
  }
}
