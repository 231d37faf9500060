package dev.tidegate.pubsub;

import com.google.protobuf.Empty;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;

/** Answers to unary calls. */
final class Replies {
  private Replies() {}

  static <T> void reply(StreamObserver<T> client, T answer) {
    client.onNext(answer);
    client.onCompleted();
  }

  /** Answers when {@code answer} is there, or with its error. */
  static <T> void reply(StreamObserver<T> client, CompletableFuture<T> answer) {
    var unused =
        answer.whenComplete(
            (value, error) -> {
              if (error == null) {
                reply(client, value);
              } else {
                client.onError(Statuses.of(error));
              }
            });
  }

  static void replyEmpty(StreamObserver<Empty> client, CompletableFuture<Void> done) {
    reply(client, done.thenApply(nothing -> Empty.getDefaultInstance()));
  }
}
