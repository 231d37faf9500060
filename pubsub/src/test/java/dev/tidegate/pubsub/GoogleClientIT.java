package dev.tidegate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.api.core.ApiFuture;
import com.google.api.core.ApiFutures;
import com.google.api.gax.batching.FlowControlSettings;
import com.google.api.gax.core.CredentialsProvider;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.GrpcTransportChannel;
import com.google.api.gax.rpc.AlreadyExistsException;
import com.google.api.gax.rpc.FixedTransportChannelProvider;
import com.google.api.gax.rpc.NotFoundException;
import com.google.api.gax.rpc.TransportChannelProvider;
import com.google.cloud.pubsub.v1.AckReplyConsumer;
import com.google.cloud.pubsub.v1.MessageReceiver;
import com.google.cloud.pubsub.v1.Publisher;
import com.google.cloud.pubsub.v1.Subscriber;
import com.google.cloud.pubsub.v1.SubscriptionAdminClient;
import com.google.cloud.pubsub.v1.SubscriptionAdminSettings;
import com.google.cloud.pubsub.v1.TopicAdminClient;
import com.google.cloud.pubsub.v1.TopicAdminSettings;
import com.google.protobuf.ByteString;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.PushConfig;
import com.google.pubsub.v1.StreamingPullRequest;
import com.google.pubsub.v1.StreamingPullResponse;
import com.google.pubsub.v1.SubscriberGrpc;
import com.google.pubsub.v1.SubscriptionName;
import com.google.pubsub.v1.TopicName;
import dev.tidegate.testing.Patience;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Google's own client library over plaintext gRPC. */
class GoogleClientIT {
  private static final TopicName TOPIC = TopicName.of("local-dev", "events");
  private static final SubscriptionName SUBSCRIPTION =
      SubscriptionName.of("local-dev", "events-sub");
  private static final CredentialsProvider NO_CREDENTIALS = NoCredentialsProvider.create();

  @TempDir Path folder;
  private EmbeddedPubsub server;
  private ManagedChannel channel;
  private TransportChannelProvider transport;
  private TopicAdminClient topics;
  private SubscriptionAdminClient subscriptions;

  @BeforeEach
  void start() throws IOException {
    server = EmbeddedPubsub.start(folder, 0);
    channel = ManagedChannelBuilder.forTarget(server.endpoint()).usePlaintext().build();
    transport = FixedTransportChannelProvider.create(GrpcTransportChannel.create(channel));
    topics =
        TopicAdminClient.create(
            TopicAdminSettings.newBuilder()
                .setTransportChannelProvider(transport)
                .setCredentialsProvider(NO_CREDENTIALS)
                .build());
    subscriptions =
        SubscriptionAdminClient.create(
            SubscriptionAdminSettings.newBuilder()
                .setTransportChannelProvider(transport)
                .setCredentialsProvider(NO_CREDENTIALS)
                .build());
    topics.createTopic(TOPIC);
    subscriptions.createSubscription(SUBSCRIPTION, TOPIC, PushConfig.getDefaultInstance(), 10);
  }

  @AfterEach
  void stop() throws InterruptedException {
    topics.close();
    subscriptions.close();
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    server.close();
  }

  @Test
  void administersTopicsAndSubscriptions() {
    assertThat(topics.getTopic(TOPIC).getName()).isEqualTo(TOPIC.toString());
    assertThat(subscriptions.getSubscription(SUBSCRIPTION).getTopic()).isEqualTo(TOPIC.toString());
    assertThat(topics.listTopicSubscriptions(TOPIC).iterateAll())
        .containsExactly(SUBSCRIPTION.toString());
    assertThatThrownBy(() -> topics.createTopic(TOPIC)).isInstanceOf(AlreadyExistsException.class);
    subscriptions.deleteSubscription(SUBSCRIPTION);
    topics.deleteTopic(TOPIC);
    assertThatThrownBy(() -> topics.getTopic(TOPIC)).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> subscriptions.getSubscription(SUBSCRIPTION))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void deliversEveryMessageUnchangedAlsoThoseReturned() throws Exception {
    int count = 5_000;
    Map<String, PubsubMessage> published = publish(count);
    Map<String, PubsubMessage> received = new ConcurrentHashMap<>();
    Set<String> returned = ConcurrentHashMap.newKeySet();
    Subscriber subscriber =
        subscribe(
            (message, reply) -> {
              // Every tenth is returned the first time.
              if (message.getMessageId().hashCode() % 10 == 0
                  && returned.add(message.getMessageId())) {
                reply.nack();
              } else {
                received.put(message.getMessageId(), message);
                reply.ack();
              }
            },
            1_000);
    await().until(() -> received.keySet().containsAll(published.keySet()));
    await().until(() -> server.backlog(SUBSCRIPTION.toString()).oldestPublishTime().isEmpty());
    subscriber.stopAsync().awaitTerminated(10, TimeUnit.SECONDS);

    assertThat(returned).isNotEmpty();
    // There may be more: a publish that was repeated for want of an answer.
    published.forEach(
        (id, message) -> {
          assertThat(received.get(id).getData()).isEqualTo(message.getData());
          assertThat(received.get(id).getAttributesMap()).isEqualTo(message.getAttributesMap());
        });
  }

  @Test
  void givesAStreamNoMoreThanItSaysItCanHold() throws Exception {
    publish(50);
    Queue<AckReplyConsumer> held = new ConcurrentLinkedQueue<>();
    Subscriber subscriber = subscribe((message, reply) -> held.add(reply), 7);
    await().until(() -> held.size() == 7);
    assertThat(server.backlog(SUBSCRIPTION.toString()).outstanding()).isEqualTo(7);
    List<AckReplyConsumer> first = List.copyOf(held);
    first.forEach(AckReplyConsumer::ack);
    await().until(() -> held.size() == 14);
    assertThat(server.backlog(SUBSCRIPTION.toString()).outstanding()).isEqualTo(7);
    held.forEach(AckReplyConsumer::nack);
    subscriber.stopAsync().awaitTerminated(20, TimeUnit.SECONDS);
  }

