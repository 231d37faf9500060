package dev.tidegate.local.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A gateway, as the commands talk to it: JSON in and out. What it refuses becomes a {@link Refusal}
 * that says what to do. What it cannot take now (429 and 503 with {@code Retry-After}) is sent
 * again when it says.
 */
final class GatewayClient {
  /** Longer than the longest that a gateway lets a request wait. */
  private static final Duration TIMEOUT = Duration.ofSeconds(35);

  private static final int RETRIES = 3;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

  /** What the gateway allows for a page. */
  private static final int PAGE = 100;

  /** Never follows a redirect: the token is for this gateway alone. */
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  /** The gateway answered, and not with what was asked for. */
  static final class Refusal extends CommandFailure {
    private static final long serialVersionUID = 1;

    private final int status;

    Refusal(int status, String message) {
      super(message);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  private final String url;
  private final Supplier<String> token;
  private final String logIn;

  /**
   * @param url without a slash at its end
   * @param token is asked for with each request that needs one
   * @param logIn what to do where the gateway does not believe the token
   */
  GatewayClient(String url, Supplier<String> token, String logIn) {
    this.url = url;
    this.token = token;
    this.logIn = logIn;
  }

  String url() {
    return url;
  }

  /** A query of a path: parameters that are null or empty are left out. */
  static String query(String path, Map<String, ?> parameters) {
    String query =
        parameters.entrySet().stream()
            .filter(entry -> entry.getValue() != null && !entry.getValue().toString().isEmpty())
            .map(entry -> entry.getKey() + "=" + encoded(entry.getValue().toString()))
            .collect(Collectors.joining("&"));
    return query.isEmpty() ? path : path + (path.contains("?") ? "&" : "?") + query;
  }

  /** {@code text} as a part of a path or query. */
  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  JsonNode get(String path) throws InterruptedException {
    return json(getBytes(path));
  }

  /** The answer as it is. */
  HttpResponse<byte[]> getBytes(String path) throws InterruptedException {
    return ask("GET", path, BodyPublishers.noBody(), true);
  }

  /** The answer to whoever asks, without a token. */
  HttpResponse<byte[]> getPublic(String path) throws InterruptedException {
    return ask("GET", path, BodyPublishers.noBody(), false);
  }

  JsonNode post(String path) throws InterruptedException {
    return json(ask("POST", path, BodyPublishers.noBody(), true));
  }

  JsonNode send(String method, String path, ObjectNode body) throws InterruptedException {
    return json(ask(method, path, BodyPublishers.ofString(Json.write(body)), true));
  }

  /** Sends a webhook, which its signature proves. */
  JsonNode webhook(String path, byte[] body, String... signature) throws InterruptedException {
    return json(ask("POST", path, BodyPublishers.ofByteArray(body), false, signature));
  }

  /** The first {@code most} items of a list, page by page. */
  List<JsonNode> list(String path, Map<String, ?> parameters, int most)
      throws InterruptedException {
    Map<String, Object> page = new LinkedHashMap<>(parameters);
    List<JsonNode> items = new ArrayList<>();
    do {
      page.put("limit", Math.min(PAGE, most - items.size()));
      JsonNode answer = get(query(path, page));
      answer.path("items").forEach(items::add);
      page.put("cursor", answer.path("next").asText(""));
    } while (!page.get("cursor").equals("") && items.size() < most);
    return items;
  }

  private HttpResponse<byte[]> ask(
      String method, String path, BodyPublisher body, boolean withToken, String... headers)
      throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(TIMEOUT)
            .header("Accept", "application/json, */*;q=0.5");
    if (body.contentLength() != 0) {
      request.header("Content-Type", "application/json");
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    for (int attempt = 0; ; attempt++) {
      if (withToken) {
        request.setHeader("Authorization", "Bearer " + token.get());
      }
      HttpResponse<byte[]> response = send(request.method(method, body).build());
      Optional<Duration> wait = retryAfter(response);
      if (response.statusCode() / 100 == 2) {
        return response;
      } else if (wait.isEmpty() || attempt == RETRIES) {
        throw refusal(response);
      }
      Thread.sleep(wait.get().toMillis());
    }
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws InterruptedException {
    try {
      return HTTP.send(request, BodyHandlers.ofByteArray());
    } catch (IOException unreachable) {
      throw new CommandFailure(
          "The gateway at %s cannot be reached (%s)"
              .formatted(url, FailureReport.reason(unreachable)),
          unreachable);
    }
  }

  /** How long to wait before the same again; empty where that is pointless or takes too long. */
  private static Optional<Duration> retryAfter(HttpResponse<?> response) {
    return response
        .headers()
        .firstValue("Retry-After")
        .filter(text -> response.statusCode() == 429 || response.statusCode() == 503)
        .filter(text -> text.matches("[0-9]{1,5}"))
        .map(text -> Duration.ofSeconds(Long.parseLong(text)))
        .filter(wait -> wait.compareTo(LONGEST_WAIT) <= 0);
  }

  JsonNode json(HttpResponse<byte[]> response) {
    try {
      return Json.parse(response.body());
    } catch (JsonProcessingException another) {
      throw new CommandFailure(
          "%s answered something else than JSON: is it a gateway?".formatted(response.uri()),
          another);
    }
  }

  private Refusal refusal(HttpResponse<byte[]> response) {
    int status = response.statusCode();
    String detail = detailOf(response.body());
    String reason = detail.isEmpty() ? "" : " (" + detail + ")";
    String message =
        switch (status) {
          case 401 -> "The gateway at %s does not accept the token%s. %s";
          case 403 -> "The gateway at %s does not allow this%s. tidegate whoami shows your roles";
          case 404 -> "The gateway at %s does not have that%s";
          case 429 -> "The gateway at %s has had too many requests%s. Try again later";
          case 503 -> "The gateway at %s cannot do this now%s. Try again later";
          default -> "The gateway at %s answered " + status + "%s";
        };
    return new Refusal(status, message.formatted(url, reason, logIn));
  }

  /** What a problem (RFC 9457) says; nothing where {@code body} is none. */
  static String detailOf(byte[] body) {
    JsonNode problem;
    try {
      problem = Json.parse(body);
    } catch (JsonProcessingException noProblem) {
      problem = MissingNode.getInstance();
    }
    List<String> details = new ArrayList<>();
    details.add(problem.path("detail").asText(""));
    for (JsonNode error : problem.path("errors")) {
      String pointer = error.path("pointer").asText();
      details.add((pointer.isEmpty() ? "" : pointer + ": ") + error.path("detail").asText());
    }
    return details.stream()
        .map(detail -> detail.replaceFirst("\\.$", ""))
        .filter(detail -> !detail.isEmpty())
        .collect(Collectors.joining("; "));
  }
}
