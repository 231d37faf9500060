package dev.tidegate.local.command;

import com.google.api.core.ApiFutureCallback;
import com.google.api.core.ApiFutures;
import com.google.api.gax.batching.BatchingSettings;
import com.google.api.gax.batching.FlowControlSettings;
import com.google.api.gax.batching.FlowController.LimitExceededBehavior;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.GrpcTransportChannel;
import com.google.api.gax.retrying.RetrySettings;
import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.FixedTransportChannelProvider;
import com.google.cloud.pubsub.v1.Publisher;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.TopicName;
import dev.tidegate.local.RunningSystem;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Publishes to the running system's topic and counts what Pub/Sub says to it. */
final class NotificationPublisher implements AutoCloseable {
  /** What may be under way at once: memory stays bounded however large the input is. */
  private static final long BYTES_UNDER_WAY = 32L << 20;

  private static final long MESSAGES_UNDER_WAY = 5_000;

  /** How long a server may be away before its messages count as refused. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final ManagedChannel channel;
  private final Publisher publisher;
  private final AtomicLong accepted = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicReference<Throwable> firstRefusal = new AtomicReference<>();

  NotificationPublisher(RunningSystem system) throws IOException {
    channel = ManagedChannelBuilder.forTarget(system.pubsubEndpoint()).usePlaintext().build();
    publisher =
        Publisher.newBuilder(TopicName.of(system.project(), system.topic()))
            .setChannelProvider(
                FixedTransportChannelProvider.create(GrpcTransportChannel.create(channel)))
            .setCredentialsProvider(NoCredentialsProvider.create())
            .setRetrySettings(
                RetrySettings.newBuilder()
                    .setInitialRetryDelayDuration(Duration.ofMillis(100))
                    .setRetryDelayMultiplier(2)
                    .setMaxRetryDelayDuration(Duration.ofSeconds(2))
                    .setInitialRpcTimeoutDuration(PATIENCE)
                    .setRpcTimeoutMultiplier(1)
                    .setMaxRpcTimeoutDuration(PATIENCE)
                    .setTotalTimeoutDuration(PATIENCE)
                    .build())
            .setBatchingSettings(
                BatchingSettings.newBuilder()
                    .setElementCountThreshold(500L)
                    .setRequestByteThreshold(1L << 20)
                    .setDelayThresholdDuration(Duration.ofMillis(20))
                    .setFlowControlSettings(
                        FlowControlSettings.newBuilder()
                            .setMaxOutstandingElementCount(MESSAGES_UNDER_WAY)
                            .setMaxOutstandingRequestBytes(BYTES_UNDER_WAY)
                            .setLimitExceededBehavior(LimitExceededBehavior.Block)
                            .build())
                    .build())
            .build();
  }

  /** Hands {@code message} over; waits while too much is under way. */
  void publish(PubsubMessage message) {
    ApiFutures.addCallback(
        publisher.publish(message),
        new ApiFutureCallback<String>() {
          @Override
          public void onSuccess(String messageId) {
            accepted.incrementAndGet();
          }

          @Override
          public void onFailure(Throwable failure) {
            firstRefusal.compareAndSet(null, failure);
            refused.incrementAndGet();
          }
        },
        MoreExecutors.directExecutor());
  }

  /** Counts a message that cannot be sent. */
  void refuse(String reason) {
    firstRefusal.compareAndSet(null, new CommandFailure(reason));
    refused.incrementAndGet();
  }

  /** Whether going on is pointless: the server is away, or the topic is. */
  boolean isHopeless() {
    return firstRefusal.get() instanceof ApiException failure
        && switch (failure.getStatusCode().getCode()) {
          case UNAVAILABLE, DEADLINE_EXCEEDED, NOT_FOUND, PERMISSION_DENIED, UNIMPLEMENTED -> true;
          default -> false;
        };
  }

  /** Waits until Pub/Sub has answered to all that was published. */
  void finish() throws InterruptedException {
    publisher.shutdown();
    publisher.awaitTermination(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  long accepted() {
    return accepted.get();
  }

  long refused() {
    return refused.get();
  }

  /** Why the first refused message was. */
  Optional<String> firstReason() {
    return Optional.ofNullable(firstRefusal.get()).map(Throwable::getMessage);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
