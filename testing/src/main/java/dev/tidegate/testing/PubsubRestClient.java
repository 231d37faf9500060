package dev.tidegate.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Pub/Sub's REST API as a client without a library sees it: paths, raw JSON and status codes. */
public final class PubsubRestClient {
  public static final String PROJECT = "projects/local-dev";
  public static final String TOPIC = PROJECT + "/topics/events";
  public static final String SUBSCRIPTION = PROJECT + "/subscriptions/events-sub";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String root;

  public PubsubRestClient(String endpoint) {
    root = "http://" + endpoint + "/v1/";
  }

  public record Reply(int code, JsonNode body) {}

  /** A message as pulled: {@code data} decoded. */
  public record Pulled(String ackId, String messageId, String data) {}

  public Reply send(String method, String path, String json) {
    return send(request(path).method(method, BodyPublishers.ofString(json)));
  }

  public Reply get(String path) {
    return send(request(path).GET());
  }

  public Reply post(String path, String json) {
    return send("POST", path, json);
  }

  public Reply postGzipped(String path, String json) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(json.getBytes(StandardCharsets.UTF_8));
    }
    return send(
        request(path)
            .header("Content-Encoding", "gzip")
            .POST(BodyPublishers.ofByteArray(bytes.toByteArray())));
  }

  public void createTopicAndSubscription() {
    ok(send("PUT", TOPIC, "{}"));
    ok(send("PUT", SUBSCRIPTION, "{\"topic\":\"" + TOPIC + "\",\"ackDeadlineSeconds\":60}"));
  }

  /** Deletes all topics and subscriptions, with what waits in them. */
  public void deleteEverything() {
    for (String kind : List.of("subscriptions", "topics")) {
      ok(get(PROJECT + "/" + kind))
          .path(kind)
          .forEach(each -> ok(send("DELETE", each.get("name").asText(), "")));
    }
  }

  /** Publishes texts and answers their message ids. */
  public List<String> publish(String... texts) {
    List<String> messages = new ArrayList<>();
    for (String text : texts) {
      String data = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
      messages.add("{\"data\":\"" + data + "\"}");
    }
    JsonNode body =
        ok(post(TOPIC + ":publish", "{\"messages\":[" + String.join(",", messages) + "]}"));
    List<String> ids = new ArrayList<>();
    body.get("messageIds").forEach(id -> ids.add(id.asText()));
    return ids;
  }

  public List<Pulled> pull(int most) {
    JsonNode body =
        ok(
            post(
                SUBSCRIPTION + ":pull",
                "{\"maxMessages\":" + most + ",\"returnImmediately\":true}"));
    List<Pulled> pulled = new ArrayList<>();
    for (JsonNode received : body.path("receivedMessages")) {
      JsonNode message = received.get("message");
      byte[] data = Base64.getDecoder().decode(message.path("data").asText());
      pulled.add(
          new Pulled(
              received.get("ackId").asText(),
              message.get("messageId").asText(),
              new String(data, StandardCharsets.UTF_8)));
    }
    return pulled;
  }

  public void acknowledge(List<Pulled> pulled) {
    ok(post(SUBSCRIPTION + ":acknowledge", "{\"ackIds\":" + ackIds(pulled) + "}"));
  }

  public void modifyAckDeadline(List<Pulled> pulled, int seconds) {
    ok(
        post(
            SUBSCRIPTION + ":modifyAckDeadline",
            "{\"ackIds\":" + ackIds(pulled) + ",\"ackDeadlineSeconds\":" + seconds + "}"));
  }

  public static JsonNode ok(Reply reply) {
    if (reply.code != 200) {
      throw new AssertionError("HTTP " + reply.code + ": " + reply.body);
    }
    return reply.body;
  }

  private static String ackIds(List<Pulled> pulled) {
    return pulled.stream().map(each -> "\"" + each.ackId + "\"").toList().toString();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(root + path))
        .header("Content-Type", "application/json");
  }

  private Reply send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
      return new Reply(response.statusCode(), JSON.readTree(response.body()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
