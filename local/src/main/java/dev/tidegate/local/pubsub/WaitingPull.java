package dev.tidegate.local.pubsub;

import com.google.pubsub.v1.PullResponse;
import com.google.pubsub.v1.ReceivedMessage;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A pull that found nothing and waits. Messages, its time limit and the client's going away race
 * for it; whoever claims it first, and nobody else, may answer it.
 */
final class WaitingPull {
  private final int most;
  private final StreamObserver<PullResponse> client;
  private final AtomicBoolean claimed = new AtomicBoolean();

  WaitingPull(int most, StreamObserver<PullResponse> client) {
    this.most = most;
    this.client = client;
  }

  int most() {
    return most;
  }

  boolean claim() {
    return claimed.compareAndSet(false, true);
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
