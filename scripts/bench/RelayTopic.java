import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PublishResponse;
import com.google.pubsub.v1.PublisherGrpc;
import com.google.pubsub.v1.PubsubMessage;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The topic to which the contestants publish that bring no publisher of their own: over gRPC, with
 * the aggregate as ordering key.
 */
final class RelayTopic implements AutoCloseable {
  static final String NAME = "projects/local-dev/topics/events";

  /** The service takes so many messages in a request. */
  private static final int MOST = 1_000;

  private final ManagedChannel channel;
  private final PublisherGrpc.PublisherFutureStub publisher;

  RelayTopic(String endpoint) {
    channel = ManagedChannelBuilder.forTarget(endpoint).usePlaintext().build();
    publisher = PublisherGrpc.newFutureStub(channel);
  }

  /** Publishes a message, and returns once it is confirmed. */
  void publish(String key, String body) throws Exception {
    publisher.publish(request(List.of(message(key, body)))).get();
  }

  /**
   * Publishes {@code bodies} by their keys: the requests of all keys at once, since a request has
   * messages of one key only. Returns once all are confirmed.
   */
  void publish(Map<String, List<String>> bodies) throws Exception {
    List<ListenableFuture<PublishResponse>> answers = new ArrayList<>();
    for (Map.Entry<String, List<String>> ofKey : bodies.entrySet()) {
      if (ofKey.getValue().size() > MOST) {
        throw new IllegalArgumentException("more messages of a key than a request takes");
      }
      List<PubsubMessage> messages = new ArrayList<>();
      ofKey.getValue().forEach(body -> messages.add(message(ofKey.getKey(), body)));
      answers.add(publisher.publish(request(messages)));
    }
    for (ListenableFuture<PublishResponse> answer : answers) {
      answer.get();
    }
  }

  private static PublishRequest request(List<PubsubMessage> messages) {
    return PublishRequest.newBuilder().setTopic(NAME).addAllMessages(messages).build();
  }

  private static PubsubMessage message(String key, String body) {
    return PubsubMessage.newBuilder()
        .setOrderingKey(key)
        .setData(ByteString.copyFromUtf8(body))
        .build();
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
