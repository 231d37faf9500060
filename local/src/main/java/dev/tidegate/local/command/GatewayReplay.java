package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.local.gateway.DevelopmentToken;
import dev.tidegate.local.gateway.LocalGateway;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;

/** Replays of a running system, which its gateway runs by itself: {@code /admin/replays}. */
final class GatewayReplay {
  private static final Duration TIMEOUT = Duration.ofSeconds(35);
  private static final Duration POLL = Duration.ofMillis(250);
  private static final String PATH = "/admin/replays";

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();

  private final String gatewayUrl;
  private final String token;

  /**
   * @param key the system's, which signs tokens
   */
  GatewayReplay(String gatewayUrl, Secret key) {
    this.gatewayUrl = gatewayUrl;
    this.token =
        new DevelopmentToken(
                LocalGateway.TENANT,
                "tidegate-replay",
                List.of(Role.PLATFORM_OPERATOR),
                Duration.ofDays(1))
            .sign(key);
  }

  /** Starts a replay. */
  JsonNode start(ObjectNode request) throws IOException, InterruptedException {
    return ask(
        request(PATH)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(Json.write(request))));
  }

  /**
   * Waits until the replay {@code started} has ended or somebody has paused it, and tells of its
   * progress.
   */
  JsonNode follow(JsonNode started, ProgressLine progress)
      throws IOException, InterruptedException {
    JsonNode replay = started;
    while (replay.path("status").asText().equals("RUNNING")) {
      progress.report(replay.path("published").asLong());
      Thread.sleep(POLL.toMillis());
      replay = ask(request(PATH + "/" + started.path("replayId").asText()).GET());
    }
    return replay;
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(gatewayUrl + path))
        .timeout(TIMEOUT)
        .header("Authorization", "Bearer " + token);
  }

  private JsonNode ask(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<byte[]> response;
    try {
      response = client.send(request.build(), BodyHandlers.ofByteArray());
    } catch (IOException unreachable) {
      throw new CommandFailure(
          "The gateway at %s cannot be reached (%s)"
              .formatted(gatewayUrl, FailureReport.reason(unreachable)),
          unreachable);
    }
    JsonNode answer = Json.parse(response.body());
    if (response.statusCode() / 100 != 2) {
      throw new CommandFailure(
          "The gateway at %s answered %d: %s %s"
              .formatted(
                  gatewayUrl,
                  response.statusCode(),
                  answer.path("detail").asText(),
                  answer.path("errors").isMissingNode() ? "" : answer.path("errors")));
    }
    return answer;
  }
}
