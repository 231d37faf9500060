package dev.tidegate.flink;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.Patience;
import dev.tidegate.testing.ProofSize;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

/**
 * A topic of a Pub/Sub server, over REST.
 *
 * @param endpoint host and port, plaintext
 * @param path {@code projects/PROJECT/topics/NAME}
 */
record Topic(String endpoint, String path) {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /** What a killed reader had in its hands comes again after that. */
  private static final int ACK_DEADLINE_SECONDS = ProofSize.of(15, 30);

  private static final int BATCH = 100;

  /** Makes the topic and a subscription to it. */
  void create(String subscription) throws IOException, InterruptedException {
    send("PUT", path, "{}");
    send(
        "PUT",
        subscription,
        "{\"topic\":\"%s\",\"ackDeadlineSeconds\":%d}".formatted(path, ACK_DEADLINE_SECONDS));
  }

  /**
   * Publishes all of them, in order and with no attributes.
   *
   * @param pause after each hundred
   */
  void publish(List<byte[]> bodies, Duration pause) throws IOException, InterruptedException {
    for (int from = 0; from < bodies.size(); from += BATCH) {
      ObjectNode request = Json.mapper().createObjectNode();
      ArrayNode messages = request.putArray("messages");
      for (byte[] body : bodies.subList(from, Math.min(from + BATCH, bodies.size()))) {
        messages.addObject().put("data", Base64.getEncoder().encodeToString(body));
      }
      send("POST", path + ":publish", Json.write(request));
      Thread.sleep(pause.toMillis());
    }
  }

  private void send(String method, String resource, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        HTTP.send(
            HttpRequest.newBuilder(URI.create("http://%s/v1/%s".formatted(endpoint, resource)))
                .timeout(Patience.LONGEST)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException(
          "%s %s answered %d: %s"
              .formatted(method, resource, response.statusCode(), response.body()));
    }
  }
}
