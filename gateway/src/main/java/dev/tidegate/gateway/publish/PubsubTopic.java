package dev.tidegate.gateway.publish;

import com.google.api.core.ApiFutureCallback;
import com.google.api.core.ApiFutures;
import com.google.api.gax.batching.BatchingSettings;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.api.gax.retrying.RetrySettings;
import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.StatusCode;
import com.google.cloud.pubsub.v1.Publisher;
import com.google.cloud.pubsub.v1.TopicAdminSettings;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.TopicName;
import dev.tidegate.gateway.publish.Delivery.Away;
import dev.tidegate.gateway.publish.Delivery.Confirmed;
import dev.tidegate.gateway.publish.Delivery.Refused;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A topic, through Google's client library. Messages that come within two milliseconds share a
 * request. An answer comes within two attempts, whatever the network does.
 *
 * <p>Only INVALID_ARGUMENT is a refusal: everything else (a topic that is missing, a permission, a
 * quota) can be mended without the message being another.
 */
final class PubsubTopic implements AutoCloseable {
  private static final int ATTEMPTS = 2;
  private static final Duration BEFORE_RETRY = Duration.ofMillis(50);

  /** At least the 10 s that the library asks for; {@link #ATTEMPTS} end earlier. */
  private static final Duration TOTAL_TIMEOUT = Duration.ofSeconds(20);

  private static final Duration BATCH_DELAY = Duration.ofMillis(2);
  private static final long BATCH_MESSAGES = 200;
  private static final long BATCH_BYTES = 1 << 20;

  /** More than {@link #sendInOrder} is given: its one request leaves when it is complete. */
  private static final long ORDERED_MESSAGES = 1_000;

  private static final long ORDERED_BYTES = 9 << 20;
  private static final Duration ORDERED_DELAY = Duration.ofSeconds(10);

  /** A connection whose other end is gone without a word is found out by a ping. */
  private static final Duration PING_INTERVAL = Duration.ofSeconds(30);

  private static final Duration PING_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration LONGEST_CLOSE = Duration.ofSeconds(5);

  private final ChannelRecorder channels = new ChannelRecorder();
  private final Publisher together;
  private final Publisher alone;
  private final Publisher ordered;

  private PubsubTopic(PubsubConfiguration configuration, Duration attemptTimeout)
      throws IOException {
    together =
        publisher(
            configuration,
            attemptTimeout,
            BatchingSettings.newBuilder()
                .setDelayThresholdDuration(BATCH_DELAY)
                .setElementCountThreshold(BATCH_MESSAGES)
                .setRequestByteThreshold(BATCH_BYTES)
                .build());
    alone =
        publisher(
            configuration,
            attemptTimeout,
            BatchingSettings.newBuilder()
                .setDelayThresholdDuration(BATCH_DELAY)
                .setElementCountThreshold(1L)
                .setRequestByteThreshold(1L)
                .build());
    ordered =
        publisher(
            configuration,
            attemptTimeout,
            BatchingSettings.newBuilder()
                .setDelayThresholdDuration(ORDERED_DELAY)
                .setElementCountThreshold(ORDERED_MESSAGES)
                .setRequestByteThreshold(ORDERED_BYTES)
                .build());
  }

  /**
   * Opens a topic. It is not contacted yet.
   *
   * @param attemptTimeout how long each of two attempts waits for Pub/Sub
   * @throws IllegalStateException where there are no Google credentials and no endpoint is given
   */
  static PubsubTopic open(PubsubConfiguration configuration, Duration attemptTimeout) {
    try {
      return new PubsubTopic(configuration, attemptTimeout);
    } catch (IOException noCredentials) {
      throw new IllegalStateException(
          "Google's credentials are missing: set GOOGLE_APPLICATION_CREDENTIALS, or give the"
              + " endpoint of an emulator.",
          noCredentials);
    }
  }

  /** Publishes {@code message}. Never blocks, and the answer never fails. */
  CompletableFuture<Delivery> send(PubsubMessage message) {
    return send(together, message).thenCompose(delivery -> againAlone(delivery, message));
  }

