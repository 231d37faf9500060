package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** What the gateway says of the pipeline. */
final class GatewayStatus {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private GatewayStatus() {}

  /** The answer of {@code gatewayUrl}, or its {@link StatusPage#PROBLEM}. */
  static ObjectNode of(String gatewayUrl) throws InterruptedException {
    String address = gatewayUrl.replaceAll("/+$", "") + "/status";
    try {
      HttpResponse<byte[]> response =
          HttpClient.newBuilder()
              .connectTimeout(TIMEOUT)
              .version(HttpClient.Version.HTTP_1_1)
              .build()
              .send(
                  HttpRequest.newBuilder(URI.create(address)).timeout(TIMEOUT).build(),
                  HttpResponse.BodyHandlers.ofByteArray());
      if (response.statusCode() != 200) {
        return problem(address + " answered " + response.statusCode());
      }
      JsonNode answer = Json.parse(response.body());
      return answer instanceof ObjectNode status
          ? status
          : problem(address + " answered something else than a status");
    } catch (IOException | IllegalArgumentException failure) {
      return problem(address + " cannot be reached (" + FailureReport.reason(failure) + ")");
    }
  }

  private static ObjectNode problem(String message) {
    return Json.mapper().createObjectNode().put(StatusPage.PROBLEM, message);
  }
}
