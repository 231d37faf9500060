package dev.tidegate.gateway.publish;

import com.google.auth.oauth2.GoogleCredentials;
import com.google.cloud.pubsub.v1.TopicAdminSettings;
import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PublishResponse;
import com.google.pubsub.v1.PublisherGrpc;
import com.google.pubsub.v1.PublisherGrpc.PublisherFutureStub;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.TopicName;
import com.linecorp.armeria.common.util.Exceptions;
import dev.tidegate.gateway.publish.PublishException.Reason;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.auth.MoreCallCredentials;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A topic. Messages are batched naturally: a message is sent at once while few calls are open;
 * otherwise it is sent together with all that arrive until a call ends. No message waits for a
 * timer.
 *
 * <p>Only INVALID_ARGUMENT is a refusal: everything else (a topic that is missing, a permission, a
 * quota) can be mended without the message being another. One bad message has its whole call
 * refused; the messages are then sent in halves until the bad one is alone.
 */
public final class PubsubTopic implements AutoCloseable {
  /** With more, calls get smaller and cost more each; with fewer, a slow call holds more up. */
  private static final int MOST_CALLS = 2;

  /** Pub/Sub takes 1,000 messages and 10 MB in a call. */
  static final int MOST_MESSAGES = 1_000;

  static final long MOST_BYTES = 4 << 20;

  /** As much is kept of calls under way as trying them again takes: more than one message has. */
  private static final long RETRY_BYTES = 12 << 20;

  /** gRPC itself tries again what did not get through. */
  private static final Map<String, ?> RETRIES =
      Map.of(
          "methodConfig",
          List.of(
              Map.of(
                  "name",
                  List.of(Map.of("service", PublisherGrpc.SERVICE_NAME)),
                  "retryPolicy",
                  Map.of(
                      "maxAttempts",
                      2.0,
                      "initialBackoff",
                      "0.05s",
                      "maxBackoff",
                      "0.05s",
                      "backoffMultiplier",
                      1.0,
                      "retryableStatusCodes",
                      List.of("UNAVAILABLE")))));

  /** A connection whose other end is gone without a word is found out by a ping. */
  private static final Duration PING_INTERVAL = Duration.ofSeconds(30);

  private static final Duration PING_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration LONGEST_CLOSE = Duration.ofSeconds(5);

  private final String name;
  private final Duration answerWithin;
  private final PubsubCircuit circuit;
  private final ManagedChannel channel;
  private final PublisherFutureStub stub;
  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private int calls;

  /**
   * The result for messages of one ordering key.
   *
   * @param count how many of the first were taken
   * @param failure why the one behind them was not; empty where all were taken
   */
  public record Taken(int count, Optional<PublishException> failure) {}

  private record Waiting(PubsubMessage message, CompletableFuture<String> messageId) {
    Waiting(PubsubMessage message) {
      this(message, new CompletableFuture<>());
    }
  }

  private PubsubTopic(
      String name,
      Duration answerWithin,
      PubsubCircuit circuit,
      ManagedChannel channel,
      PublisherFutureStub stub) {
    this.name = name;
    this.answerWithin = answerWithin;
    this.circuit = circuit;
    this.channel = channel;
    this.stub = stub;
  }

  /**
   * Opens a topic. It is not contacted yet.
   *
   * @param answerWithin how long a call may take, with being tried again
   * @throws IllegalStateException where there are no Google credentials and no endpoint is given
   */
  public static PubsubTopic open(PubsubConfiguration configuration, Duration answerWithin) {
    return open(configuration, answerWithin, new PubsubCircuit(answerWithin));
  }

