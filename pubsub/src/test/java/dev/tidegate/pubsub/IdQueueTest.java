package dev.tidegate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class IdQueueTest {
  private final IdQueue queue = new IdQueue();

  @Test
  void givesIdsInTheirOrder() {
    for (long id = 1; id <= 1000; id++) {
      queue.add(id);
    }
    for (long id = 1; id <= 1000; id++) {
      assertThat(queue.poll()).isEqualTo(id);
    }
    assertThat(queue.poll()).isZero();
  }

  @Test
  void refusesIdsThatDoNotRise() {
    queue.add(5);
    assertThatThrownBy(() -> queue.add(5)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void behavesAsASortedSetWould() {
    Random random = new Random(7);
    TreeSet<Long> expected = new TreeSet<>();
    long next = 1;
    for (int i = 0; i < 100_000; i++) {
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          next += 1 + random.nextInt(3);
          queue.add(next);
          expected.add(next);
        }
        case 2 -> {
          long any = 1 + (long) (random.nextDouble() * (next + 2));
          assertThat(queue.remove(any)).isEqualTo(expected.remove(any));
        }
        case 3 -> {
          if (!expected.isEmpty()) {
            long present = expected.last();
            assertThat(queue.remove(present)).isEqualTo(expected.remove(present));
          }
        }
        default -> {
          Long first = expected.pollFirst();
          assertThat(queue.poll()).isEqualTo(first == null ? 0 : first);
        }
      }
      assertThat(queue.size()).isEqualTo(expected.size());
      assertThat(queue.peek()).isEqualTo(expected.isEmpty() ? 0 : expected.first());
    }
  }
}
