package dev.tidegate.gateway.events;

import static dev.tidegate.gateway.events.EventsGateway.CLOUD_EVENT;
import static dev.tidegate.gateway.events.EventsGateway.CLOUD_EVENT_BATCH;
import static dev.tidegate.gateway.events.EventsGateway.JSON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Requests that were drawn at random, and good ones that were damaged: none is answered with a 5xx,
 * or never; and all that is published is what the pipeline takes.
 */
@Proof(
    name = "hostile-events",
    promise =
        "No event's request is answered 5xx or never, and the pipeline takes what is accepted",
    faults = "bodies and headers drawn and damaged at random")
class HostileRequestsIT {
  private static final int REQUESTS = ProofSize.of(2_000, 10_000);

  private static final String PLAIN =
      """
      {"eventType":"order.created","payload":{"id":"1","list":[1,2.5e3,true,null,{"a":"\\u00e9"}]},
       "metadata":{"occurredAt":"2026-01-31T12:00:00Z"},"idempotencyKey":"k"}""";

  private static final String CLOUD =
      """
      {"specversion":"1.0","id":"1","source":"/s","type":"t","time":"2026-01-31T12:00:00Z",
       "data_base64":"e30=","ext":7}""";

  private static final List<String> BODIES =
      List.of(PLAIN, CLOUD, "[" + PLAIN + "," + PLAIN + "]", "[" + CLOUD + "]", "{\"a\":1}", "");

  private static final List<String> PIECES =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\"",
          "\\u0000",
          "\\ud800",
          "\\",
          "1e999999999",
          "-",
          "NaN",
          "null",
          "\u0000",
          "\uFEFF",
          "\"id\":",
          "\"payload\":",
          "\"data\":{",
          "/*",
          "'",
          "%",
          "é",
          "[[[[[[[[[[[",
          "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":");

  private static final List<String> HEADERS =
      List.of(
          "ce-specversion",
          "ce-id",
          "ce-source",
          "ce-type",
          "ce-time",
          "ce-x",
          "ce-",
          "idempotency-key",
          "content-encoding",
          "traceparent",
          "user-agent",
          "x-api-key");

  private static final List<String> VALUES =
      List.of("1.0", "\"", "%", "%00", "%ff", "%20", "k", "identity", "acme", "\"a\"", "é", "\\");

  private static final List<String> TYPES =
      List.of(JSON, JSON, CLOUD_EVENT, CLOUD_EVENT_BATCH, "text/plain", "a/b;c", "x", ";");

  @RegisterExtension
  static final EventsGateway GATEWAY =
      new EventsGateway(new EventLimits(1 << 20, 10 << 20, 1_000_000, 1_000_000));

  @Test
  void noneIsTheGatewaysTrouble() throws JsonProcessingException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < REQUESTS; i++) {
      byte[] body = body(random);
      Map<String, String> headers = headers(random);
      AggregatedHttpResponse response =
          GATEWAY.post(random.nextBoolean() ? "/events" : "/events/batch", headers, body);
      assertThat(response.status().code())
          .as("seed %d, request %d, %s, %s", seed, i, headers, Arrays.toString(body))
          .isIn(202, 207, 400, 401, 409, 413, 415, 422);
    }
    ProofSize.count(REQUESTS);
    assertThat(GATEWAY.publisher.published()).isNotEmpty();
    for (var event : GATEWAY.publisher.published()) {
      assertThat(Json.parse(event.body()).isObject()).isTrue();
      assertThat(ColumnType.isJsonb(Json.parse(event.body()))).isTrue();
      assertThat(Event.isName(event.attributes().get("notification_id"))).isTrue();
      assertThat(Event.isName(event.attributes().get("event_type"))).isTrue();
      assertThat(event.attributes()).containsEntry("tenant_id", "acme");
    }
  }

  private static byte[] body(Random random) {
    StringBuilder text = new StringBuilder(pick(random, BODIES));
    for (int changes = random.nextInt(4); changes > 0; changes--) {
      int at = random.nextInt(text.length() + 1);
      switch (random.nextInt(3)) {
        case 0 -> text.insert(at, pick(random, PIECES));
        case 1 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(20)));
        default -> text.insert(at, text.substring(random.nextInt(at + 1), at));
      }
    }
    byte[] bytes = text.toString().getBytes(UTF_8);
    if (bytes.length > 0 && random.nextInt(5) == 0) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  private static Map<String, String> headers(Random random) {
    Map<String, String> headers = new HashMap<>();
    headers.put("content-type", pick(random, TYPES));
    if (random.nextInt(3) == 0) {
      for (int i = random.nextInt(6); i > 0; i--) {
        headers.put(pick(random, HEADERS), pick(random, VALUES));
      }
    }
    return headers;
  }

  private static <T> T pick(Random random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
