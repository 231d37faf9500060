package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.RawEvent;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessage;
import org.junit.jupiter.api.Test;

/** Every dead letter is a message that Pub/Sub takes. */
class PublishDeadLettersTest {
  private static final String[] TOLD = {
    "dead_letter_stage",
    "dead_letter_error_class",
    "dead_letter_error_message",
    "dead_letter_fingerprint",
    "dead_letter_failed_at"
  };

  private static DeadLetter letter(byte[] body, Map<String, String> attributes, String message) {
    RawEvent event =
        RawEvents.of("n1", "container.updated", "").toBuilder()
            .attributes(attributes)
            .body(body)
            .build();
    return DeadLetter.builder()
        .event(event)
        .stage("Validate")
        .errorClass(ErrorClass.INVALID)
        .errorMessage(message)
        .failedAt(Instant.parse("2026-02-01T00:00:00.5Z"))
        .build();
  }

  @Test
  void holdsTheOriginalAndWhatWasWrong() {
    byte[] body = {0, (byte) 0xff, '\n'};
    DeadLetter letter =
        letter(body, Map.of("tenant_id", "acme", "dead_letter_id", "7"), "/data: required");
    PubsubMessage message = PublishDeadLetters.messageOf(letter);

    assertThat(message.getPayload()).isEqualTo(body);
    assertThat(message.getAttributeMap())
        .isEqualTo(
            Map.of(
                "tenant_id", "acme",
                "dead_letter_id", "7",
                "dead_letter_stage", "Validate",
                "dead_letter_error_class", "INVALID",
                "dead_letter_error_message", "/data: required",
                "dead_letter_fingerprint", letter.fingerprint(),
                "dead_letter_failed_at", "2026-02-01T00:00:00.500Z"));
  }

  @Test
  void tellsTheLastFailureOfOneThatFailedBefore() {
    assertThat(
            PublishDeadLetters.messageOf(
                    letter(new byte[1], Map.of("dead_letter_stage", "Decode"), "x"))
                .getAttribute("dead_letter_stage"))
        .isEqualTo("Validate");
  }

  @Test
  void cutsValuesBetweenCharacters() {
    String long3 = "a" + "€".repeat(600);
    String long4 = "🚢".repeat(600);
    PubsubMessage message =
        PublishDeadLetters.messageOf(letter(new byte[1], Map.of("a", long3), long4));

    assertThat(message.getAttribute("a")).isEqualTo("a" + "€".repeat(341));
    assertThat(message.getAttribute("dead_letter_error_message")).isEqualTo("🚢".repeat(256));
  }

  @Test
  void leavesOutAttributesThatDoNotFit() {
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < 100; i++) {
      attributes.put("attribute" + i, "x");
    }
    attributes.put("n".repeat(257), "x");
    attributes.put("googclient_schemaencoding", "JSON");
    attributes.put("", "x");
    PubsubMessage message = PublishDeadLetters.messageOf(letter(new byte[1], attributes, "x"));

    assertThat(message.getAttributeMap())
        .hasSize(100)
        .containsKeys(TOLD)
        .doesNotContainKeys("", "n".repeat(257), "googclient_schemaencoding");
  }

  @Test
  void leavesOutABodyThatLeavesNoRoom() {
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < 100; i++) {
      attributes.put("a" + i, "x".repeat(2_000));
    }
    PubsubMessage large =
        PublishDeadLetters.messageOf(letter(new byte[7_400_000], attributes, "x"));
    PubsubMessage tooLarge =
        PublishDeadLetters.messageOf(letter(new byte[10_000_000], attributes, "x"));

    assertThat(large.getPayload()).hasSize(7_400_000);
    assertThat(large.getAttributeMap()).containsKeys(TOLD);
    assertThat(bytesOf(large)).isLessThanOrEqualTo(7_500_000);
    assertThat(tooLarge.getPayload()).isEmpty();
    assertThat(tooLarge.getAttributeMap())
        .hasSize(100)
        .containsKeys(TOLD)
        .containsEntry("dead_letter_body_left_out", "true");
  }

  private static int bytesOf(PubsubMessage message) {
    return message.getPayload().length
        + message.getAttributeMap().entrySet().stream()
            .mapToInt(
                a -> a.getKey().getBytes(UTF_8).length + a.getValue().getBytes(UTF_8).length + 6)
            .sum();
  }
}
