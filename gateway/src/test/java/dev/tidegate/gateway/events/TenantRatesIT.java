package dev.tidegate.gateway.events;

import static dev.tidegate.gateway.events.EventsGateway.assertMistakes;
import static dev.tidegate.gateway.events.EventsGateway.assertStatus;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import java.util.Collections;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TenantRatesIT {
  private static final String EVENT = "{\"eventType\":\"a\",\"payload\":{}}";

  private static final Map<String, String> ACME = Map.of("x-api-key", "acme");
  private static final Map<String, String> GLOBEX = Map.of("x-api-key", "globex");

  @RegisterExtension
  static final EventsGateway GATEWAY = new EventsGateway(new EventLimits(1_000, 100_000, 1, 5));

  @Test
  void aTenantsBurstIsItsOwn() {
    AggregatedHttpResponse refused = postUntilRefused("/events", ACME, EVENT);
    assertThat(refused.headers().getLong("retry-after")).isBetween(1L, 2L);
    assertStatus(GATEWAY.post("/events", GLOBEX, EVENT), 202);
    assertThat(GATEWAY.metrics.registry().scrape())
        .contains("tidegate_events_rejected_total{reason=\"rate\"}");
    // And the bucket fills again.
    Awaitility.await().untilAsserted(() -> assertStatus(GATEWAY.post(EVENT), 202));
  }

  @Test
  void whateverATenantSendsCosts() {
    postUntilRefused("/events", ACME, "no JSON");
  }

  @Test
  void aBatchCostsItsEventsAndGoesThroughWholeOrNotAtAll() {
    postUntilRefused("/events/batch", ACME, batchOf(5));
    assertThat(GATEWAY.publisher.published().size() % 5).isZero();
    // What was refused has cost nothing: however often it tries, it gets through.
    Awaitility.await()
        .untilAsserted(() -> assertStatus(GATEWAY.post("/events/batch", ACME, batchOf(5)), 202));
  }

  @Test
  void aBatchIsToldToWaitForAllOfItsEvents() {
    // None is left, so that it is refused before it has cost anything; then one is, and more.
    postUntilRefused("/events", ACME, EVENT);
    AggregatedHttpResponse refused = GATEWAY.post("/events/batch", ACME, batchOf(5));
    assertStatus(refused, 429);
    assertThat(refused.headers().getLong("retry-after")).isBetween(4L, 5L);
    Awaitility.await()
        .untilAsserted(() -> assertStatus(GATEWAY.post("/events/batch", ACME, batchOf(1)), 202));
    refused = GATEWAY.post("/events/batch", ACME, batchOf(5));
    assertStatus(refused, 429);
    assertThat(refused.headers().getLong("retry-after")).isBetween(4L, 5L);
  }

  @Test
  void aBatchIsNoLargerThanABurst() {
    Awaitility.await()
        .untilAsserted(
            () -> assertMistakes(GATEWAY.post("/events/batch", Map.of(), batchOf(6)), ""));
  }

  private static AggregatedHttpResponse postUntilRefused(
      String path, Map<String, String> tenant, String body) {
    AggregatedHttpResponse response = GATEWAY.post(path, tenant, body);
    for (int i = 0; i < 500 && response.status().code() != 429; i++) {
      response = GATEWAY.post(path, tenant, body);
    }
    assertStatus(response, 429);
    return response;
  }

  private static String batchOf(int events) {
    return Collections.nCopies(events, EVENT).toString();
  }
}
