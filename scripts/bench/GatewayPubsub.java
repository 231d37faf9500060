import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.GrpcTransportChannel;
import com.google.api.gax.rpc.FixedTransportChannelProvider;
import com.google.cloud.pubsub.v1.TopicAdminClient;
import com.google.cloud.pubsub.v1.TopicAdminSettings;
import com.google.pubsub.v1.TopicName;
import dev.tidegate.pubsub.EmbeddedPubsub;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.nio.file.Path;

/**
 * Pub/Sub with a topic and no subscription: messages are confirmed as the service does, and take no
 * room. The argument is its folder.
 */
public final class GatewayPubsub {
  static final TopicName TOPIC = TopicName.of("local-dev", "events");

  private GatewayPubsub() {}

  public static void main(String[] arguments) throws Exception {
    EmbeddedPubsub pubsub = EmbeddedPubsub.start(Path.of(arguments[0]), 0);
    ManagedChannel channel =
        ManagedChannelBuilder.forTarget(pubsub.endpoint()).usePlaintext().build();
    try (TopicAdminClient topics =
        TopicAdminClient.create(
            TopicAdminSettings.newBuilder()
                .setTransportChannelProvider(
                    FixedTransportChannelProvider.create(GrpcTransportChannel.create(channel)))
                .setCredentialsProvider(NoCredentialsProvider.create())
                .build())) {
      topics.createTopic(TOPIC);
    }
    channel.shutdownNow();
    System.out.println("address=" + pubsub.endpoint());
    System.out.flush();
    Thread.currentThread().join();
  }
}
