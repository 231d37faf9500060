package dev.tidegate.transforms.pubsub;

import com.google.auth.Credentials;
import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.Empty;
import com.google.pubsub.v1.AcknowledgeRequest;
import com.google.pubsub.v1.ModifyAckDeadlineRequest;
import com.google.pubsub.v1.PullRequest;
import com.google.pubsub.v1.PullResponse;
import com.google.pubsub.v1.ReceivedMessage;
import com.google.pubsub.v1.SubscriberGrpc;
import com.google.pubsub.v1.SubscriberGrpc.SubscriberFutureStub;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.auth.MoreCallCredentials;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.beam.sdk.extensions.gcp.options.GcpOptions;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubOptions;
import org.apache.beam.sdk.options.PipelineOptions;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pulls messages ahead of its one reader, and holds their leases until they are acknowledged,
 * however long that takes. A pull waits at the server until there are messages, so that nothing is
 * polled. If enough messages wait for the reader, nothing is pulled.
 */
final class PullSubscriber {
  private static final Logger LOG = LoggerFactory.getLogger(PullSubscriber.class);

  private static final int MAX_MESSAGES = 1_000;

  /** Twice: while the reader takes one response, the next one is on its way. */
  private static final int PULLS = 2;

  /** Nothing is pulled while more than this waits. A response may exceed it by what it holds. */
  private static final long MAX_WAITING_BYTES = 8L << 20;

  private static final int MAX_RESPONSE_BYTES = 64 << 20;

  /** A request may have 512 KB, and an ID about 200 bytes. */
  private static final int MAX_IDS = 2_000;

  /** The runner's other work in the reader's thread has to wait meanwhile. */
  private static final Duration READER_WAIT = Duration.ofMillis(25);

  private static final Duration PULL_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

  /** The shortest deadline that a subscription can have: ours is unknown. */
  private static final Duration FIRST_LEASE = Duration.ofSeconds(10);

  /** How long a message waits after its reader was killed. */
  private static final Duration LEASE = Duration.ofSeconds(30);

  private static final Duration LEASE_CHECK = Duration.ofSeconds(4);
  private static final Duration LEASE_RESERVE = Duration.ofSeconds(15);

  private static final long SHORTEST_WAIT_MILLIS = 100;
  private static final long LONGEST_WAIT_MILLIS = 5_000;

  /** Attempts to acknowledge. Later ones would meet an expired lease. */
  private static final int MAX_ATTEMPTS = 5;