  @Test
  void countsBytesToo() throws Exception {
    publish(50);
    Queue<StreamingPullResponse> responses = new ConcurrentLinkedQueue<>();
    StreamObserver<StreamingPullRequest> requests = streamingPull(responses);
    requests.onNext(
        StreamingPullRequest.newBuilder()
            .setSubscription(SUBSCRIPTION.toString())
            .setStreamAckDeadlineSeconds(10)
            .setMaxOutstandingBytes(1)
            .build());
    await().until(() -> !responses.isEmpty());
    // One message may exceed the limit; then nothing until it is acknowledged, from elsewhere even.
    StreamingPullResponse first = responses.remove();
    assertThat(first.getReceivedMessagesCount()).isEqualTo(1);
    assertThat(server.backlog(SUBSCRIPTION.toString()).outstanding()).isEqualTo(1);
    subscriptions.acknowledge(SUBSCRIPTION, List.of(first.getReceivedMessages(0).getAckId()));
    await().until(() -> !responses.isEmpty());
    assertThat(responses.remove().getReceivedMessagesCount()).isEqualTo(1);
    requests.onCompleted();
  }

  @Test
  void acceptsAcknowledgementsAfterReconnecting() throws Exception {
    publish(1);
    Queue<StreamingPullResponse> responses = new ConcurrentLinkedQueue<>();
    StreamingPullRequest begin =
        StreamingPullRequest.newBuilder()
            .setSubscription(SUBSCRIPTION.toString())
            .setStreamAckDeadlineSeconds(10)
            .build();
    StreamObserver<StreamingPullRequest> first = streamingPull(responses);
    first.onNext(begin);
    await().until(() -> !responses.isEmpty());
    first.onCompleted();

    String ackId = responses.remove().getReceivedMessages(0).getAckId();
    StreamObserver<StreamingPullRequest> second = streamingPull(responses);
    second.onNext(begin.toBuilder().addAckIds(ackId).build());
    await().until(() -> server.backlog(SUBSCRIPTION.toString()).oldestPublishTime().isEmpty());
    second.onCompleted();
  }

  @Test
  void endsStreamsOfADeletedSubscription() {
    AtomicReference<Throwable> error = new AtomicReference<>();
    StreamObserver<StreamingPullRequest> requests =
        SubscriberGrpc.newStub(channel)
            .streamingPull(
                new StreamObserver<>() {
                  @Override
                  public void onNext(StreamingPullResponse response) {}

                  @Override
                  public void onError(Throwable t) {
                    error.set(t);
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(
        StreamingPullRequest.newBuilder()
            .setSubscription(SUBSCRIPTION.toString())
            .setStreamAckDeadlineSeconds(10)
            .build());
    subscriptions.deleteSubscription(SUBSCRIPTION);
    await().until(() -> error.get() != null);
    assertThat(error.get()).hasMessageContaining("NOT_FOUND");
  }

  private StreamObserver<StreamingPullRequest> streamingPull(
      Queue<StreamingPullResponse> responses) {
    return SubscriberGrpc.newStub(channel)
        .streamingPull(
            new StreamObserver<>() {
              @Override
              public void onNext(StreamingPullResponse response) {
                responses.add(response);
              }

              @Override
              public void onError(Throwable t) {}

              @Override
              public void onCompleted() {}
            });
  }

  private Map<String, PubsubMessage> publish(int count) throws Exception {
    Publisher publisher =
        Publisher.newBuilder(TOPIC)
            .setChannelProvider(transport)
            .setCredentialsProvider(NO_CREDENTIALS)
            // The default sends 1,000 bytes at a time: thousands of calls at once.
            .setBatchingSettings(
                Publisher.Builder.getDefaultBatchingSettings().toBuilder()
                    .setRequestByteThreshold(500_000L)
                    .build())
            .build();
    Random random = new Random(42);
    List<PubsubMessage> messages = new ArrayList<>();
    List<ApiFuture<String>> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] data = new byte[random.nextInt(5_000)];
      random.nextBytes(data);
      PubsubMessage message =
          PubsubMessage.newBuilder()
              .setData(ByteString.copyFrom(data))
              .putAttributes("number", Integer.toString(i))
              .build();
      messages.add(message);
      ids.add(publisher.publish(message));
    }
    List<String> answered =
        ApiFutures.allAsList(ids).get(Patience.LONGEST.toSeconds(), TimeUnit.SECONDS);
    publisher.shutdown();
    assertThat(publisher.awaitTermination(Patience.LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();
    Map<String, PubsubMessage> published = new ConcurrentHashMap<>();
    for (int i = 0; i < count; i++) {
      published.put(answered.get(i), messages.get(i));
    }
    assertThat(published).hasSize(count);
    return published;
  }

  private Subscriber subscribe(MessageReceiver receiver, long mostOutstanding) {
    Subscriber subscriber =
        Subscriber.newBuilder(SUBSCRIPTION.toString(), receiver)
            .setChannelProvider(transport)
            .setCredentialsProvider(NO_CREDENTIALS)
            .setFlowControlSettings(
                FlowControlSettings.newBuilder()
                    .setMaxOutstandingElementCount(mostOutstanding)
                    .build())
            .build();
    subscriber.startAsync().awaitRunning();
    return subscriber;
  }
}
