package dev.tidegate.gateway.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import dev.tidegate.gateway.auth.AuthenticationConfiguration;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.ApiKey;
import dev.tidegate.gateway.auth.Authenticators;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.schemas.SourceFile;
import dev.tidegate.testing.Patience;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A gateway's server that takes events, and a client of it. Each tenant's key is its name; acme has
 * another, {@code colleague}. They may send for the sources {@code shop}, {@code legacy} and {@code
 * globex-only}.
 */
final class EventsGateway implements BeforeEachCallback, AfterAllCallback {
  static final EventToken TOKENS = new EventToken(Secret.of("a key of tests"));
  static final String JSON = "application/json";
  static final String CLOUD_EVENT = "application/cloudevents+json";
  static final String CLOUD_EVENT_BATCH = "application/cloudevents-batch+json";

  final RecordingPublisher publisher = new RecordingPublisher();
  final GatewayMetrics metrics = new GatewayMetrics();
  private final GatewayServer server;
  private final WebClient client;

  EventsGateway(EventLimits limits) {
    this(limits, Optional.empty());
  }

  EventsGateway(EventLimits limits, Optional<LedgerDatabase> database) {
    this(limits, database, List.of());
  }

  EventsGateway(EventLimits limits, Optional<LedgerDatabase> database, List<SourceFile> sources) {
    EventRoutes routes =
        new EventRoutes(
            Authenticators.of(
                new AuthenticationConfiguration(
                    List.of(),
                    List.of(key("acme"), key("globex"), key("acme", "colleague")),
                    Optional.empty())),
            publisher,
            TOKENS,
            limits,
            sources,
            metrics,
            database);
    server = GatewayServer.start("127.0.0.1", 0, List.of(routes));
    client =
        WebClient.builder("http://127.0.0.1:" + server.port())
            .factory(ClientFactory.ofDefault())
            .responseTimeout(Patience.LONGEST)
            .maxResponseLength(0)
            .build();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    publisher.forget();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    server.close();
  }

  int port() {
    return server.port();
  }

  /** An event of acme's in Tidegate's own format. */
  AggregatedHttpResponse post(String body) {
    return post("/events", Map.of(), body);
  }

  AggregatedHttpResponse post(String path, Map<String, String> headers, String body) {
    return post(path, headers, body.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A request of acme's with JSON.
   *
   * @param headers in addition, or instead; left out where the value is empty
   */
  AggregatedHttpResponse post(String path, Map<String, String> headers, byte[] body) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("content-type", JSON);
    all.put("x-api-key", "acme");
    all.putAll(headers);
    RequestHeadersBuilder builder = RequestHeaders.builder(HttpMethod.POST, path);
    all.forEach(
        (name, value) -> {
          if (!value.isEmpty()) {
            builder.add(name, value);
          }
        });
    return client.execute(HttpRequest.of(builder.build(), HttpData.wrap(body))).aggregate().join();
  }

  static JsonNode json(AggregatedHttpResponse response) {
    try {
      return Json.parse(response.content().array());
    } catch (JsonProcessingException notJson) {
      throw new UncheckedIOException(response.contentUtf8(), notJson);
    }
  }

  /** Of a problem, or of a result of a batch. */
  static List<String> pointers(JsonNode problem) {
    return problem.path("errors").findValuesAsText("pointer");
  }

  /** Asserts that a request was refused for an event's mistakes, at just these places. */
  static void assertMistakes(AggregatedHttpResponse response, String... pointers) {
    assertThat(response.status().code()).as(response.contentUtf8()).isEqualTo(422);
    assertThat(json(response).path("type").asText())
        .isEqualTo("urn:tidegate:problem:invalid-event");
    assertThat(pointers(json(response))).containsExactlyInAnyOrder(pointers);
  }

  static void assertStatus(AggregatedHttpResponse response, int status) {
    assertThat(response.status().code()).as(response.contentUtf8()).isEqualTo(status);
  }

  private static ApiKey key(String tenant) {
    return key(tenant, tenant);
  }

  private static ApiKey key(String tenant, String key) {
    return new ApiKey(
        key + "-service",
        Sha256.hexOf(key.getBytes(StandardCharsets.UTF_8)),
        tenant,
        Set.of(),
        Set.of("shop", "legacy", "globex-only"));
  }
}
