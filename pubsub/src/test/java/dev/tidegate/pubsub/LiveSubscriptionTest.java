package dev.tidegate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.PullResponse;
import com.google.pubsub.v1.Subscription;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LiveSubscriptionTest {
  private static final PubsubMessage MESSAGE =
      PubsubMessage.newBuilder().setData(ByteString.copyFromUtf8("x")).build();

  private final ScheduledExecutorService threads = Executors.newSingleThreadScheduledExecutor();
  private final LiveSubscription subscription =
      new LiveSubscription(
          Subscription.newBuilder().setName("events").setAckDeadlineSeconds(10).build(),
          id -> Optional.of(MESSAGE),
          (self, lease) -> {},
          threads);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void messagesThatComeTogetherAreSharedAmongThoseWhoWait() {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      clients.add(pull(1_000, false));
    }
    add(1, 1_000);
    for (Client client : clients) {
      assertThat(client.received()).isEqualTo(250);
    }
  }

  @Test
  void fewMessagesGoToOne() {
    Client first = pull(1_000, false);
    pull(1_000, false);
    add(1, LiveSubscription.LEAST_SHARE);
    assertThat(first.received()).isEqualTo(LiveSubscription.LEAST_SHARE);
  }

  @Test
  void onlyAPullThatDoesNotWaitIsLimited() {
    add(1, 1_000);
    assertThat(pull(1_000, true).received()).isEqualTo(LiveSubscription.MOST_PER_POLL);
    assertThat(pull(1_000, false).received()).isEqualTo(1_000 - LiveSubscription.MOST_PER_POLL);
  }

  private void add(long first, int count) {
    for (long id = first; id < first + count; id++) {
      subscription.add(id, "");
    }
    subscription.wake();
  }

  private Client pull(int most, boolean immediately) {
    Client client = new Client();
    subscription.pull(most, immediately, client);
    return client;
  }

  /** A client of a pull. */
  private static final class Client extends ServerCallStreamObserver<PullResponse> {
    private final CompletableFuture<PullResponse> answer = new CompletableFuture<>();

    int received() {
      await().until(answer::isDone);
      return answer.join().getReceivedMessagesCount();
    }

    @Override
    public void onNext(PullResponse response) {
      answer.complete(response);
    }

    @Override
    public void onError(Throwable error) {
      answer.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {}

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {}

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}
  }
}
