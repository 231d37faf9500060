package dev.tidegate.pubsub;

import com.google.pubsub.v1.PullResponse;
import com.google.pubsub.v1.ReceivedMessage;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A pull that found nothing and waits. Messages, its time limit and the client's going away race
 * for it; whoever claims it first, and nobody else, may answer it.
 */
final class WaitingPull {
  private final int most;
  private final StreamObserver<PullResponse> client;
  private final AtomicBoolean claimed = new AtomicBoolean();
  private volatile Future<?> timeLimit = CompletableFuture.completedFuture(null);

  WaitingPull(int most, StreamObserver<PullResponse> client) {
    this.most = most;
    this.client = client;
  }

  int most() {
    return most;
  }

  /** Cancels {@code limit} once the pull is claimed. */
  void setTimeLimit(Future<?> limit) {
    timeLimit = limit;
    if (claimed.get()) {
      limit.cancel(false);
    }
  }

  boolean claim() {
    boolean first = claimed.compareAndSet(false, true);
    if (first) {
      timeLimit.cancel(false);
    }
    return first;
  }

  void answer(List<ReceivedMessage> messages) {
    answer(client, messages);
  }

  void fail(StatusRuntimeException error) {
    client.onError(error);
  }

  static void answer(StreamObserver<PullResponse> client, List<ReceivedMessage> messages) {
    client.onNext(PullResponse.newBuilder().addAllReceivedMessages(messages).build());
    client.onCompleted();
  }
}
