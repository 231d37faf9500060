package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TransientRetryTest {
  private final AtomicInteger attempts = new AtomicInteger();
  private final AtomicInteger retries = new AtomicInteger();
  private final TransientRetry retry = new TransientRetry(retries::incrementAndGet);

  @Test
  void failureThatPassesIsRepeatedAndCounted() throws SQLException {
    retry.run(
        () -> {
          if (attempts.incrementAndGet() < 3) {
            throw new SQLException("away", "57P01");
          }
        });
    assertThat(attempts).hasValue(3);
    assertThat(retries).hasValue(2);
  }

  @Test
  void permanentFailureIsThrownAtOnce() {
    SQLException failure = new SQLException("refused", "23514");
    assertThatThrownBy(
            () ->
                retry.run(
                    () -> {
                      attempts.incrementAndGet();
                      throw failure;
                    }))
        .isSameAs(failure);
    assertThat(attempts).hasValue(1);
    assertThat(retries).hasValue(0);
  }

  @Test
  void bugIsThrownAtOnce() {
    assertThatThrownBy(
            () ->
                retry.run(
                    () -> {
                      attempts.incrementAndGet();
                      throw new IllegalStateException("bug");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(attempts).hasValue(1);
  }
}