  /**
   * Opens a topic, as above.
   *
   * @param circuit gets the result of each call
   * @throws IllegalStateException where there are no Google credentials and no endpoint is given
   */
  static PubsubTopic open(
      PubsubConfiguration configuration, Duration answerWithin, PubsubCircuit circuit) {
    String name = TopicName.format(configuration.project(), configuration.topic());
    if (configuration.endpoint().isPresent()) {
      ManagedChannel channel = channel(configuration.endpoint().get(), true);
      return new PubsubTopic(
          name, answerWithin, circuit, channel, PublisherGrpc.newFutureStub(channel));
    }
    try {
      GoogleCredentials credentials =
          GoogleCredentials.getApplicationDefault()
              .createScoped(TopicAdminSettings.getDefaultServiceScopes());
      ManagedChannel channel = channel(TopicAdminSettings.getDefaultEndpoint(), false);
      return new PubsubTopic(
          name,
          answerWithin,
          circuit,
          channel,
          PublisherGrpc.newFutureStub(channel)
              .withCallCredentials(MoreCallCredentials.from(credentials)));
    } catch (IOException noCredentials) {
      throw new IllegalStateException(
          "Google's credentials are missing: set GOOGLE_APPLICATION_CREDENTIALS, or give the"
              + " endpoint of an emulator.",
          noCredentials);
    }
  }

