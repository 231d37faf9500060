package dev.tidegate.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StoredPayloadTest {
  @Test
  void everyBodyComesBackAsItWas() {
    Random random = new Random(3);
    for (int length : List.of(0, 1, 255, 256, 257, 5_000, 70_000, 1_000_000)) {
      byte[] noise = new byte[length];
      random.nextBytes(noise);
      byte[] repeated = "{\"a\":\"ü\"},".repeat(1 + length / 10).getBytes(UTF_8);
      for (byte[] body : List.of(noise, repeated, new byte[length])) {
        assertThat(StoredPayload.read(StoredPayload.write(body))).isEqualTo(body);
      }
    }
  }

  @Test
  void whatDoesNotGetShorterTakesOneByteMore() {
    byte[] noise = new byte[5_000];
    new Random(4).nextBytes(noise);
    assertThat(StoredPayload.write(noise)).hasSize(5_001);
    assertThat(StoredPayload.write("{}".getBytes(UTF_8))).hasSize(3);
    assertThat(StoredPayload.write("{\"a\":1},".repeat(500).getBytes(UTF_8))).hasSizeLessThan(50);
  }

  @Test
  void whatIsDamagedIsRefused() {
    byte[] stored = StoredPayload.write("{\"a\":1},".repeat(500).getBytes(UTF_8));
    stored[4]++;
    for (byte[] damaged : List.of(stored, new byte[0], new byte[] {1, 0, 0}, new byte[] {7, 7})) {
      assertThatThrownBy(() -> StoredPayload.read(damaged))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
