package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StartProgressTest {
  private final StringWriter printed = new StringWriter();

  @Test
  void eachStepIsToldWithItsTimeAndALongOneAgain() {
    StartProgress progress =
        StartProgress.to(new PrintWriter(printed, true), Duration.ofMillis(20));
    try (progress) {
      progress.accept("PostgreSQL starts …");
      await()
          .untilAsserted(
              () ->
                  assertThat(printed.toString())
                      .matches(
                          "(?s) +\\d+\\.\\d s  PostgreSQL starts …\\R"
                              + "( +\\d+\\.\\d s  still: PostgreSQL starts …\\R)+"));
    }
    int length = printed.toString().length();
    progress.accept("PostgreSQL\u001b works again.");
    assertThat(printed.toString().substring(length))
        .isEqualTo("PostgreSQL\\u001b works again.%n".formatted());
  }
}
