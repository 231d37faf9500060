package dev.tidegate.gateway.relay;

import com.google.pubsub.v1.AcknowledgeRequest;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.PullRequest;
import com.google.pubsub.v1.PullResponse;
import com.google.pubsub.v1.ReceivedMessage;
import com.google.pubsub.v1.SubscriberGrpc;
import com.google.pubsub.v1.SubscriberGrpc.SubscriberBlockingStub;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.testing.PubsubRestClient;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** An embedded Pub/Sub, and all that was published to it, in the order in which it took it. */
final class PublishedEvents implements AutoCloseable {
  private final Path folder;
  private final ManagedChannel channel;
  private final List<PubsubMessage> messages = new ArrayList<>();
  private final Consumer<PubsubMessage> receiver;
  private final Thread reader = new Thread(this::read, "published-events");
  private final int port;
  private EmbeddedPubsub pubsub;
  private volatile boolean stopping;

  private PublishedEvents(Path folder, Consumer<PubsubMessage> receiver) {
    this.folder = folder;
    this.receiver = receiver == null ? messages::add : receiver;
    startPubsub(0);
    port = pubsub.port();
    new PubsubRestClient(pubsub.endpoint()).createTopicAndSubscription();
    channel = ManagedChannelBuilder.forTarget("localhost:" + port).usePlaintext().build();
    reader.setDaemon(true);
    reader.start();
  }

  static PublishedEvents in(Path folder) {
    return new PublishedEvents(folder, null);
  }

  /**
   * One that keeps no messages itself.
   *
   * @param receiver gets each, on one thread
   */
  static PublishedEvents in(Path folder, Consumer<PubsubMessage> receiver) {
    return new PublishedEvents(folder, receiver);
  }

  /** The topic. */
  PubsubConfiguration topic() {
    return new PubsubConfiguration("local-dev", "events", Optional.of("localhost:" + port));
  }

  void stopPubsub() {
    pubsub.close();
  }

  void startPubsubAgain() {
    startPubsub(port);
  }

  private void startPubsub(int at) {
    try {
      pubsub = EmbeddedPubsub.start(folder, at);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void read() {
    SubscriberBlockingStub subscriber = SubscriberGrpc.newBlockingStub(channel);
    while (!stopping) {
      try {
        PullResponse pulled =
            subscriber.pull(
                PullRequest.newBuilder()
                    .setSubscription(PubsubRestClient.SUBSCRIPTION)
                    .setMaxMessages(1_000)
                    .build());
        synchronized (messages) {
          pulled.getReceivedMessagesList().forEach(each -> receiver.accept(each.getMessage()));
        }
        if (pulled.getReceivedMessagesCount() > 0) {
          var unused =
              subscriber.acknowledge(
                  AcknowledgeRequest.newBuilder()
                      .setSubscription(PubsubRestClient.SUBSCRIPTION)
                      .addAllAckIds(
                          pulled.getReceivedMessagesList().stream()
                              .map(ReceivedMessage::getAckId)
                              .toList())
                      .build());
        }
      } catch (StatusRuntimeException away) {
        channel.resetConnectBackoff();
      }
    }
  }

  /** All messages so far. Pub/Sub numbers them as it takes them; a repeat delivery is the same. */
  List<PubsubMessage> messages() {
    synchronized (messages) {
      messages.sort(Comparator.comparingLong(message -> Long.parseLong(message.getMessageId())));
      return List.copyOf(messages);
    }
  }

  int count() {
    synchronized (messages) {
      return messages.size();
    }
  }

  /** The bodies of {@link #messages}. */
  List<String> bodies() {
    return messages().stream().map(message -> message.getData().toStringUtf8()).toList();
  }

  @Override
  public void close() {
    stopping = true;
    channel.shutdownNow();
    pubsub.close();
  }
}
