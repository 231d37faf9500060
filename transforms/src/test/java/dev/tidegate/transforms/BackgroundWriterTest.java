package dev.tidegate.transforms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class BackgroundWriterTest {
  private static final Duration SOON = Duration.ofMillis(5);
  private static final Duration NEVER = Duration.ofDays(1);

  private final Queue<List<Integer>> written = new ConcurrentLinkedQueue<>();

  @Test
  void writesWithoutTheEndOfTheBundle() throws SQLException {
    try (BackgroundWriter<Integer, Integer> writer = writer(SOON)) {
      assertThat(writer.add(1)).isEqualTo(1);
      await().until(() -> written.contains(List.of(1)));
      assertThat(writer.add(2)).isEqualTo(1);
      assertThat(writer.finish()).containsExactly(1, 2);
      assertThat(writer.finish()).isEmpty();
    }
  }

  @Test
  void aFullBatchIsWrittenAtOnceAndTheResultsComeInOrder() throws SQLException {
    try (BackgroundWriter<Integer, Integer> writer = writer(NEVER)) {
      writer.add(1);
      writer.add(2);
      writer.endBatch();
      writer.add(3);
      writer.endBatch();
      writer.add(4);
      assertThat(writer.finish()).containsExactly(3, 3, 4);
      assertThat(written).containsExactly(List.of(1, 2), List.of(3), List.of(4));
    }
  }

  @Test
  void whatComesWhileABatchIsWrittenIsOneBatch() throws Exception {
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (BackgroundWriter<Integer, Integer> writer =
        new BackgroundWriter<>(
            "writer",
            SOON,
            batch -> {
              written.add(batch);
              first.countDown();
              awaitUninterrupted(go);
              return 0;
            })) {
      writer.add(1);
      first.await();
      writer.add(2);
      writer.add(3);
      go.countDown();
      writer.finish();
      assertThat(written).containsExactly(List.of(1), List.of(2, 3));
    }
  }

  @Test
  void aFailureFailsTheBundle() {
    SQLException refused = new SQLException("away");
    try (BackgroundWriter<Integer, Integer> writer =
        new BackgroundWriter<>(
            "writer",
            SOON,
            batch -> {
              throw refused;
            })) {
      writer.add(1);
      assertThatThrownBy(writer::finish).isSameAs(refused);
    }
  }

  @Test
  void anInterruptedBundleStopsTheWrite() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    BackgroundWriter<Integer, Integer> writer =
        new BackgroundWriter<>(
            "writer",
            SOON,
            batch -> {
              begun.countDown();
              try {
                Thread.sleep(NEVER.toMillis());
              } catch (InterruptedException stop) {
                stopped.countDown();
              }
              return 0;
            });
    writer.add(1);
    Thread bundle =
        new Thread(
            () -> assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class));
    bundle.start();
    begun.await();
    bundle.interrupt();
    stopped.await();
    bundle.join();
    writer.close();
  }

  private BackgroundWriter<Integer, Integer> writer(Duration maxWait) {
    return new BackgroundWriter<>(
        "writer",
        maxWait,
        batch -> {
          written.add(batch);
          return batch.stream().mapToInt(Integer::intValue).sum();
        });
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stop) {
      throw new IllegalStateException(stop);
    }
  }
}
