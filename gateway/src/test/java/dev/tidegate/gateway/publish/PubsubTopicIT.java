package dev.tidegate.gateway.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PublishResponse;
import com.google.pubsub.v1.PublisherGrpc;
import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.gateway.publish.PublishException.Reason;
import dev.tidegate.testing.Patience;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which calls messages travel in, against a server that answers when the test says so. */
class PubsubTopicIT {
  private static final int CALLS = 2;

  private final PubsubCircuit circuit = new PubsubCircuit(Duration.ofMinutes(1));
  private final HeldPublisher pubsub = new HeldPublisher();
  private Server server;
  private PubsubTopic topic;

  @BeforeEach
  void start() throws Exception {
    server = ServerBuilder.forPort(0).maxInboundMessageSize(10 << 20).addService(pubsub).build();
    server.start();
    topic = open(Patience.LONGEST);
  }

  @AfterEach
  void stop() {
    topic.close();
    server.shutdownNow();
  }

  private PubsubTopic open(Duration answerWithin) {
    return PubsubTopic.open(
        new PubsubConfiguration(
            "local-dev", "events", Optional.of("localhost:" + server.getPort())),
        answerWithin,
        circuit);
  }

  @Test
  void theFirstMessagesLeaveAtOnceAndWhatComesMeanwhileLeavesTogether() {
    List<CompletableFuture<String>> deliveries = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      deliveries.add(topic.send(message("first " + i)));
    }
    await().until(() -> pubsub.held.size() == CALLS);
    for (int i = 0; i < 2_500; i++) {
      deliveries.add(topic.send(message("then " + i)));
    }
    pubsub.answerHeld();
    await().until(() -> pubsub.held.size() == CALLS);
    assertThat(pubsub.sizes()).containsExactly(1_000, 1_000);
    pubsub.answerHeld();
    await().until(() -> pubsub.held.size() == 1);
    assertThat(pubsub.sizes()).containsExactly(500);
    pubsub.answerHeld();
    assertThat(ids(deliveries))
        .isEqualTo(
            Stream.concat(
                    IntStream.range(0, CALLS).mapToObj(i -> "first " + i),
                    IntStream.range(0, 2_500).mapToObj(i -> "then " + i))
                .toList());
  }

  @Test
  void aCallIsBoundedInBytes() {
    for (int i = 0; i < CALLS; i++) {
      topic.send(message("first " + i));
    }
    await().until(() -> pubsub.held.size() == CALLS);
    PubsubMessage large =
        PubsubMessage.newBuilder().setData(ByteString.copyFrom(new byte[1_500_000])).build();
    for (int i = 0; i < 5; i++) {
      topic.send(large);
    }
    pubsub.answerHeld();
    await().until(() -> pubsub.held.size() == CALLS);
    assertThat(pubsub.sizes()).containsExactly(2, 2);
    pubsub.answerHeld();
    await().until(() -> pubsub.held.size() == 1);
    assertThat(pubsub.sizes()).containsExactly(1);
  }

  @Test
  void oneBadMessageIsRefusedAlone() {
    pubsub.answerAll();
    List<PubsubMessage> messages =
        IntStream.range(0, 100).mapToObj(i -> message(i == 37 ? "poison" : "good " + i)).toList();
    List<CompletableFuture<String>> answers = topic.sendInOrder(messages);
    for (int i = 0; i < 100; i++) {
      if (i == 37) {
        assertFails(answers.get(i), Reason.REFUSED, "INVALID_ARGUMENT");
      } else {
        assertThat(answers.get(i)).succeedsWithin(Patience.LONGEST).isEqualTo("good " + i);
      }
    }
    assertThat(pubsub.taken).hasSize(99).doesNotHaveDuplicates();
    assertThat(new ArrayList<>(pubsub.taken))
        .isEqualTo(
            IntStream.range(0, 100).filter(i -> i != 37).mapToObj(i -> "good " + i).toList());
    assertThat(circuit.isOpen()).isFalse();
  }

  @Test
  void aCallThatDidNotGetThroughIsTriedOnceMore() {
    pubsub.answerAll();
    pubsub.unavailable = 1;
    assertThat(topic.send(message("again"))).succeedsWithin(Patience.LONGEST).isEqualTo("again");
    pubsub.unavailable = 2;
    assertFails(topic.send(message("twice")), Reason.UNAVAILABLE, "UNAVAILABLE");
  }

  @Test
  void aServerThatHangsIsAwayInTime() {
    topic.close();
    topic = open(Duration.ofMillis(300));
    for (int i = 0; i < 3; i++) {
      assertFails(topic.send(message("hangs")), Reason.UNAVAILABLE, "DEADLINE_EXCEEDED");
    }
    assertThat(circuit.isOpen()).isTrue();
  }

  private static void assertFails(
      CompletableFuture<String> answer, Reason reason, String statusCode) {
    assertThat(answer)
        .failsWithin(Patience.LONGEST)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(
            PublishException.class,
            failure -> {
              assertThat(failure.reason()).isEqualTo(reason);
              assertThat(failure).hasMessageContaining(statusCode);
            });
  }

  private static List<String> ids(List<CompletableFuture<String>> answers) {
    return answers.stream().map(CompletableFuture::join).toList();
  }

  private static PubsubMessage message(String id) {
    return PubsubMessage.newBuilder().setData(ByteString.copyFromUtf8(id)).build();
  }

  /** Gives messages their bodies as IDs, and refuses poison. */
  private static final class HeldPublisher extends PublisherGrpc.PublisherImplBase {
    private record Call(PublishRequest request, StreamObserver<PublishResponse> answer) {}

    private final Queue<Call> held = new ConcurrentLinkedQueue<>();
    private final Queue<String> taken = new ConcurrentLinkedQueue<>();
    private volatile boolean answers;
    private volatile int unavailable;

    @Override
    public synchronized void publish(
        PublishRequest request, StreamObserver<PublishResponse> answer) {
      if (unavailable > 0) {
        unavailable--;
        answer.onError(Status.UNAVAILABLE.asRuntimeException());
      } else if (answers) {
        answer(new Call(request, answer));
      } else {
        held.add(new Call(request, answer));
      }
    }

    private List<Integer> sizes() {
      return held.stream().map(call -> call.request().getMessagesCount()).toList();
    }

    private void answerAll() {
      answers = true;
    }

    private void answerHeld() {
      for (int calls = held.size(); calls > 0; calls--) {
        answer(held.remove());
      }
    }

    private void answer(Call call) {
      List<String> ids =
          call.request().getMessagesList().stream()
              .map(message -> message.getData().toStringUtf8())
              .toList();
      if (ids.contains("poison")) {
        call.answer().onError(Status.INVALID_ARGUMENT.asRuntimeException());
        return;
      }
      taken.addAll(ids);
      call.answer().onNext(PublishResponse.newBuilder().addAllMessageIds(ids).build());
      call.answer().onCompleted();
    }
  }
}