  private static ManagedChannel channel(String endpoint, boolean plaintext) {
    ManagedChannelBuilder<?> builder =
        ManagedChannelBuilder.forTarget(endpoint)
            .defaultServiceConfig(RETRIES)
            .perRpcBufferLimit(RETRY_BYTES)
            .retryBufferSize(RETRY_BYTES * MOST_CALLS)
            .keepAliveTime(PING_INTERVAL.toSeconds(), TimeUnit.SECONDS)
            .keepAliveTimeout(PING_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    return (plaintext ? builder.usePlaintext() : builder).build();
  }

  /**
   * Publishes {@code message}. Never blocks.
   *
   * @return the message's ID; or failed with a {@link PublishException}
   */
  CompletableFuture<String> send(PubsubMessage message) {
    Waiting one = new Waiting(message);
    List<Waiting> batch;
    synchronized (waiting) {
      waiting.add(one);
      if (calls == MOST_CALLS) {
        return one.messageId();
      }
      calls++;
      batch = nextBatch();
    }
    callAndGoOn(batch);
    return one.messageId();
  }

  private void callAndGoOn(List<Waiting> batch) {
    call(batch)
        .thenRun(
            () -> {
              List<Waiting> next;
              synchronized (waiting) {
                next = nextBatch();
                if (next.isEmpty()) {
                  calls--;
                }
              }
              if (!next.isEmpty()) {
                callAndGoOn(next);
              }
            });
  }

  /** The messages that have waited longest: as many as a call takes. */
  private List<Waiting> nextBatch() {
    List<Waiting> batch = new ArrayList<>();
    long bytes = 0;
    for (Waiting next = waiting.peek(); next != null; next = waiting.peek()) {
      bytes += next.message().getSerializedSize();
      if (!batch.isEmpty() && (bytes > MOST_BYTES || batch.size() == MOST_MESSAGES)) {
        break;
      }
      batch.add(waiting.remove());
    }
    return batch;
  }

  /**
   * Publishes {@code messages} in one call, so that Pub/Sub takes them in their order: at most
   * {@link #MOST_MESSAGES} and {@link #MOST_BYTES}, or one message.
   *
   * @return for each what {@link #send} returns
   */
  List<CompletableFuture<String>> sendInOrder(List<PubsubMessage> messages) {
    List<Waiting> batch = messages.stream().map(Waiting::new).toList();
    var unused = call(batch);
    return batch.stream().map(Waiting::messageId).toList();
  }

  /**
   * Publishes {@code messages}, which have one ordering key, in calls one after another. Behind a
   * message that is not taken none is sent: so the order stays when it is sent again.
   *
   * @param goOn asked before each call; where it says no, the rest is {@code UNAVAILABLE}
   */
  public CompletableFuture<Taken> sendWhileTaken(
      List<PubsubMessage> messages, BooleanSupplier goOn) {
    return sendWhileTaken(messages, 0, MOST_MESSAGES, goOn);
  }

  private CompletableFuture<Taken> sendWhileTaken(
      List<PubsubMessage> messages, int first, int most, BooleanSupplier goOn) {
    if (first == messages.size()) {
      return CompletableFuture.completedFuture(new Taken(first, Optional.empty()));
    }
    if (!goOn.getAsBoolean()) {
      return CompletableFuture.completedFuture(
          new Taken(
              first,
              Optional.of(new PublishException(Reason.UNAVAILABLE, "There was no time left."))));
    }
    int end = first + 1;
    long bytes = messages.get(first).getSerializedSize();
    while (end < messages.size() && end - first < most) {
      bytes += messages.get(end).getSerializedSize();
      if (bytes > MOST_BYTES) {
        break;
      }
      end++;
    }
    int last = end;
    return publish(messages.subList(first, last))
        .handle((ids, failed) -> Optional.ofNullable(failed).map(PubsubTopic::reasonOf))
        .thenCompose(
            failure -> {
              if (failure.isEmpty()) {
                return sendWhileTaken(messages, last, most, goOn);
              }
              if (failure.get().reason() == Reason.REFUSED && last - first > 1) {
                return sendWhileTaken(messages, first, (last - first) / 2, goOn);
              }
              return CompletableFuture.completedFuture(new Taken(first, failure));
            });
  }

  /** Completes when all of {@code batch} is answered. */
  private CompletableFuture<Void> call(List<Waiting> batch) {
    return publish(batch.stream().map(Waiting::message).toList())
        .handle(
            (ids, failed) -> {
              if (failed != null) {
                return fail(batch, reasonOf(failed));
              }
              for (int i = 0; i < batch.size(); i++) {
                batch.get(i).messageId().complete(ids.get(i));
              }
              return CompletableFuture.<Void>completedFuture(null);
            })
        .thenCompose(settled -> settled);
  }

  private CompletableFuture<Void> fail(List<Waiting> batch, PublishException why) {
    if (why.reason() == Reason.REFUSED && batch.size() > 1) {
      int half = batch.size() / 2;
      return call(batch.subList(0, half))
          .thenCompose(done -> call(batch.subList(half, batch.size())));
    }
    batch.forEach(one -> one.messageId().completeExceptionally(why));
    return CompletableFuture.completedFuture(null);
  }

  /** One call: the messages' IDs, or failed with a {@link PublishException}. */
  private CompletableFuture<List<String>> publish(List<PubsubMessage> messages) {
    CompletableFuture<List<String>> answer = new CompletableFuture<>();
    PublishRequest request =
        PublishRequest.newBuilder().setTopic(name).addAllMessages(messages).build();
    Futures.addCallback(
        stub.withDeadlineAfter(answerWithin.toMillis(), TimeUnit.MILLISECONDS).publish(request),
        new FutureCallback<PublishResponse>() {
          @Override
          public void onSuccess(PublishResponse response) {
            if (response.getMessageIdsCount() != messages.size()) {
              onFailure(Status.INTERNAL.asRuntimeException());
              return;
            }
            circuit.answered();
            answer.complete(response.getMessageIdsList());
          }

          @Override
          public void onFailure(Throwable failure) {
            answer.completeExceptionally(judged(failure));
          }
        },
        MoreExecutors.directExecutor());
    return answer;
  }

  private PublishException judged(Throwable failure) {
    Status.Code code = Status.fromThrowable(failure).getCode();
    if (code == Status.Code.INVALID_ARGUMENT) {
      circuit.answered();
      return new PublishException(
          Reason.REFUSED, "Pub/Sub refuses the event for good (%s).".formatted(code));
    }
    circuit.failed(failure);
    return new PublishException(Reason.UNAVAILABLE, "Pub/Sub is away (%s).".formatted(code));
  }

  private static PublishException reasonOf(Throwable failed) {
    return (PublishException) Exceptions.peel(failed);
  }

  /** Lets the next message try to connect, even if the last one has just failed. */
  public void reconnect() {
    channel.resetConnectBackoff();
  }

  /** Ends what is under way. */
  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(LONGEST_CLOSE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }
}
