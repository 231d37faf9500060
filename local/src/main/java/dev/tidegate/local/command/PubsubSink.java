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
import com.google.protobuf.ByteString;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.TopicName;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.NotificationIdentity;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Sends past the gateway: messages to the topic, as the gateway would make them. The body is
 * untouched, and what is known of it is in attributes. Only the time of receipt is Pub/Sub's, since
 * the gateway alone can prove another.
 */
final class PubsubSink extends NotificationSink {
  /** Pub/Sub's limit of an attribute's value, in bytes of UTF-8. */
  static final int LONGEST_ATTRIBUTE = 1024;

  /** Pub/Sub's limit of a request, and so of a message with its attributes. */
  private static final int LARGEST_MESSAGE = 10_000_000;

  /** What the request around a message takes. */
  private static final int REQUEST_OVERHEAD = 1_000;

  /** What may be under way at once: memory stays bounded however large the input is. */
  private static final long BYTES_UNDER_WAY = 32L << 20;

  private static final long MESSAGES_UNDER_WAY = 5_000;

  /** How long a server may be away before its messages count as refused. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String endpoint;
  private final String source;
  private final String tenant;
  private final Function<byte[], NotificationIdentity> identify;
  private final ManagedChannel channel;
  private final Publisher publisher;
  private volatile boolean hopeless;

  /**
   * @param source the kind of sender
   * @param tenant whose notifications they are
   * @param identify what can be read of a body's identity
   */
  PubsubSink(
      RunningSystem system,
      String source,
      String tenant,
      Function<byte[], NotificationIdentity> identify)
      throws IOException {
    this.endpoint = system.pubsubEndpoint();
    this.source = source;
    this.tenant = tenant;
    this.identify = identify;
    channel = ManagedChannelBuilder.forTarget(endpoint).usePlaintext().build();
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

  @Override
  void send(byte[] body) {
    publish(message(body, source, tenant, identify.apply(body)));
  }

  void publish(PubsubMessage message) {
    if (message.getSerializedSize() > LARGEST_MESSAGE - REQUEST_OVERHEAD) {
      refuse("a message of " + message.getSerializedSize() + " bytes is too large");
      return;
    }
    ApiFutures.addCallback(
        publisher.publish(message),
        new ApiFutureCallback<String>() {
          @Override
          public void onSuccess(String messageId) {
            accept();
          }

          @Override
          public void onFailure(Throwable failure) {
            hopeless |= isHopeless(failure);
            refuse(failure.getMessage());
          }
        },
        MoreExecutors.directExecutor());
  }

  static PubsubMessage message(
      byte[] body, String source, String tenant, NotificationIdentity identity) {
    PubsubMessage.Builder message = PubsubMessage.newBuilder().setData(ByteString.copyFrom(body));
    put(message, EventAttributes.SOURCE, source);
    put(message, EventAttributes.TENANT_ID, tenant);
    put(message, EventAttributes.CONTENT_TYPE, "application/json");
    put(message, EventAttributes.REQUEST_ID, UUID.randomUUID().toString());
    identity.notificationId().ifPresent(id -> put(message, EventAttributes.NOTIFICATION_ID, id));
    identity.eventType().ifPresent(type -> put(message, EventAttributes.EVENT_TYPE, type));
    return message.build();
  }

  /** Whether {@code value} can be an attribute's. */
  static boolean fits(String value) {
    return value.getBytes(StandardCharsets.UTF_8).length <= LONGEST_ATTRIBUTE;
  }

  /** One value too long would make Pub/Sub refuse the message; the pipeline reads the body too. */
  private static void put(PubsubMessage.Builder message, EventAttributes name, String value) {
    if (fits(value)) {
      message.putAttributes(name.attribute(), value);
    }
  }

  @Override
  int largestBody() {
    return LARGEST_MESSAGE;
  }

  /** The server is away, or the topic is. */
  @Override
  boolean isHopeless() {
    return hopeless;
  }

  private static boolean isHopeless(Throwable failure) {
    return failure instanceof ApiException answer
        && switch (answer.getStatusCode().getCode()) {
          case UNAVAILABLE, DEADLINE_EXCEEDED, NOT_FOUND, PERMISSION_DENIED, UNIMPLEMENTED -> true;
          default -> false;
        };
  }

  @Override
  void finish() throws InterruptedException {
    publisher.shutdown();
    publisher.awaitTermination(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  @Override
  String name() {
    return "Pub/Sub at " + endpoint;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
