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
  void aBugsMessagesAreLeftOut() {
    DeadLetter letter =
        builder(Samples.raw("{}").build()).bug(new RuntimeException("s3cret", deep(3))).build();

    assertThat(letter.errorClass()).isEqualTo(DeadLetter.ErrorClass.HANDLER_FAILURE);
    assertThat(letter.errorMessage()).isEqualTo("java.lang.RuntimeException");
    assertThat(letter.stackTrace().orElseThrow())
        .doesNotContain("s3cret")
        .startsWith("java.lang.RuntimeException\n  at ")
        .contains("caused by java.lang.IllegalStateException\n  at ")
        .contains("DeadLetterTest.deep");
  }

  @Test
  void aBugsFramesAndCausesAreBounded() {
    RuntimeException failure = deep(500);
    for (int i = 0; i < 50; i++) {
      failure = new RuntimeException(failure);
    }
    String text = framesOf(failure);
    assertThat(text.lines().filter(line -> line.startsWith("  at "))).hasSizeLessThanOrEqualTo(90);
    assertThat(text.lines().filter(line -> line.startsWith("caused by "))).hasSize(2);
    assertThat(framesOf(deep(500)).lines()).hasSize(31);
  }

  @Test
  void causesThatGoInACircleEnd() {
    RuntimeException first = new RuntimeException();
    RuntimeException second = new RuntimeException(first);
    first.initCause(second);
    assertThat(framesOf(first)).isNotEmpty();
  }

  private static String framesOf(RuntimeException bug) {
    return builder(Samples.raw("{}").build()).bug(bug).build().stackTrace().orElseThrow();
  }

  private static IllegalStateException deep(int frames) {
    return frames == 0 ? new IllegalStateException("s3cret") : deep(frames - 1);
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
