package dev.tidegate.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DeadLetterTest {
  private static DeadLetter.Builder builder(RawEvent event) {
    return DeadLetter.builder()
        .event(event)
        .stage("Validate")
        .errorClass(DeadLetter.ErrorClass.INVALID)
        .errorMessage("wrong")
        .failedAt(Samples.PUBLISHED);
  }

  @Test
  void lettersThatDifferInNumbersAndQuotedPartsShareAFingerprint() {
    List<String> messages =
        List.of(
            "item 1 of 'a' is not \"x\"",
            "item 22 of 'bcd' is not \"\"",
            "item 333 of '' is not \"y 'z' 5\"");
    assertThat(messages.stream().map(text -> Samples.letter(text).fingerprint()).distinct())
        .hasSize(1)
        .allMatch(fingerprint -> fingerprint.matches("[0-9a-f]{16}"));
  }

  @Test
  void anotherReasonSourceStageOrClassIsAnotherFingerprint() {
    RawEvent event = Samples.raw("{}").build();
    assertThat(
            List.of(
                builder(event).build().fingerprint(),
                builder(event).errorMessage("wronger").build().fingerprint(),
                builder(event).stage("Upsert").build().fingerprint(),
                builder(event).errorClass(DeadLetter.ErrorClass.UNDECODABLE).build().fingerprint(),
                builder(event.toBuilder().source("other").build()).build().fingerprint()))
        .doesNotHaveDuplicates();
  }

  @Test
  void bodyTenantAndTimeMakeNoDifference() {
    RawEvent other = Samples.raw("[1]").tenantId("globex").messageId("43").build();
    assertThat(builder(other).failedAt(Samples.AS_OF).build().fingerprint())
        .isEqualTo(builder(Samples.raw("{}").build()).build().fingerprint());
  }

  @Test
  void failureTimeIsKeptInMicroseconds() {
    assertThat(
            builder(Samples.raw("{}").build())
                .failedAt(Samples.PUBLISHED.plusNanos(999))
                .build()
                .failedAt())
        .isEqualTo(Samples.PUBLISHED);
  }
}
