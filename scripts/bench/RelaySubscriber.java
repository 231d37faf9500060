import com.google.pubsub.v1.DeleteSubscriptionRequest;
import com.google.pubsub.v1.ReceivedMessage;
import com.google.pubsub.v1.StreamingPullRequest;
import com.google.pubsub.v1.StreamingPullResponse;
import com.google.pubsub.v1.SubscriberGrpc;
import com.google.pubsub.v1.Subscription;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** Receives what a contestant publishes, and notes what came when and in which order. */
final class RelaySubscriber implements AutoCloseable {
  private static final String NAME = "projects/local-dev/subscriptions/relay-bench";
  private static final int DEADLINE_SECONDS = 60;

  private final ManagedChannel channel;
  private final StreamObserver<StreamingPullRequest> stream;
  private final Set<Long> messages = new HashSet<>();
  private long first;
  private long[] places = {};
  private long[] micros = {};
  private int seen;
  private long lastNanos;
  private volatile boolean closed;

  RelaySubscriber(String endpoint) {
    channel = ManagedChannelBuilder.forTarget(endpoint).usePlaintext().build();
    SubscriberGrpc.newBlockingStub(channel)
        .createSubscription(
            Subscription.newBuilder()
                .setName(NAME)
                .setTopic(RelayTopic.NAME)
                .setAckDeadlineSeconds(DEADLINE_SECONDS)
                .build());
    stream =
        SubscriberGrpc.newStub(channel)
            .streamingPull(
                new StreamObserver<>() {
                  @Override
                  public void onNext(StreamingPullResponse response) {
                    received(response);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    if (!closed) {
                      failure.printStackTrace();
                      System.exit(1);
                    }
                  }

                  @Override
                  public void onCompleted() {}
                });
    stream.onNext(
        StreamingPullRequest.newBuilder()
            .setSubscription(NAME)
            .setStreamAckDeadlineSeconds(DEADLINE_SECONDS)
            .build());
  }

  /** Expects the rows {@code first} to {@code first + count - 1}, and forgets all before. */
  synchronized void expect(long first, int count) {
    this.first = first;
    places = new long[count];
    micros = new long[count];
    messages.clear();
    seen = 0;
  }

  private void received(StreamingPullResponse response) {
    long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    StreamingPullRequest.Builder acknowledged = StreamingPullRequest.newBuilder();
    synchronized (this) {
      for (ReceivedMessage message : response.getReceivedMessagesList()) {
        acknowledged.addAckIds(message.getAckId());
        long number = RelayOutbox.Row.numberIn(message.getMessage().getData().toStringUtf8());
        int index = (int) (number - first);
        // IDs of the embedded Pub/Sub grow in the order of its topic.
        long place = Long.parseLong(message.getMessage().getMessageId());
        if (index < 0 || index >= places.length || !messages.add(place)) {
          continue;
        }
        if (places[index] == 0) {
          seen++;
          micros[index] = now;
          lastNanos = System.nanoTime();
        }
        places[index] = places[index] == 0 ? place : Math.min(places[index], place);
      }
      notifyAll();
    }
    stream.onNext(acknowledged.build());
  }

  /**
   * Waits until all expected rows were seen; at most until none has come for {@code quietMillis},
   * or until {@code endNanos}.
   *
   * @return whether all were seen
   */
  synchronized boolean await(long quietMillis, long endNanos) throws InterruptedException {
    lastNanos = System.nanoTime();
    while (seen < places.length) {
      long now = System.nanoTime();
      if (now > endNanos || now - lastNanos > quietMillis * 1_000_000) {
        return false;
      }
      wait(100);
    }
    return true;
  }

  /** How many of the expected rows were seen. */
  synchronized int seen() {
    return seen;
  }

  /** When a row was last seen for the first time, by {@link System#nanoTime}. */
  synchronized long lastNanos() {
    return lastNanos;
  }

  /** How many messages were more than one of their row. */
  synchronized int repeated() {
    return messages.size() - seen;
  }

  /**
   * How many rows came for the first time behind a later one of their aggregate, in the order of
   * the topic.
   *
   * @param aggregates rows follow one another by turns of so many
   */
  synchronized int outOfOrder(int aggregates) {
    Integer[] order = new Integer[places.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (one, other) -> Long.compare(places[one], places[other]));
    int[] latest = new int[aggregates];
    Arrays.fill(latest, -1);
    int late = 0;
    for (int index : order) {
      if (places[index] != 0) {
        late += index < latest[index % aggregates] ? 1 : 0;
        latest[index % aggregates] = Math.max(latest[index % aggregates], index);
      }
    }
    return late;
  }

  /** Milliseconds from {@code committed}, by row, to when it was seen; sorted. */
  synchronized double[] millisSince(long[] committed) {
    double[] millis = new double[seen];
    int count = 0;
    for (int i = 0; i < places.length; i++) {
      if (places[i] != 0) {
        millis[count++] = Math.max(0, micros[i] - committed[i]) / 1e3;
      }
    }
    Arrays.sort(millis);
    return millis;
  }

  @Override
  public void close() {
    closed = true;
    SubscriberGrpc.newBlockingStub(channel)
        .deleteSubscription(DeleteSubscriptionRequest.newBuilder().setSubscription(NAME).build());
    channel.shutdownNow();
  }
}
