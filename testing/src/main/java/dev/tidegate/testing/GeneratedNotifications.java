package dev.tidegate.testing;

import java.nio.file.Path;
import java.util.List;

/** Terminal49's notifications of 5 KB, from the generator that the benchmarks use. */
public final class GeneratedNotifications {
  private GeneratedNotifications() {}

  /** That many bodies of different notification IDs, oldest first. */
  public static List<String> of(int count) {
    Command.Result generated =
        Command.in(Repository.ROOT)
            .run(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "scripts/bench/GenerateNotifications.java",
                Integer.toString(count));
    if (generated.exitCode() != 0) {
      throw new IllegalStateException(generated.errors());
    }
    return generated.lines();
  }
}
