package dev.tidegate.flink;

import dev.tidegate.testing.GeneratedNotifications;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Bodies of notifications. */
final class Notifications {
  private Notifications() {}

  /** That many of different IDs, oldest first. */
  static List<byte[]> generate(int count) {
    return GeneratedNotifications.of(count).stream()
        .map(line -> line.getBytes(StandardCharsets.UTF_8))
        .toList();
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
