package dev.tidegate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.pubsub.SubscriptionQueue.Holder;
import dev.tidegate.pubsub.SubscriptionQueue.Lease;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SubscriptionQueueTest {
  private static final long TEN_SECONDS = TimeUnit.SECONDS.toNanos(10);

  /** About to overflow, as a nanosecond clock of arbitrary origin may be. */
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - TEN_SECONDS / 2);

  private final SubscriptionQueue queue = new SubscriptionQueue(clock::get);

  @Test
  void deliversAgainWhenTheDeadlineHasPassed() {
    queue.add(1, "");
    assertThat(lease().orElseThrow().attempt()).isEqualTo(1);
    assertThat(lease()).isEmpty();

    clock.addAndGet(TEN_SECONDS - 1);
    assertThat(queue.expire()).isZero();
    clock.addAndGet(1);
    assertThat(queue.expire()).isEqualTo(1);

    Lease second = lease().orElseThrow();
    assertThat(second.messageId()).isEqualTo(1);
    assertThat(second.attempt()).isEqualTo(2);
  }

  @Test
  void extendsAndShortensDeadlines() {
    queue.add(1, "");
    queue.add(2, "");
    Lease extended = lease().orElseThrow();
    Lease shortened = lease().orElseThrow();
    queue.modifyDeadline(ackId(extended), 3 * TEN_SECONDS);
    queue.modifyDeadline(ackId(shortened), TEN_SECONDS / 10);

    clock.addAndGet(TEN_SECONDS / 10);
    assertThat(queue.expire()).isEqualTo(1);
    assertThat(lease().orElseThrow().messageId()).isEqualTo(shortened.messageId());
    clock.addAndGet(TEN_SECONDS);
    assertThat(queue.expire()).isEqualTo(1);
    clock.addAndGet(2 * TEN_SECONDS);
    assertThat(queue.expire()).isEqualTo(1);
  }

  @Test
  void tellsWhenTheNextLeaseMayEnd() {
    assertThat(queue.nanosToNextDeadline()).isEmpty();
    queue.add(1, "");
    queue.add(2, "");
    Lease first = lease().orElseThrow();
    clock.addAndGet(TEN_SECONDS / 2);
    lease();
    assertThat(queue.nanosToNextDeadline()).hasValue(TEN_SECONDS / 2);
    queue.acknowledge(first.messageId());
    assertThat(queue.nanosToNextDeadline()).hasValue(TEN_SECONDS);
    queue.acknowledge(2);
    assertThat(queue.nanosToNextDeadline()).isEmpty();
  }

  @Test
  void ignoresTheAckIdOfAnOlderDelivery() {
    queue.add(1, "");
    Lease first = lease().orElseThrow();
    assertThat(queue.modifyDeadline(ackId(first), 0)).isTrue();
    lease();
    assertThat(queue.modifyDeadline(ackId(first), 0)).isFalse();
    assertThat(lease()).isEmpty();
  }

  @Test
  void acknowledgesAMessageWhereverItIs() {
    queue.add(1, "");
    queue.add(2, "");
    queue.add(3, "");
    Lease leased = lease().orElseThrow();
    Lease returned = lease().orElseThrow();
    queue.modifyDeadline(ackId(returned), 0);

    assertThat(queue.acknowledge(leased.messageId())).isTrue();
    assertThat(queue.acknowledge(returned.messageId())).isTrue();
    assertThat(queue.acknowledge(3)).isTrue();
    assertThat(queue.acknowledge(3)).isFalse();
    assertThat(queue.size()).isZero();
    assertThat(queue.backlog()).isEqualTo(new Backlog(0, 0, Optional.empty()));
  }

  @Test
  void givesAllBackThatIsLeasedAndTakesALateAcknowledgement() {
    for (long id = 1; id <= 4; id++) {
      queue.add(id, "");
    }
    lease();
    lease();
    lease();

    assertThat(queue.giveBackAll()).isEqualTo(3);
    assertThat(queue.giveBackAll()).isZero();
    assertThat(queue.acknowledge(2)).isTrue();
    assertThat(
            Stream.generate(this::lease)
                .takeWhile(Optional::isPresent)
                .map(lease -> lease.get().messageId()))
        .containsExactlyInAnyOrder(1L, 3L, 4L);
  }

  @Test
  void letsNewMessagesThroughWhileOthersKeepComingBack() {
    for (long id = 1; id <= 20; id++) {
      queue.add(id, "");
    }
    long highest = 0;
    for (int i = 0; i < 60; i++) {
      Lease lease = lease().orElseThrow();
      highest = Math.max(highest, lease.messageId());
      queue.modifyDeadline(ackId(lease), 0);
    }
    assertThat(highest).isEqualTo(20);
  }

  @Test
  void tellsHoldersWhatTheyHold() {
    AtomicInteger messages = new AtomicInteger();
    AtomicInteger bytes = new AtomicInteger();
    Holder holder =
        new Holder() {
          @Override
          public void leased() {
            messages.incrementAndGet();
          }

          @Override
          public void loaded(int size) {
            bytes.addAndGet(size);
          }

          @Override
          public void released(int size) {
            messages.decrementAndGet();
            bytes.addAndGet(-size);
          }
        };
    for (long id = 1; id <= 3; id++) {
      queue.add(id, "");
      queue.loaded(queue.lease(TEN_SECONDS, holder).orElseThrow(), 100);
    }
    assertThat(messages).hasValue(3);
    assertThat(bytes).hasValue(300);
    queue.acknowledge(1);
    queue.modifyDeadline(new AckId(2, 1), 0);
    clock.addAndGet(TEN_SECONDS);
    queue.expire();
    assertThat(messages).hasValue(0);
    assertThat(bytes).hasValue(0);
  }

  @Test
  void countsWhatWaitsAndWhatIsOut() {
    long micros = 1_700_000_000_123_456L;
    queue.add(micros, "");
    queue.add(micros + 1, "");
    lease();
    assertThat(queue.backlog())
        .isEqualTo(
            new Backlog(
                1, 1, Optional.of(Instant.ofEpochSecond(1_700_000_000L).plusNanos(123_456_000L))));
  }

  private Optional<Lease> lease() {
    return queue.lease(TEN_SECONDS, Holder.INDIFFERENT);
  }

  private static AckId ackId(Lease lease) {
    return new AckId(lease.messageId(), lease.attempt());
  }
}