  /**
   * Publishes {@code messages} in one request, so that Pub/Sub takes them in their order. At most
   * 1,000 messages and 9 MB, or one message. The caller waits for the answers before it sends more.
   */
  List<CompletableFuture<Delivery>> sendInOrder(List<PubsubMessage> messages) {
    List<CompletableFuture<Delivery>> deliveries =
        messages.stream()
            .map(
                message ->
                    send(ordered, message).thenCompose(delivery -> againAlone(delivery, message)))
            .toList();
    ordered.publishAllOutstanding();
    return deliveries;
  }

  /** One bad message has its whole request refused. Sent alone, each message answers for itself. */
  private CompletableFuture<Delivery> againAlone(Delivery delivery, PubsubMessage message) {
    return delivery instanceof Refused
        ? send(alone, message)
        : CompletableFuture.completedFuture(delivery);
  }

  /** Has the next message try to connect, however long ago the last one failed to. */
  void reconnect() {
    channels.reconnect();
  }

  /** Sends what is under way, and waits for its answers. */
  @Override
  public void close() {
    List<Publisher> publishers = List.of(together, alone, ordered);
    publishers.forEach(Publisher::shutdown);
    try {
      for (Publisher publisher : publishers) {
        publisher.awaitTermination(LONGEST_CLOSE.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private static CompletableFuture<Delivery> send(Publisher publisher, PubsubMessage message) {
    CompletableFuture<Delivery> delivery = new CompletableFuture<>();
    try {
      ApiFutures.addCallback(
          publisher.publish(message),
          new ApiFutureCallback<>() {
            @Override
            public void onSuccess(String messageId) {
              delivery.complete(new Confirmed(messageId));
            }

            @Override
            public void onFailure(Throwable failure) {
              delivery.complete(failed(failure));
            }
          },
          MoreExecutors.directExecutor());
    } catch (IllegalStateException closed) {
      delivery.complete(new Away("CLOSED"));
    }
    return delivery;
  }

  private static Delivery failed(Throwable failure) {
    StatusCode.Code code =
        failure instanceof ApiException api
            ? api.getStatusCode().getCode()
            : StatusCode.Code.UNKNOWN;
    return code == StatusCode.Code.INVALID_ARGUMENT
        ? new Refused(code.name())
        : new Away(code.name());
  }

  private Publisher publisher(
      PubsubConfiguration configuration, Duration attemptTimeout, BatchingSettings batching)
      throws IOException {
    InstantiatingGrpcChannelProvider.Builder channel =
        TopicAdminSettings.defaultGrpcTransportProviderBuilder()
            .setKeepAliveTimeDuration(PING_INTERVAL)
            .setKeepAliveTimeoutDuration(PING_TIMEOUT);
    Publisher.Builder publisher =
        Publisher.newBuilder(TopicName.of(configuration.project(), configuration.topic()))
            .setBatchingSettings(batching)
            .setRetrySettings(
                RetrySettings.newBuilder()
                    .setMaxAttempts(ATTEMPTS)
                    .setInitialRetryDelayDuration(BEFORE_RETRY)
                    .setRetryDelayMultiplier(1)
                    .setMaxRetryDelayDuration(BEFORE_RETRY)
                    .setInitialRpcTimeoutDuration(attemptTimeout)
                    .setRpcTimeoutMultiplier(1)
                    .setMaxRpcTimeoutDuration(attemptTimeout)
                    .setTotalTimeoutDuration(TOTAL_TIMEOUT)
                    .build());
    if (configuration.endpoint().isPresent()) {
      channel.setEndpoint(configuration.endpoint().get());
      channel.setChannelConfigurator(
          builder -> channels.recording(((ManagedChannelBuilder<?>) builder).usePlaintext()));
      publisher.setEndpoint(configuration.endpoint().get());
      publisher.setCredentialsProvider(NoCredentialsProvider.create());
    } else {
      channel.setChannelConfigurator(builder -> channels.recording(builder));
    }
    return publisher.setChannelProvider(channel.build()).build();
  }
}
