package dev.tidegate.flink;

import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Bodies of notifications, from the generator that the benchmarks use. */
final class Notifications {
  private Notifications() {}

  /** That many of different IDs, oldest first. */
  static List<byte[]> generate(int count) {
    Command.Result generated =
        Command.in(Repository.ROOT)
            .run(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "scripts/bench/GenerateNotifications.java",
                Integer.toString(count));
    if (generated.exitCode() != 0) {
      throw new IllegalStateException(generated.errors());
    }
    return generated.lines().stream().map(line -> line.getBytes(StandardCharsets.UTF_8)).toList();
  }

  /** Some of {@code bodies} again, in no order. */
  static List<byte[]> some(List<byte[]> bodies, int count, Random random) {
    List<byte[]> shuffled = new ArrayList<>(bodies);
    Collections.shuffle(shuffled, random);
    return shuffled.subList(0, count);
  }

  /** All of them, and {@code repeats} too, in no order. */
  static List<byte[]> mixed(List<byte[]> bodies, List<byte[]> repeats, Random random) {
    List<byte[]> all = new ArrayList<>(bodies);
    all.addAll(repeats);
    Collections.shuffle(all, random);
    return all;
  }
}
