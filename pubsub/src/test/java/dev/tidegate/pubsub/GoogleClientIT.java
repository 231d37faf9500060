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
import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import com.google.pubsub.v1.DeadLetterPolicy;
import com.google.pubsub.v1.ExpirationPolicy;
import com.google.pubsub.v1.ProjectName;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.PullRequest;
import com.google.pubsub.v1.PushConfig;
import com.google.pubsub.v1.ReceivedMessage;
import com.google.pubsub.v1.RetryPolicy;
import com.google.pubsub.v1.SeekRequest;
import com.google.pubsub.v1.StreamingPullRequest;
import com.google.pubsub.v1.StreamingPullResponse;
import com.google.pubsub.v1.SubscriberGrpc;
import com.google.pubsub.v1.Subscription;
import com.google.pubsub.v1.SubscriptionName;
import com.google.pubsub.v1.TopicName;
import dev.tidegate.testing.Patience;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
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

  private static final Duration SWEEP_EVERY = Duration.ofMillis(50);
  private static final TopicName DEAD_LETTERS = TopicName.of("local-dev", "dead-letters");
  private static final SubscriptionName OTHER = SubscriptionName.of("local-dev", "other-sub");

  @TempDir Path folder;

  /** By how much the server's clock is ahead. */
  private volatile Duration later = Duration.ZERO;

  private EmbeddedPubsub server;
  private ManagedChannel channel;
  private TransportChannelProvider transport;
  private TopicAdminClient topics;
  private SubscriptionAdminClient subscriptions;

  @BeforeEach
  void start() throws IOException {
    connect();
    topics.createTopic(TOPIC);
    subscriptions.createSubscription(SUBSCRIPTION, TOPIC, PushConfig.getDefaultInstance(), 10);
  }

  private void connect() throws IOException {
    server = EmbeddedPubsub.start(folder, 0, () -> Instant.now().plus(later), SWEEP_EVERY);
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

  @Test
  void deliversTheMessagesOfAKeyInTheirOrderWhileOthersDoNotWait() throws Exception {
    subscriptions.createSubscription(other().setEnableMessageOrdering(true).build());
    publish(List.of(keyed("a", 1), keyed("a", 2), keyed("", 3), keyed("b", 4), keyed("a", 5)));

    List<ReceivedMessage> first = pull(10);
    assertThat(texts(first)).containsExactly("1", "3", "4");
    assertThat(first.get(0).getMessage().getOrderingKey()).isEqualTo("a");
    assertThat(pull(10)).isEmpty();
    // What comes again comes before what is behind it.
    subscriptions.modifyAckDeadline(OTHER, ackIds(first.subList(0, 1)), 0);
    List<ReceivedMessage> again = pull(10);
    assertThat(texts(again)).containsExactly("1");
    subscriptions.acknowledge(OTHER, ackIds(again));
    List<ReceivedMessage> second = pull(10);
    assertThat(texts(second)).containsExactly("2");
    assertThat(server.backlog(OTHER.toString()).undelivered()).isEqualTo(1);

    // After a restart, too.
    restart();
    assertThat(texts(pull(10))).containsExactly("2", "3", "4");
  }

  @Test
  void aSubscriberOfAnOrderedSubscriptionSeesEachKeyInItsOrder() throws Exception {
    subscriptions.createSubscription(other().setEnableMessageOrdering(true).build());
    List<PubsubMessage> messages = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      messages.add(keyed("key-" + i % 10, i));
    }
    publish(messages);
    Map<String, List<Integer>> seen = new ConcurrentHashMap<>();
    Set<String> returned = ConcurrentHashMap.newKeySet();
    Subscriber subscriber =
        subscribe(
            OTHER,
            (message, reply) -> {
              if (message.getMessageId().hashCode() % 7 == 0
                  && returned.add(message.getMessageId())) {
                reply.nack();
                return;
              }
              seen.computeIfAbsent(
                      message.getOrderingKey(),
                      key -> Collections.synchronizedList(new ArrayList<>()))
                  .add(Integer.parseInt(message.getData().toStringUtf8()));
              reply.ack();
            },
            100);
    await().until(() -> seen.values().stream().mapToInt(List::size).sum() >= 300);
    subscriber.stopAsync().awaitTerminated(20, TimeUnit.SECONDS);
    assertThat(returned).isNotEmpty();
    assertThat(seen).hasSize(10);
    seen.values().forEach(numbers -> assertThat(numbers).isSorted().doesNotHaveDuplicates());
  }

  @Test
  void forwardsWhatIsReturnedTooOftenToTheDeadLetterTopic() throws Exception {
    topics.createTopic(DEAD_LETTERS);
    SubscriptionName letters = SubscriptionName.of("local-dev", "dead-letters-sub");
    subscriptions.createSubscription(letters, DEAD_LETTERS, PushConfig.getDefaultInstance(), 10);
    subscriptions.createSubscription(
        other()
            .setEnableMessageOrdering(true)
            .setDeadLetterPolicy(
                DeadLetterPolicy.newBuilder()
                    .setDeadLetterTopic(DEAD_LETTERS.toString())
                    .setMaxDeliveryAttempts(5))
            .build());
    publish(List.of(keyed("a", 1), keyed("a", 2)));
    PubsubMessage poison = null;
    for (int attempt = 1; attempt <= 5; attempt++) {
      List<ReceivedMessage> received = pull(10);
      assertThat(texts(received)).containsExactly("1");
      assertThat(received.get(0).getDeliveryAttempt()).isEqualTo(attempt);
      poison = received.get(0).getMessage();
      subscriptions.modifyAckDeadline(OTHER, ackIds(received), 0);
    }
    await().until(() -> server.backlog(letters.toString()).undelivered() == 1);
    PubsubMessage letter = subscriptions.pull(letters, 10).getReceivedMessages(0).getMessage();
    assertThat(letter.getData()).isEqualTo(poison.getData());
    assertThat(letter.getAttributesMap())
        .containsEntry("number", "1")
        .containsEntry("CloudPubSubDeadLetterSourceDeliveryCount", "5")
        .containsEntry("CloudPubSubDeadLetterSourceSubscription", OTHER.getSubscription())
        .containsEntry("CloudPubSubDeadLetterSourceSubscriptionProject", OTHER.getProject());
    Timestamp published = poison.getPublishTime();
    assertThat(
            OffsetDateTime.parse(
                    letter.getAttributesOrThrow("CloudPubSubDeadLetterSourceTopicPublishTime"))
                .toInstant()
                .toEpochMilli())
        .isEqualTo(Timestamps.toMillis(published));
    // It stands in its key's way no longer, and is not there after a restart.
    assertThat(texts(pull(10))).containsExactly("2");
    restart();
    assertThat(texts(pull(10))).containsExactly("2");
    assertThat(server.backlog(letters.toString()).undelivered()).isEqualTo(1);
  }

  @Test
  void goesOnDeliveringWhileTheDeadLetterTopicIsMissing() throws Exception {
    Subscription.Builder settings =
        other()
            .setDeadLetterPolicy(
                DeadLetterPolicy.newBuilder().setDeadLetterTopic(DEAD_LETTERS.toString()));
    assertThatThrownBy(() -> subscriptions.createSubscription(settings.build()))
        .isInstanceOf(NotFoundException.class);
    topics.createTopic(DEAD_LETTERS);
    subscriptions.createSubscription(settings.build());
    topics.deleteTopic(DEAD_LETTERS);
    publish(List.of(keyed("", 1)));
    for (int attempt = 1; attempt <= 7; attempt++) {
      await().until(() -> server.backlog(OTHER.toString()).undelivered() == 1);
      List<ReceivedMessage> received = new ArrayList<>();
      await().until(() -> received.addAll(pull(10)));
      assertThat(received.get(0).getDeliveryAttempt()).isEqualTo(attempt);
      subscriptions.modifyAckDeadline(OTHER, ackIds(received), 0);
    }
  }

  @Test
  void seeksBackToWhatIsRetainedAndForthOverWhatWaits() throws Exception {
    subscriptions.createSubscription(other().setRetainAckedMessages(true).build());
    publish(List.of(keyed("", 1)));
    later = Duration.ofMinutes(1);
    publish(List.of(keyed("", 2), keyed("", 3)));
    subscriptions.acknowledge(OTHER, ackIds(pull(10)));
    assertThat(pull(10)).isEmpty();

    seek(OTHER, Instant.now().plusSeconds(30));
    List<ReceivedMessage> again = pull(10);
    assertThat(texts(again)).containsExactly("2", "3");
    seek(OTHER, Instant.now().minusSeconds(30));
    assertThat(texts(pull(10))).containsExactly("1", "2", "3");
    restart();
    assertThat(texts(pull(10))).containsExactly("1", "2", "3");
    seek(OTHER, Instant.now().plusSeconds(3_600));
    assertThat(pull(10)).isEmpty();

    // Nothing acknowledged is retained by the plain one, and what waits can be skipped.
    seek(SUBSCRIPTION, Instant.now().plusSeconds(30));
    assertThat(texts(subscriptions.pull(SUBSCRIPTION, 10).getReceivedMessagesList()))
        .containsExactly("2", "3");
    seek(SUBSCRIPTION, Instant.EPOCH);
    assertThat(server.backlog(SUBSCRIPTION.toString()).undelivered()).isEqualTo(2);

    // What is retained goes when it is no longer to be retained.
    subscriptions.updateSubscription(
        other().build(), FieldMask.newBuilder().addPaths("retain_acked_messages").build());
    seek(OTHER, Instant.EPOCH);
    assertThat(pull(10)).isEmpty();
  }

  @Test
  void forgetsWhatIsOlderThanItsRetention() throws Exception {
    subscriptions.createSubscription(
        other()
            .setRetainAckedMessages(true)
            .setMessageRetentionDuration(Durations.fromMinutes(10))
            .build());
    publish(List.of(keyed("", 1), keyed("", 2)));
    subscriptions.acknowledge(OTHER, ackIds(pull(1)));
    pull(1);
    later = Duration.ofMinutes(9);
    publish(List.of(keyed("", 3)));
    assertThat(server.backlog(OTHER.toString()).outstanding()).isEqualTo(1);
    later = Duration.ofMinutes(11);
    await().until(() -> server.backlog(OTHER.toString()).outstanding() == 0);
    seek(OTHER, Instant.EPOCH);
    assertThat(texts(pull(10))).containsExactly("3");
    // By default it is seven days.
    assertThat(subscriptions.getSubscription(SUBSCRIPTION).getMessageRetentionDuration())
        .isEqualTo(Durations.fromDays(7));
    assertThat(server.backlog(SUBSCRIPTION.toString()).undelivered()).isEqualTo(3);
    later = Duration.ofDays(7).plusMinutes(5);
    await().until(() -> server.backlog(SUBSCRIPTION.toString()).undelivered() == 1);
  }

  @Test
  void forgetsASubscriptionThatNobodyUses() {
    subscriptions.createSubscription(
        other()
            .setExpirationPolicy(ExpirationPolicy.newBuilder().setTtl(Durations.fromDays(1)))
            .build());
    later = Duration.ofDays(2);
    await().until(() -> !names(subscriptions).contains(OTHER.toString()));
    assertThat(names(subscriptions)).contains(SUBSCRIPTION.toString());
  }

  @Test
  void waitsAsLongAsTheRetryPolicySaysBeforeItDeliversAgain() throws Exception {
    subscriptions.createSubscription(
        other()
            .setRetryPolicy(RetryPolicy.newBuilder().setMinimumBackoff(Durations.fromSeconds(1)))
            .build());
    publish(List.of(keyed("", 1)));
    long previous = 0;
    for (int attempt = 1; attempt <= 2; attempt++) {
      List<ReceivedMessage> received = new ArrayList<>();
      await().until(() -> received.addAll(pull(10)));
      long returned = System.nanoTime();
      subscriptions.modifyAckDeadline(OTHER, ackIds(received), 0);
      assertThat(server.backlog(OTHER.toString()).undelivered()).isEqualTo(1);
      await().until(() -> !subscriptions.pull(OTHER, 1).getReceivedMessagesList().isEmpty());
      long waited = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - returned);
      assertThat(waited).isGreaterThanOrEqualTo(attempt * 1_000L).isGreaterThan(previous);
      previous = waited;
      server.redeliver(OTHER.toString());
    }
  }

  private static List<String> names(SubscriptionAdminClient client) {
    List<String> names = new ArrayList<>();
    client
        .listSubscriptions(ProjectName.of("local-dev"))
        .iterateAll()
        .forEach(each -> names.add(each.getName()));
    return names;
  }

  private static Subscription.Builder other() {
    return Subscription.newBuilder()
        .setName(OTHER.toString())
        .setTopic(TOPIC.toString())
        .setAckDeadlineSeconds(60);
  }

  private static PubsubMessage keyed(String key, int number) {
    return PubsubMessage.newBuilder()
        .setData(ByteString.copyFromUtf8(Integer.toString(number)))
        .putAttributes("number", Integer.toString(number))
        .setOrderingKey(key)
        .build();
  }

  private void publish(List<PubsubMessage> messages) {
    topics.publish(TOPIC, messages);
  }

  private void seek(SubscriptionName subscription, Instant time) {
    subscriptions.seek(
        SeekRequest.newBuilder()
            .setSubscription(subscription.toString())
            .setTime(Timestamps.fromMillis(time.toEpochMilli()))
            .build());
  }

  /** What waits in the other subscription, now. */
  @SuppressWarnings("deprecation") // So the test does not wait for nothing.
  private List<ReceivedMessage> pull(int most) {
    return subscriptions
        .pull(
            PullRequest.newBuilder()
                .setSubscription(OTHER.toString())
                .setMaxMessages(most)
                .setReturnImmediately(true)
                .build())
        .getReceivedMessagesList();
  }

  private static List<String> texts(List<ReceivedMessage> received) {
    return received.stream().map(each -> each.getMessage().getData().toStringUtf8()).toList();
  }

  private static List<String> ackIds(List<ReceivedMessage> received) {
    return received.stream().map(ReceivedMessage::getAckId).toList();
  }

  private void restart() throws Exception {
    stop();
    connect();
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
    return subscribe(SUBSCRIPTION, receiver, mostOutstanding);
  }

  private Subscriber subscribe(
      SubscriptionName subscription, MessageReceiver receiver, long mostOutstanding) {
    Subscriber subscriber =
        Subscriber.newBuilder(subscription.toString(), receiver)
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
