package dev.tidegate.pipeline.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Checks do not wait for each other, and not for ever. */
class LaunchCheckTest {
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  @Test
  void oneThatFailsOrHangsLeavesTheOthers() {
    assertThat(
            LaunchCheck.mistakesOf(
                List.of(
                    new LaunchCheck(
                        "--hangs",
                        () -> {
                          NEVER.await();
                          return List.of();
                        }),
                    new LaunchCheck(
                        "--fails",
                        () -> {
                          throw new IOException("no route");
                        }),
                    new LaunchCheck("--holds", List::of),
                    new LaunchCheck("--wrong", () -> List.of("--wrong must be right"))),
                Duration.ofSeconds(1)))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("--hangs could not be checked within 1 s;"),
            line ->
                assertThat(line).startsWith("--fails could not be checked: ").contains("no route"),
            line -> assertThat(line).isEqualTo("--wrong must be right"));
  }
}
