package dev.tidegate.gateway.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CounterRatesTest {
  private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");

  private final Map<String, Long> counters = new HashMap<>();
  private final CounterRates rates = new CounterRates(() -> Map.copyOf(counters));

  private double rate(long second, long count) {
    counters.put("events_read", count);
    return rates.read(START.plusSeconds(second)).map(each -> each.of("events_read")).orElse(-1.0);
  }

  @Test
  void aRateTakesTwoReadings() {
    assertThat(rate(0, 100)).isEqualTo(-1);
    assertThat(rate(1, 200)).isEqualTo(-1);
    assertThat(rate(10, 1_100)).isEqualTo(100);
  }

  @Test
  void itIsThatOfTheLastMinute() {
    for (int second = 0; second <= 60; second += 5) {
      rate(second, second * 10);
    }

    assertThat(rate(90, 600)).isEqualTo(5);
    assertThat(rate(600, 600)).isEqualTo(-1);
  }

  @Test
  void countersThatBeganAnewAreNotComparedWithThoseOfBefore() {
    rate(0, 1_000);

    assertThat(rate(10, 5)).isEqualTo(-1);
    assertThat(rate(20, 105)).isEqualTo(10);
  }
}