  private final String subscription;
  private final ManagedChannel channel;
  private final SubscriberFutureStub stub;
  private final PullRequest pull;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "pubsub-leases");
            thread.setDaemon(true);
            return thread;
          });

  private final BlockingQueue<List<ReceivedMessage>> waiting = new LinkedBlockingQueue<>();
  private final AtomicLong waitingBytes = new AtomicLong();

  /** What the reader is at. */
  private Iterator<ReceivedMessage> reading = Collections.emptyIterator();

  /** Everything that is not acknowledged, in the order in which it is read. */
  private final Deque<Lease> leases = new ArrayDeque<>();

  /** Those that the server has not answered. */
  private final List<Future<PullResponse>> waitingPulls = new ArrayList<>(PULLS);

  private long acknowledged;
  private int pausedPulls;
  private int failures;
  private boolean closed;
  private volatile @Nullable Throwable fatal;

  /** The messages of one response, which share the time when their lease ends. */
  private static final class Lease {
    private final List<String> ids;
    private int acknowledged;
    private long end = System.nanoTime() + FIRST_LEASE.toNanos();

    Lease(List<String> ids) {
      this.ids = ids;
    }

    List<String> rest() {
      return ids.subList(acknowledged, ids.size());
    }
  }

  PullSubscriber(String subscription, PipelineOptions options) {
    this.subscription = subscription;
    channel = channelTo(URI.create(options.as(PubsubOptions.class).getPubsubRootUrl()));
    Credentials credentials = options.as(GcpOptions.class).getGcpCredential();
    SubscriberFutureStub plain = SubscriberGrpc.newFutureStub(channel);
    stub =
        credentials == null
            ? plain
            : plain.withCallCredentials(MoreCallCredentials.from(credentials));
    pull =
        PullRequest.newBuilder().setSubscription(subscription).setMaxMessages(MAX_MESSAGES).build();
  }

  /** In plain text where the URL says so: emulators and the embedded server have no TLS. */
  private static ManagedChannel channelTo(URI url) {
    boolean plain = "http".equals(url.getScheme());
    int port = url.getPort() >= 0 ? url.getPort() : plain ? 80 : 443;
    ManagedChannelBuilder<?> builder =
        ManagedChannelBuilder.forAddress(url.getHost(), port)
            .maxInboundMessageSize(MAX_RESPONSE_BYTES)
            // What is done with an answer is short, and never waits.
            .directExecutor();
    return (plain ? builder.usePlaintext() : builder).build();
  }

  /** Begins to pull. */
  void start() {
    timer.scheduleWithFixedDelay(
        this::extendLeases, LEASE_CHECK.toMillis(), LEASE_CHECK.toMillis(), TimeUnit.MILLISECONDS);
    for (int i = 0; i < PULLS; i++) {
      pull();
    }
  }

  /**
   * The next message; null where none comes soon. It waits a little: a runner that gets no message
   * pauses before it asks again, Flink for 50 ms.
   *
   * @throws IOException where there will never be any: the subscription does not exist, or may not
   *     be read
   */
  @Nullable ReceivedMessage poll() throws IOException {
    if (!reading.hasNext()) {
      List<ReceivedMessage> next = nextResponse();
      if (next == null) {
        throwIfFatal();
        return null;
      }
      reading = next.iterator();
      waitingBytes.addAndGet(-bytesOf(next));
      resume();
    }
    return reading.next();
  }

  private @Nullable List<ReceivedMessage> nextResponse() {
    try {
      return waiting.poll(READER_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private void throwIfFatal() throws IOException {
    Throwable failure = fatal;
    if (failure != null) {
      throw new IOException(
          "cannot pull from %s: %s".formatted(subscription, reasonOf(failure)), failure);
    }
  }

  /** Acknowledges the first {@code messages} messages that were read. */
  void acknowledge(long messages) {
    List<String> ids = new ArrayList<>();
    synchronized (this) {
      while (acknowledged < messages && !closed) {
        Lease lease = leases.element();
        List<String> rest = lease.rest();
        int count = (int) Math.min(rest.size(), messages - acknowledged);
        ids.addAll(rest.subList(0, count));
        acknowledged += count;
        lease.acknowledged += count;
        if (count == rest.size()) {
          leases.remove();
        }
      }
    }
    forEachRequest(ids, part -> acknowledge(part, 1));
  }

  private ListenableFuture<Empty> acknowledge(List<String> ids, int attempt) {
    ListenableFuture<Empty> answer =
        stub.withDeadlineAfter(CALL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
            .acknowledge(
                AcknowledgeRequest.newBuilder()
                    .setSubscription(subscription)
                    .addAllAckIds(ids)
                    .build());
    onFailure(
        answer,
        failure -> {
          if (attempt < MAX_ATTEMPTS) {
            later(() -> acknowledge(ids, attempt + 1), attempt);
          } else {
            LOG.warn(
                "{} messages were not acknowledged and come again: {}",
                ids.size(),
                reasonOf(failure));
          }
        });
    return answer;
  }

  private void pull() {
    ListenableFuture<PullResponse> answer;
    synchronized (this) {
      if (closed) {
        return;
      }
      answer = stub.withDeadlineAfter(PULL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).pull(pull);
      waitingPulls.removeIf(Future::isDone);
      waitingPulls.add(answer);
    }
    Futures.addCallback(
        answer,
        new FutureCallback<PullResponse>() {
          @Override
          public void onSuccess(PullResponse response) {
            take(response.getReceivedMessagesList());
          }

          @Override
          public void onFailure(Throwable failure) {
            pullFailed(failure);
          }
        },
        MoreExecutors.directExecutor());
  }

  private void take(List<ReceivedMessage> messages) {
    synchronized (this) {
      if (closed) {
        return;
      }
      if (failures > 0) {
        failures = 0;
        LOG.info("{} can be pulled from again", subscription);
      }
      if (!messages.isEmpty()) {
        leases.add(new Lease(messages.stream().map(ReceivedMessage::getAckId).toList()));
        waitingBytes.addAndGet(bytesOf(messages));
        waiting.add(messages);
      }
      if (waitingBytes.get() > MAX_WAITING_BYTES) {
        pausedPulls++;
        return;
      }
    }
    pull();
  }

  /** Pulls again, where that was paused and little waits. */
  private void resume() {
    int pulls = 0;
    synchronized (this) {
      if (pausedPulls > 0 && waitingBytes.get() <= MAX_WAITING_BYTES && !closed) {
        pulls = pausedPulls;
        pausedPulls = 0;
      }
    }
    for (int i = 0; i < pulls; i++) {
      pull();
    }
  }

  private void pullFailed(Throwable failure) {
    Status status = Status.fromThrowable(failure);
    int count;
    synchronized (this) {
      if (closed) {
        return;
      }
      count = status.getCode() == Status.Code.DEADLINE_EXCEEDED ? 0 : ++failures;
    }
    switch (status.getCode()) {
      case DEADLINE_EXCEEDED -> pull();
      case NOT_FOUND, PERMISSION_DENIED, UNAUTHENTICATED, INVALID_ARGUMENT, FAILED_PRECONDITION ->
          fatal = failure;
      default -> {
        if (count == 1) {
          LOG.warn("cannot pull from {}, and tries again: {}", subscription, reasonOf(failure));
        }
        later(this::pull, count);
      }
    }
  }

  /** The wait doubles with each failure, and no two readers wait alike. */
  private void later(Runnable task, int failuresSoFar) {
    long wait =
        Math.min(
            LONGEST_WAIT_MILLIS,
            SHORTEST_WAIT_MILLIS << Math.min(10, Math.max(0, failuresSoFar - 1)));
    synchronized (this) {
      if (!closed) {
        timer.schedule(
            task,
            wait / 2 + ThreadLocalRandom.current().nextLong(wait / 2 + 1),
            TimeUnit.MILLISECONDS);
      }
    }
  }

  private void extendLeases() {
    long now = System.nanoTime();
    List<String> ids = new ArrayList<>();
    synchronized (this) {
      for (Lease lease : leases) {
        if (lease.end - now < LEASE_RESERVE.toNanos()) {
          lease.end = now + LEASE.toNanos();
          ids.addAll(lease.rest());
        }
      }
    }
    forEachRequest(
        ids,
        part -> {
          ListenableFuture<Empty> answer = changeDeadline(part, LEASE);
          onFailure(
              answer, failure -> LOG.debug("leases were not extended: {}", reasonOf(failure)));
          return answer;
        });
  }

  private ListenableFuture<Empty> changeDeadline(List<String> ids, Duration deadline) {
    return stub.withDeadlineAfter(CALL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .modifyAckDeadline(
            ModifyAckDeadlineRequest.newBuilder()
                .setSubscription(subscription)
                .addAllAckIds(ids)
                .setAckDeadlineSeconds(Math.toIntExact(deadline.toSeconds()))
                .build());
  }

  /** Stops, and gives back what is not acknowledged: it is delivered again at once. */
  void close() {
    List<String> ids = new ArrayList<>();
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      leases.forEach(lease -> ids.addAll(lease.rest()));
      leases.clear();
      // First, or they would be answered with what is given back.
      waitingPulls.forEach(pullCall -> pullCall.cancel(true));
    }
    timer.shutdownNow();
    try {
      Futures.successfulAsList(forEachRequest(ids, part -> changeDeadline(part, Duration.ZERO)))
          .get(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (Exception away) {
      LOG.debug("messages could not be released; they come again when their leases end", away);
    }
    channel.shutdownNow();
  }

  private static List<ListenableFuture<Empty>> forEachRequest(
      List<String> ids, Function<List<String>, ListenableFuture<Empty>> request) {
    List<ListenableFuture<Empty>> answers = new ArrayList<>();
    for (int from = 0; from < ids.size(); from += MAX_IDS) {
      answers.add(request.apply(ids.subList(from, Math.min(from + MAX_IDS, ids.size()))));
    }
    return answers;
  }

  private static void onFailure(ListenableFuture<Empty> answer, Consumer<Throwable> reaction) {
    Futures.addCallback(
        answer,
        new FutureCallback<Empty>() {
          @Override
          public void onSuccess(Empty nothing) {}

          @Override
          public void onFailure(Throwable failure) {
            reaction.accept(failure);
          }
        },
        MoreExecutors.directExecutor());
  }

  /** In one line. */
  private static String reasonOf(Throwable failure) {
    Status status = Status.fromThrowable(failure);
    return status.getDescription() == null
        ? status.getCode().toString()
        : status.getCode() + ": " + status.getDescription();
  }

  private static long bytesOf(List<ReceivedMessage> messages) {
    long bytes = 0;
    for (ReceivedMessage message : messages) {
      bytes += message.getSerializedSize();
    }
    return bytes;
  }
}
