package dev.tidegate.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StackTracesTest {
  private static IllegalStateException deep(int frames) {
    return frames == 0 ? new IllegalStateException("s3cret") : deep(frames - 1);
  }

  @Test
  void messagesAreLeftOut() {
    String text = StackTraces.framesOf(new RuntimeException("s3cret", deep(3)));
    assertThat(text)
        .doesNotContain("s3cret")
        .startsWith("java.lang.RuntimeException\n  at ")
        .contains("caused by java.lang.IllegalStateException\n  at ")
        .contains("StackTracesTest.deep");
  }

  @Test
  void framesAndCausesAreBounded() {
    RuntimeException failure = deep(500);
    for (int i = 0; i < 50; i++) {
      failure = new RuntimeException(failure);
    }
    String text = StackTraces.framesOf(failure);
    assertThat(text.lines().filter(line -> line.startsWith("  at "))).hasSizeLessThanOrEqualTo(90);
    assertThat(text.lines().filter(line -> line.startsWith("caused by "))).hasSize(2);
    assertThat(StackTraces.framesOf(deep(500)).lines()).hasSize(31);
  }

  @Test
  void causesThatGoInACircleEnd() {
    RuntimeException first = new RuntimeException();
    RuntimeException second = new RuntimeException(first);
    first.initCause(second);
    assertThat(StackTraces.framesOf(first)).isNotEmpty();
  }
}
