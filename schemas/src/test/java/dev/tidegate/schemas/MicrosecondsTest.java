package dev.tidegate.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MicrosecondsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999999Z",
        "1970-01-01T00:00:00Z",
        "2024-02-29T12:34:56.1Z",
        "2026-01-31T10:00:00.001Z",
        "2026-01-31T10:00:00.000001Z",
        "2026-01-31T10:00:00.000000001Z",
        "9999-12-31T23:59:59.999999Z",
        "9999-12-31T23:59:59.999999999Z",
        "+10000-01-01T00:00:00.123456789Z",
        "-0001-01-01T00:00:00Z"
      })
  void textIsTheInstantsWithoutNanoseconds(String text) {
    Instant time = Instant.parse(text);
    assertThat(Microseconds.textOf(time)).isEqualTo(time.truncatedTo(ChronoUnit.MICROS).toString());
  }

  @Test
  void textIsTheInstantsWhateverTheTime() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      Instant time = Instant.ofEpochSecond(random.nextLong() >> 26, random.nextInt(1_000_000_000));
      assertThat(Microseconds.textOf(time))
          .isEqualTo(time.truncatedTo(ChronoUnit.MICROS).toString());
    }
  }
}
