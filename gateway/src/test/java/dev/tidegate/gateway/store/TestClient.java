package dev.tidegate.gateway.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.tidegate.schemas.Json;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Calls a gateway over HTTP. */
public final class TestClient {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /**
   * An answer.
   *
   * @param json of its body; missing where it is none
   */
  public record Answer(int status, JsonNode json, HttpResponse<byte[]> response) {
    /** The pointers of a problem's errors. */
    public List<String> pointers() {
      return json.path("errors").findValuesAsText("pointer");
    }
  }

  private final int port;

  public TestClient(int port) {
    this.port = port;
  }

  public Answer get(String caller, String path) {
    return send(caller, "GET", path, null);
  }

  public Answer post(String caller, String path, String body) {
    return send(caller, "POST", path, body);
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @param body JSON; null for none
   * @param headers more of them, names and values in turn
   */
  public Answer send(String caller, String method, String path, String body, String... headers) {
    return sendAsync(caller, method, path, body, headers).join();
  }

  public CompletableFuture<Answer> sendAsync(
      String caller, String method, String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    if (!caller.isEmpty()) {
      request.header(KnownCallers.HEADER, caller);
    }
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    return HTTP.sendAsync(request.build(), BodyHandlers.ofByteArray()).thenApply(TestClient::read);
  }

  /** A value as part of a query. */
  public static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private static Answer read(HttpResponse<byte[]> response) {
    try {
      return new Answer(response.statusCode(), Json.parse(response.body()), response);
    } catch (JsonProcessingException none) {
      return new Answer(response.statusCode(), MissingNode.getInstance(), response);
    }
  }
}
