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

  @RegisterExtension
  static final EventsGateway GATEWAY = new EventsGateway(new EventLimits(1_000, 100_000, 1, 5));

  @Test
  void aTenantsBurstIsItsOwn() {
    AggregatedHttpResponse refused = postUntilRefused();
    assertThat(refused.headers().getLong("retry-after")).isBetween(1L, 2L);
    // Whatever it sends costs, in order or not.
    assertStatus(GATEWAY.post("{"), 429);
    assertStatus(GATEWAY.post("/events", Map.of("x-api-key", "globex"), EVENT), 202);
    assertThat(GATEWAY.metrics.registry().scrape())
        .contains("tidegate_events_rejected_total{reason=\"rate\"}");
    // A batch costs its events, and none of them goes through where they do not all.
    GATEWAY.publisher.forget();
    Map<String, String> globex = Map.of("x-api-key", "globex");
    assertStatus(GATEWAY.post("/events/batch", globex, batchOf(5)), 429);
    assertThat(GATEWAY.publisher.published()).isEmpty();
    Awaitility.await()
        .untilAsserted(
            () -> assertStatus(GATEWAY.post("/events/batch", globex, batchOf(2)), 202));
    // And the bucket fills again.
    Awaitility.await().untilAsserted(() -> assertStatus(GATEWAY.post(EVENT), 202));
  }

  @Test
  void aBatchIsNoLargerThanABurst() {
    Awaitility.await()
        .untilAsserted(() -> assertMistakes(GATEWAY.post("/events/batch", Map.of(), batchOf(6)), ""));
  }

  private static AggregatedHttpResponse postUntilRefused() {
    AggregatedHttpResponse response = GATEWAY.post(EVENT);
    for (int i = 0; i < 100 && response.status().code() == 202; i++) {
      response = GATEWAY.post(EVENT);
    }
    assertStatus(response, 429);
    return response;
  }

  private static String batchOf(int events) {
    return Collections.nCopies(events, EVENT).toString();
  }
}
