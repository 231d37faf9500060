package dev.tidegate.flink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Bodies of notifications, from the generator that the benchmarks use. */
final class Notifications {
  private Notifications() {}

  /** That many of different IDs, oldest first. */
  static List<byte[]> generate(int count, Path folder) throws IOException, InterruptedException {
    Path output = folder.resolve("notifications.ndjson");
    Process generator =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                Repository.ROOT.resolve("scripts/bench/GenerateNotifications.java").toString(),
                Integer.toString(count))
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (!generator.waitFor(1, TimeUnit.MINUTES) || generator.exitValue() != 0) {
      generator.destroyForcibly();
      throw new IllegalStateException("the generator of notifications failed");
    }
    try (var lines = Files.lines(output)) {
      return lines.map(line -> line.getBytes(StandardCharsets.UTF_8)).toList();
    }
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
