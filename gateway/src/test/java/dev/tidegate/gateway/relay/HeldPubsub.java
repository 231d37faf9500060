package dev.tidegate.gateway.relay;

import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PublishResponse;
import com.google.pubsub.v1.PublisherGrpc;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** A Pub/Sub that takes everything, and answers only once it is told to. */
final class HeldPubsub extends PublisherGrpc.PublisherImplBase implements AutoCloseable {
  private final Server server;
  private final CountDownLatch released = new CountDownLatch(1);
  private final List<String> bodies = new CopyOnWriteArrayList<>();

  HeldPubsub() {
    try {
      server = ServerBuilder.forPort(0).addService(this).build().start();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  PubsubConfiguration topic() {
    return new PubsubConfiguration(
        "local-dev", "events", Optional.of("localhost:" + server.getPort()));
  }

  /** What it was given. */
  List<String> bodies() {
    return bodies;
  }

  void release() {
    released.countDown();
  }

  @Override
  public void publish(PublishRequest request, StreamObserver<PublishResponse> answer) {
    PublishResponse.Builder response = PublishResponse.newBuilder();
    request
        .getMessagesList()
        .forEach(
            message -> {
              bodies.add(message.getData().toStringUtf8());
              response.addMessageIds("m");
            });
    try {
      released.await();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return;
    }
    answer.onNext(response.build());
    answer.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
