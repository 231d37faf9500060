package dev.tidegate.gateway.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AttributeLimitsTest {
  @Test
  void namesHaveOneTo256BytesAndAreNotGoogles() {
    assertThat(AttributeLimits.isName("n".repeat(256))).isTrue();
    assertThat(AttributeLimits.isName("n".repeat(257))).isFalse();
    assertThat(AttributeLimits.isName("ü".repeat(128))).isTrue();
    assertThat(AttributeLimits.isName("ü".repeat(129))).isFalse();
    assertThat(AttributeLimits.isName("")).isFalse();
    assertThat(AttributeLimits.isName("googclient")).isFalse();
  }

  @Test
  void valuesHaveUpTo1024Bytes() {
    assertThat(AttributeLimits.isValue("")).isTrue();
    assertThat(AttributeLimits.isValue("v".repeat(1_024))).isTrue();
    assertThat(AttributeLimits.isValue("v".repeat(1_025))).isFalse();
    assertThat(AttributeLimits.isValue("€".repeat(341))).isTrue();
    assertThat(AttributeLimits.isValue("€".repeat(342))).isFalse();
    assertThat(AttributeLimits.isValue("half of a pair: \uD83D")).isFalse();
  }

  @Test
  void aMessageHasUpTo100() {
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < 100; i++) {
      attributes.put("name" + i, "value");
    }
    assertThat(AttributeLimits.fit(attributes)).isTrue();
    attributes.put("one more", "value");
    assertThat(AttributeLimits.fit(attributes)).isFalse();
    assertThat(AttributeLimits.fit(Map.of("name", "v".repeat(1_025)))).isFalse();
    assertThat(AttributeLimits.fit(Map.of("", "value"))).isFalse();
  }

  @Test
  void trimmingKeepsWholeCharacters() {
    assertThat(AttributeLimits.trimmed("short")).isEqualTo("short");
    assertThat(AttributeLimits.trimmed("half \uD83D")).isEqualTo("half \uFFFD");
    for (String character : new String[] {"a", "ü", "€", "😀"}) {
      String trimmed = AttributeLimits.trimmed("x" + character.repeat(2_000));
      int left = 1_024 - trimmed.getBytes(StandardCharsets.UTF_8).length;
      assertThat(left).isBetween(0, character.getBytes(StandardCharsets.UTF_8).length - 1);
      assertThat(AttributeLimits.isValue(trimmed)).isTrue();
    }
  }
}
