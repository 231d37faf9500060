package dev.tidegate.local.gateway;

import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.GrpcTransportChannel;
import com.google.api.gax.rpc.FixedTransportChannelProvider;
import com.google.api.gax.rpc.TransportChannelProvider;
import com.google.cloud.pubsub.v1.SubscriptionAdminClient;
import com.google.cloud.pubsub.v1.SubscriptionAdminSettings;
import com.google.cloud.pubsub.v1.TopicAdminClient;
import com.google.cloud.pubsub.v1.TopicAdminSettings;
import com.google.cloud.pubsub.v1.stub.GrpcSubscriberStub;
import com.google.cloud.pubsub.v1.stub.SubscriberStub;
import com.google.cloud.pubsub.v1.stub.SubscriberStubSettings;
import com.google.pubsub.v1.AcknowledgeRequest;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.PullRequest;
import com.google.pubsub.v1.PushConfig;
import com.google.pubsub.v1.ReceivedMessage;
import com.google.pubsub.v1.SubscriptionName;
import com.google.pubsub.v1.TopicName;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A topic with one subscription, and what comes out of it. */
final class PubsubInbox implements AutoCloseable {
  private static final TopicName TOPIC = TopicName.of("local-dev", "events");
  private static final SubscriptionName SUBSCRIPTION =
      SubscriptionName.of("local-dev", "events-sub");

  private final ManagedChannel channel;
  private final TransportChannelProvider transport;
  private final SubscriberStub subscriber;

  PubsubInbox(String endpoint) throws IOException {
    channel = ManagedChannelBuilder.forTarget(endpoint).usePlaintext().build();
    transport = FixedTransportChannelProvider.create(GrpcTransportChannel.create(channel));
    subscriber =
        GrpcSubscriberStub.create(
            SubscriberStubSettings.newBuilder()
                .setTransportChannelProvider(transport)
                .setCredentialsProvider(NoCredentialsProvider.create())
                .build());
  }

  /** What a gateway is told that publishes to it. */
  static PubsubConfiguration configuration(String endpoint) {
    return new PubsubConfiguration(TOPIC.getProject(), TOPIC.getTopic(), Optional.of(endpoint));
  }

  void create() throws IOException {
    createTopic();
    createSubscription();
  }

  void createTopic() throws IOException {
    try (TopicAdminClient topics =
        TopicAdminClient.create(
            TopicAdminSettings.newBuilder()
                .setTransportChannelProvider(transport)
                .setCredentialsProvider(NoCredentialsProvider.create())
                .build())) {
      topics.createTopic(TOPIC);
    }
  }

  private void createSubscription() throws IOException {
    try (SubscriptionAdminClient subscriptions =
        SubscriptionAdminClient.create(
            SubscriptionAdminSettings.newBuilder()
                .setTransportChannelProvider(transport)
                .setCredentialsProvider(NoCredentialsProvider.create())
                .build())) {
      subscriptions.createSubscription(SUBSCRIPTION, TOPIC, PushConfig.getDefaultInstance(), 60);
    }
  }

  /** Pulls and acknowledges until every one of {@code expected} came, or none comes any more. */
  Set<String> notificationIds(Set<String> expected, Duration longest) {
    Set<String> found = new HashSet<>();
    long deadline = System.nanoTime() + longest.toNanos();
    while (!found.containsAll(expected) && System.nanoTime() < deadline) {
      pull(1_000).forEach(message -> found.add(message.getAttributesOrThrow("notification_id")));
    }
    return found;
  }

  /** Pulls and acknowledges what is there. */
  List<PubsubMessage> pull(int most) {
    List<ReceivedMessage> received =
        subscriber
            .pullCallable()
            .call(
                PullRequest.newBuilder()
                    .setSubscription(SUBSCRIPTION.toString())
                    .setMaxMessages(most)
                    .setReturnImmediately(true)
                    .build())
            .getReceivedMessagesList();
    List<PubsubMessage> messages = new ArrayList<>();
    if (!received.isEmpty()) {
      subscriber
          .acknowledgeCallable()
          .call(
              AcknowledgeRequest.newBuilder()
                  .setSubscription(SUBSCRIPTION.toString())
                  .addAllAckIds(received.stream().map(ReceivedMessage::getAckId).toList())
                  .build());
      received.forEach(message -> messages.add(message.getMessage()));
    }
    return messages;
  }

  @Override
  public void close() {
    subscriber.close();
    channel.shutdownNow();
  }
}
