package dev.tidegate.local;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Makes the topic and subscription where they are not there yet, over Pub/Sub's REST API. */
final class PubsubResources {
  /** Long enough for a batch and its checkpoint, however slow the database (FACTS: not 10 s). */
  private static final int ACK_DEADLINE_SECONDS = 60;

  private static final int OK = 200;
  private static final int ALREADY_EXISTS = 409;

  private PubsubResources() {}

  /**
   * @param endpoint host and port, plaintext
   * @throws LocalSystemException where nothing answers there, or it refuses
   */
  static void create(String endpoint, LocalOptions.Pubsub pubsub) throws IOException {
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    put(client, endpoint, pubsub.topicPath(), "{}");
    put(
        client,
        endpoint,
        pubsub.subscriptionPath(),
        "{\"topic\":\"%s\",\"ackDeadlineSeconds\":%d}"
            .formatted(pubsub.topicPath(), ACK_DEADLINE_SECONDS));
  }

  private static void put(HttpClient client, String endpoint, String resource, String body)
      throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://%s/v1/%s".formatted(endpoint, resource)))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response;
    try {
      response = client.send(request, BodyHandlers.ofString());
    } catch (IOException unreachable) {
      throw new LocalSystemException(
          "No Pub/Sub answers at %s. Check PUBSUB_EMULATOR_HOST, or unset it to use the embedded"
                  .formatted(endpoint)
              + " one",
          unreachable);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while asking Pub/Sub", interrupted);
    }
    if (response.statusCode() != OK && response.statusCode() != ALREADY_EXISTS) {
      throw new LocalSystemException(
          "Pub/Sub at %s refuses %s (status %d)"
              .formatted(endpoint, resource, response.statusCode()));
    }
  }
}
