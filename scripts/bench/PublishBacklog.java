import com.google.api.core.ApiFuture;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.GrpcTransportChannel;
import com.google.api.gax.rpc.FixedTransportChannelProvider;
import com.google.cloud.pubsub.v1.Publisher;
import com.google.protobuf.ByteString;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.TopicName;
import dev.tidegate.pubsub.EmbeddedPubsub;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Publishes each line of FILE into the embedded Pub/Sub of a data folder, while no Tidegate runs on
 * it: PublishBacklog DATA FILE.
 */
public final class PublishBacklog {
  public static void main(String[] arguments) throws Exception {
    Path data = Path.of(arguments[0]);
    Path file = Path.of(arguments[1]);
    try (EmbeddedPubsub pubsub = EmbeddedPubsub.start(data.resolve("pubsub"), 0)) {
      put(pubsub, "projects/local-dev/topics/events", "{}");
      put(
          pubsub,
          "projects/local-dev/subscriptions/events-pipeline",
          "{\"topic\":\"projects/local-dev/topics/events\",\"ackDeadlineSeconds\":60}");
      ManagedChannel channel =
          ManagedChannelBuilder.forTarget(pubsub.endpoint()).usePlaintext().build();
      Publisher publisher =
          Publisher.newBuilder(TopicName.of("local-dev", "events"))
              .setChannelProvider(
                  FixedTransportChannelProvider.create(GrpcTransportChannel.create(channel)))
              .setCredentialsProvider(NoCredentialsProvider.create())
              .build();
      Queue<ApiFuture<String>> underWay = new ArrayDeque<>();
      int published = 0;
      try (BufferedReader lines = Files.newBufferedReader(file)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          underWay.add(
              publisher.publish(
                  PubsubMessage.newBuilder()
                      .setData(ByteString.copyFromUtf8(line))
                      .putAttributes("source", "terminal49")
                      .putAttributes("tenant_id", "default")
                      .build()));
          if (underWay.size() > 2_000) {
            underWay.remove().get();
          }
          published++;
        }
      }
      for (ApiFuture<String> left : underWay) {
        left.get();
      }
      publisher.shutdown();
      channel.shutdownNow();
      System.out.println(published + " published");
    }
    System.exit(0);
  }

  private static void put(EmbeddedPubsub pubsub, String resource, String body) throws Exception {
    HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://" + pubsub.endpoint() + "/v1/" + resource))
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.discarding());
  }
}
