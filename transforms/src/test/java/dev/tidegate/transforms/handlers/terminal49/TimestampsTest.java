package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampsTest {
  @ParameterizedTest
  @CsvSource({
    "2021-11-10T00:15:42Z, 2021-11-10T00:15:42Z",
    "2021-11-09T17:15:42-07:00, 2021-11-10T00:15:42Z",
    "2021-11-10 00:15:42 UTC, 2021-11-10T00:15:42Z",
    "2021-11-10T00:15:42.123456Z, 2021-11-10T00:15:42.123456Z",
  })
  void readsEverySpelling(String text, Instant time) {
    assertThat(Timestamps.read(text)).contains(time);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " UTC",
        "yesterday",
        "2021-11-10",
        "2021-11-10T00:15:42",
        "2021-11-10 00:15:42",
        "2021-11-10 00:15:42 PST",
        "2021-02-30 00:15:42 UTC",
        "2021-13-10T00:15:42Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "+10000-01-01T00:00:00Z",
        "+999999999-12-31T23:59:59-18:00",
        "1636503342"
      })
  void refusesAnythingElse(String text) {
    assertThat(Timestamps.read(text)).isEmpty();
  }

  @Test
  void leavesWhatIsNoTimeToItsColumn() {
    assertThat(Timestamps.readOrKeep(NullNode.getInstance())).isEqualTo(NullNode.getInstance());
    assertThat(Timestamps.readOrKeep(IntNode.valueOf(5))).isEqualTo(IntNode.valueOf(5));
  }
}
