package dev.tidegate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import com.google.pubsub.v1.AcknowledgeRequest;
import com.google.pubsub.v1.ModifyAckDeadlineRequest;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PublisherGrpc;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.PullRequest;
import com.google.pubsub.v1.PullResponse;
import com.google.pubsub.v1.ReceivedMessage;
import com.google.pubsub.v1.SubscriberGrpc;
import com.google.pubsub.v1.Subscription;
import com.google.pubsub.v1.Topic;
import dev.tidegate.testing.Patience;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unary pulls over gRPC that wait for messages. */
class HeldPullIT {
  private static final String TOPIC = "projects/local-dev/topics/events";
  private static final String SUBSCRIPTION = "projects/local-dev/subscriptions/events-sub";
  private static final int MOST = 1_000;

  @TempDir Path folder;
  private EmbeddedPubsub server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    server = EmbeddedPubsub.start(folder, 0);
    channel = ManagedChannelBuilder.forTarget(server.endpoint()).usePlaintext().build();
    PublisherGrpc.newBlockingStub(channel).createTopic(Topic.newBuilder().setName(TOPIC).build());
    SubscriberGrpc.newBlockingStub(channel)
        .createSubscription(
            Subscription.newBuilder().setName(SUBSCRIPTION).setTopic(TOPIC).build());
  }

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    server.close();
  }

  @Test
  void pullsThatWaitTakeNoThread() throws Exception {
    List<ListenableFuture<PullResponse>> waiting =
        Stream.generate(() -> pull(1)).limit(300).collect(Collectors.toList());
    // With a thread for each, neither this nor the others would be answered.
    publish(waiting.size());
    for (ListenableFuture<PullResponse> pull : waiting) {
      only(pull);
    }
    // Threads of servers of other tests may not have ended yet: each server numbers its own.
    Map<String, Long> threads =
        Thread.getAllStackTraces().keySet().stream()
            .map(Thread::getName)
            .filter(name -> name.startsWith("pubsub-request"))
            .collect(
                Collectors.groupingBy(
                    name -> name.substring(0, name.lastIndexOf('-')), Collectors.counting()));
    assertThat(threads.values())
        .isNotEmpty()
        .allMatch(count -> count <= Math.max(2, Runtime.getRuntime().availableProcessors()));
  }

  @Test
  void aReturnedMessageAnswersAWaitingPull() throws Exception {
    publish(1);
    ReceivedMessage first = only(pull(MOST));
    ListenableFuture<PullResponse> waiting = pull(MOST);
    modifyAckDeadline(first, 0);
    assertThat(only(waiting).getMessage()).isEqualTo(first.getMessage());
  }

  @Test
  void anExpiredMessageAnswersAWaitingPull() throws Exception {
    publish(1);
    ReceivedMessage first = only(pull(MOST));
    modifyAckDeadline(first, 1);
    assertThat(only(pull(MOST)).getMessage()).isEqualTo(first.getMessage());
  }

  @Test
  void onePullGetsAllThatWaitsAndOneRequestAcknowledgesIt() throws Exception {
    publish(MOST);
    List<ReceivedMessage> received = received(pull(MOST));
    assertThat(received).hasSize(MOST);
    SubscriberGrpc.newBlockingStub(channel)
        .acknowledge(
            AcknowledgeRequest.newBuilder()
                .setSubscription(SUBSCRIPTION)
                .addAllAckIds(received.stream().map(ReceivedMessage::getAckId).toList())
                .build());
    assertThat(server.backlog(SUBSCRIPTION)).isEqualTo(new Backlog(0, 0, Optional.empty()));
  }

  private ListenableFuture<PullResponse> pull(int most) {
    return SubscriberGrpc.newFutureStub(channel)
        .pull(PullRequest.newBuilder().setSubscription(SUBSCRIPTION).setMaxMessages(most).build());
  }

  private static List<ReceivedMessage> received(ListenableFuture<PullResponse> pull)
      throws Exception {
    return pull.get(Patience.LONGEST.toSeconds(), TimeUnit.SECONDS).getReceivedMessagesList();
  }

  private static ReceivedMessage only(ListenableFuture<PullResponse> pull) throws Exception {
    List<ReceivedMessage> received = received(pull);
    assertThat(received).hasSize(1);
    return received.get(0);
  }

  private void modifyAckDeadline(ReceivedMessage message, int seconds) {
    SubscriberGrpc.newBlockingStub(channel)
        .modifyAckDeadline(
            ModifyAckDeadlineRequest.newBuilder()
                .setSubscription(SUBSCRIPTION)
                .addAckIds(message.getAckId())
                .setAckDeadlineSeconds(seconds)
                .build());
  }

  private void publish(int count) {
    PublisherGrpc.newBlockingStub(channel)
        .publish(
            PublishRequest.newBuilder()
                .setTopic(TOPIC)
                .addAllMessages(
                    Collections.nCopies(
                        count,
                        PubsubMessage.newBuilder().setData(ByteString.copyFromUtf8("x")).build()))
                .build());
  }
}
