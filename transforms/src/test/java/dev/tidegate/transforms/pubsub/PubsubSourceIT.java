package dev.tidegate.transforms.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PublisherGrpc;
import com.google.pubsub.v1.SubscriberGrpc;
import com.google.pubsub.v1.Subscription;
import com.google.pubsub.v1.Topic;
import dev.tidegate.pubsub.Backlog;
import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.testing.Patience;
import dev.tidegate.testing.PubsubRestClient;
import dev.tidegate.transforms.pubsub.PubsubSource.Checkpoint;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory;
import org.apache.beam.sdk.extensions.gcp.options.GcpOptions;
import org.apache.beam.sdk.io.UnboundedSource.UnboundedReader;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessage;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.util.CoderUtils;
import org.joda.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The pipeline's reader at a server: what it acknowledges, gives back, holds and waits for. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PubsubSourceIT {
  private static final String PROJECT = "projects/local-dev";

  /** So long that no lease ends within a test. */
  private static final int LONG_DEADLINE_SECONDS = 600;

  private static final int SHORTEST_DEADLINE_SECONDS = 10;
  private static final long MEBIBYTE = 1 << 20;

  @TempDir private static Path folder;
  private static EmbeddedPubsub server;

  /** Reads nothing while the other tests run. */
  private static TestTopic unread;

  private static UnboundedReader<?> idleReader;
  private static long delivered;

  /** A topic with its one subscription. */
  private record TestTopic(EmbeddedPubsub server, String name, String subscription) {
    static TestTopic create(EmbeddedPubsub server, String id, int deadlineSeconds) {
      TestTopic topic =
          new TestTopic(server, PROJECT + "/topics/" + id, PROJECT + "/subscriptions/" + id);
      topic.withChannel(
          channel -> {
            PublisherGrpc.newBlockingStub(channel)
                .createTopic(Topic.newBuilder().setName(topic.name).build());
            SubscriberGrpc.newBlockingStub(channel)
                .createSubscription(
                    Subscription.newBuilder()
                        .setName(topic.subscription)
                        .setTopic(topic.name)
                        .setAckDeadlineSeconds(deadlineSeconds)
                        .build());
          });
      return topic;
    }

    void publish(String... bodies) {
      for (String body : bodies) {
        PublishRequest.Builder request = PublishRequest.newBuilder().setTopic(name);
        request
            .addMessagesBuilder()
            .setData(ByteString.copyFromUtf8(body))
            .putAttributes("size", Integer.toString(body.length()));
        withChannel(channel -> PublisherGrpc.newBlockingStub(channel).publish(request.build()));
      }
    }

    private void withChannel(Consumer<ManagedChannel> calls) {
      ManagedChannel channel =
          ManagedChannelBuilder.forTarget(server.endpoint()).usePlaintext().build();
      try {
        calls.accept(channel);
      } finally {
        channel.shutdownNow();
      }
    }

    Backlog backlog() {
      return server.backlog(subscription);
    }

    UnboundedReader<PubsubMessage> reader() {
      return PubsubSourceIT.reader(server.endpoint(), subscription, null);
    }
  }

  @BeforeAll
  static void startServer() throws IOException {
    server = EmbeddedPubsub.start(folder, 0);
    unread = TestTopic.create(server, "unread", SHORTEST_DEADLINE_SECONDS);
    idleReader = unread.reader();
    assertThat(idleReader.start()).isFalse();
    unread.publish("patient");
    await().until(() -> unread.backlog().outstanding() == 1);
    delivered = System.nanoTime();
  }

  @AfterAll
  static void stopServer() throws IOException {
    idleReader.close();
    server.close();
  }

  @Test
  void carriesBodyAttributesIdAndTime() throws IOException {
    TestTopic topic = TestTopic.create(server, "carries", LONG_DEADLINE_SECONDS);
    Instant before = Instant.now();
    try (var reader = topic.reader()) {
      read(reader, topic, "content");
      assertThat(reader.getCurrent().getAttributeMap()).containsEntry("size", "7").hasSize(1);
      assertThat(reader.getCurrent().getMessageId()).matches("\\d+");
      assertThat(reader.getCurrentTimestamp().getMillis())
          .isBetween(before.getMillis(), Instant.now().getMillis());
    }
  }

  @Test
  void acknowledgesWhatAFinalizedCheckpointCoversAndNothingElse() throws IOException {
    TestTopic topic = TestTopic.create(server, "acknowledges", LONG_DEADLINE_SECONDS);
    try (var reader = topic.reader()) {
      assertThat(reader.start()).isFalse();
      topic.publish("1", "2", "3", "4", "5");
      next(reader, 2);
      reader.getCheckpointMark();
      next(reader, 1);
      var checkpoint = reader.getCheckpointMark();
      next(reader, 1);
      await().until(() -> topic.backlog().outstanding() == 5);

      // A runner may pass checkpoints over, and finalize those that it completes.
      checkpoint.finalizeCheckpoint();
      await().until(() -> topic.backlog().outstanding() == 2);
      // Twice is as once.
      checkpoint.finalizeCheckpoint();
      next(reader, 1);
      assertThat(topic.backlog().outstanding()).isEqualTo(2);

      reader.getCheckpointMark().finalizeCheckpoint();
      await().until(() -> topic.backlog().oldestPublishTime().isEmpty());
    }
  }

  @Test
  void whatWasNotFinalizedIsDeliveredAgainAtOnceAfterClosing() throws IOException {
    TestTopic topic = TestTopic.create(server, "again", LONG_DEADLINE_SECONDS);
    Checkpoint unfinished;
    try (var reader = topic.reader()) {
      assertThat(reader.start()).isFalse();
      topic.publish("finalized", "in a checkpoint", "read", "not read");
      next(reader, 1);
      reader.getCheckpointMark().finalizeCheckpoint();
      await().until(() -> topic.backlog().outstanding() == 3);
      next(reader, 1);
      unfinished = (Checkpoint) reader.getCheckpointMark();
      next(reader, 1);
    }
    // Too late, as on a runner that stops while it finalizes.
    unfinished.finalizeCheckpoint();

    try (var reader = topic.reader()) {
      Set<String> again = new HashSet<>();
      if (reader.start()) {
        again.add(body(reader));
      }
      await()
          .until(
              () -> {
                if (reader.advance()) {
                  again.add(body(reader));
                }
                return again.size() == 3;
              });
      assertThat(again).containsExactlyInAnyOrder("in a checkpoint", "read", "not read");
    }
  }

  @Test
  void aCheckpointIsReadBackAndANewReaderReadsOn() throws IOException {
    TestTopic topic = TestTopic.create(server, "restored", LONG_DEADLINE_SECONDS);
    Checkpoint checkpoint;
    try (var reader = topic.reader()) {
      read(reader, topic, "before");
      checkpoint = (Checkpoint) reader.getCheckpointMark();
    }
    Checkpoint restored =
        CoderUtils.clone(
            new PubsubSource(topic.subscription()).getCheckpointMarkCoder(), checkpoint);
    try (var reader = reader(server.endpoint(), topic.subscription(), restored)) {
      // It belongs to no reader: what it covered is read again, and only then acknowledged.
      restored.finalizeCheckpoint();
      if (!reader.start()) {
        next(reader, 1);
      }
      assertThat(body(reader)).isEqualTo("before");
      reader.getCheckpointMark().finalizeCheckpoint();
      await().until(() -> topic.backlog().oldestPublishTime().isEmpty());
    }
  }

  @Test
  void aMissingSubscriptionIsAnErrorThatNamesIt() throws IOException {
    String missing = PROJECT + "/subscriptions/missing";
    try (var reader = reader(server.endpoint(), missing, null)) {
      assertThatThrownBy(
              () -> {
                reader.start();
                await().until(reader::advance);
              })
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot pull from " + missing)
          .hasMessageContaining("NOT_FOUND");
    }
  }

  @Test
  void aDeletedSubscriptionIsAnErrorOnceEverythingIsRead() throws IOException {
    TestTopic topic = TestTopic.create(server, "deleted", LONG_DEADLINE_SECONDS);
    try (var reader = topic.reader()) {
      assertThat(reader.start()).isFalse();
      topic.publish("last");
      await().until(() -> topic.backlog().outstanding() == 1);
      new PubsubRestClient(server.endpoint()).send("DELETE", topic.subscription(), "");
      next(reader, 1);
      assertThatThrownBy(() -> await().until(reader::advance))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot pull from " + topic.subscription());
    }
  }

  @Test
  void aServerThatIsAwayIsWaitedFor(@TempDir Path another) throws IOException {
    EmbeddedPubsub first = EmbeddedPubsub.start(another, 0);
    TestTopic topic = TestTopic.create(first, "away", LONG_DEADLINE_SECONDS);
    TestTopic unseen = TestTopic.create(first, "away-at-first", LONG_DEADLINE_SECONDS);
    try (var reader = topic.reader();
        var laterReader = unseen.reader()) {
      read(reader, topic, "acknowledged");
      reader.getCheckpointMark().finalizeCheckpoint();
      await().until(() -> topic.backlog().oldestPublishTime().isEmpty());
      topic.publish("read");
      next(reader, 1);
      unseen.publish("unseen");
      int port = first.port();
      first.close();

      // One reader starts while the server is away.
      assertThat(laterReader.start()).isFalse();
      try (EmbeddedPubsub back = EmbeddedPubsub.start(another, port)) {
        next(laterReader, 1);
        assertThat(body(laterReader)).isEqualTo("unseen");
        // What the other one read, and did not acknowledge, comes again.
        next(reader, 1);
        assertThat(body(reader)).isEqualTo("read");
        reader.getCheckpointMark().finalizeCheckpoint();
        await().until(() -> back.backlog(topic.subscription()).oldestPublishTime().isEmpty());
      }
    }
  }

  @Test
  void holdsNoMoreThanItsBoundAndReadsOnOnceThereIsRoom() throws IOException {
    TestTopic topic = TestTopic.create(server, "bound", LONG_DEADLINE_SECONDS);
    int messages = 60;
    String body = "x".repeat((int) MEBIBYTE / 2);
    IntStream.range(0, messages).forEach(i -> topic.publish(i + " " + body));
    try (var reader = topic.reader()) {
      List<String> read = new ArrayList<>();
      if (reader.start()) {
        read.add(body(reader));
      }
      // 8 MiB, and what the last two responses hold, each of up to 3.5 MiB.
      await()
          .during(Duration.ofMillis(500))
          .until(
              () -> {
                long held = topic.backlog().outstanding() * MEBIBYTE / 2;
                return held > 8 * MEBIBYTE && held <= 15 * MEBIBYTE;
              });
      await()
          .until(
              () -> {
                while (reader.advance()) {
                  read.add(body(reader));
                }
                return read.size() == messages;
              });
      assertThat(read).doesNotHaveDuplicates();
    }
  }

  /** The last: the message has waited all the while, and must have for longer than its lease. */
  @Test
  @Order(Integer.MAX_VALUE)
  void leasesAreExtendedWhileNothingReads() throws IOException {
    await()
        .until(
            () ->
                System.nanoTime() - delivered
                    > TimeUnit.SECONDS.toNanos(SHORTEST_DEADLINE_SECONDS + 1));
    assertThat(unread.backlog().outstanding()).isEqualTo(1);
    assertThat(idleReader.advance()).isTrue();
    // Nor did it come twice.
    assertThat(idleReader.advance()).isFalse();
  }

  private static UnboundedReader<PubsubMessage> reader(
      String endpoint, String subscription, Checkpoint checkpoint) {
    PubsubOptions options = PipelineOptionsFactory.as(PubsubOptions.class);
    options.setPubsubRootUrl("http://" + endpoint);
    options.as(GcpOptions.class).setCredentialFactoryClass(NoopCredentialFactory.class);
    return new PubsubSource(subscription).createReader(options, checkpoint);
  }

  /** Publishes a message for {@code reader}, which has not started, and reads it. */
  private static void read(UnboundedReader<?> reader, TestTopic topic, String body)
      throws IOException {
    assertThat(reader.start()).isFalse();
    topic.publish(body);
    next(reader, 1);
  }

  /** Reads {@code count} messages on. */
  private static void next(UnboundedReader<?> reader, int count) {
    for (int i = 0; i < count; i++) {
      await().atMost(Patience.LONGEST).pollInterval(Duration.ofMillis(10)).until(reader::advance);
    }
  }

  private static String body(UnboundedReader<PubsubMessage> reader) {
    return new String(reader.getCurrent().getPayload(), StandardCharsets.UTF_8);
  }
}
