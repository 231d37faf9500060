package dev.tidegate.transforms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.transforms.handlers.RetryableException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A handler that calls another system is called again, but not for ever. */
class HandlerCallsTest {
  @Test
  void aHandlerIsCalledUntilItHasItsAnswer() {
    try (CallingSource carrier = new CallingSource(call -> call <= 2 ? 503 : 200)) {
      HandlerCalls calls = new HandlerCalls(carrier.sources(), 3);

      assertThat(calls.transform(CallingSource.event("a")).handled()).isTrue();
      assertThat(carrier.calls()).isEqualTo(3);
    }
  }

  @Test
  void itsAttemptsAreCounted() {
    try (CallingSource carrier = new CallingSource(call -> 503)) {
      HandlerCalls calls = new HandlerCalls(carrier.sources(), 3);

      assertThatThrownBy(() -> calls.transform(CallingSource.event("a")))
          .isInstanceOf(RetryableException.class)
          .hasMessage("the carrier answered 503");
      assertThat(carrier.calls()).isEqualTo(3);
    }
  }

  @Test
  void oneAttemptIsNoRetry() {
    try (CallingSource carrier = new CallingSource(call -> 503)) {
      HandlerCalls calls = new HandlerCalls(carrier.sources(), 1);

      assertThatThrownBy(() -> calls.transform(CallingSource.event("a")))
          .isInstanceOf(RetryableException.class);
      assertThat(carrier.calls()).isEqualTo(1);
    }
  }

  @Test
  void whatIsRefusedIsNotAskedAgain() {
    try (CallingSource carrier = new CallingSource(call -> call == 1 ? 503 : 404)) {
      HandlerCalls calls = new HandlerCalls(carrier.sources(), 5);

      assertThatThrownBy(() -> calls.transform(CallingSource.event("a")))
          .isInstanceOf(PermanentFailureException.class);
      assertThat(carrier.calls()).isEqualTo(2);
    }
  }

  @Test
  void aSlowAnswerIsNone() {
    try (CallingSource carrier = new CallingSource(call -> call == 1 ? 0 : 200)) {
      HandlerCalls calls = new HandlerCalls(carrier.sources(), 2);

      assertThat(calls.transform(CallingSource.event("a")).handled()).isTrue();
    }
  }

  @Test
  void aShortOutageFailsNoEvent() throws Exception {
    AtomicReference<Instant> end = new AtomicReference<>(Instant.now().plusSeconds(2));
    try (CallingSource carrier =
        new CallingSource(call -> Instant.now().isBefore(end.get()) ? 503 : 200)) {
      HandlerCalls calls = new HandlerCalls(carrier.sources(), HandlerCalls.STANDARD_ATTEMPTS);
      ExecutorService workers = Executors.newFixedThreadPool(8);
      try {
        List<Callable<Boolean>> events =
            IntStream.range(0, 400)
                .<Callable<Boolean>>mapToObj(
                    i -> () -> calls.transform(CallingSource.event("e" + i)).handled())
                .toList();
        for (Future<Boolean> done : workers.invokeAll(events)) {
          assertThat(done.get()).isTrue();
        }
      } finally {
        workers.shutdownNow();
      }
      // The first eight, and then one a second.
      assertThat(carrier.calls()).isBetween(400, 420);
    }
  }

  /**
   * For as long as an event's attempts wait for one another. After that a failure takes no time.
   */
  @Test
  void aLongOutageHoldsABundleOnce() {
    try (CallingSource carrier = new CallingSource(call -> 503)) {
      HandlerCalls calls = new HandlerCalls(carrier.sources(), 3);
      Instant start = Instant.now();
      int failed = 0;
      for (int i = 0; i < 10_000; i++) {
        try {
          calls.transform(CallingSource.event("e" + i));
        } catch (RetryableException failure) {
          failed++;
        }
      }
      Duration took = Duration.between(start, Instant.now());
      assertThat(failed).isEqualTo(10_000);
      assertThat(took).isLessThan(Duration.ofSeconds(10));
      assertThat(carrier.calls()).isLessThan(30);
    }
  }

  @Test
  void whatIsBackIsAskedAgain() {
    AtomicReference<Integer> answer = new AtomicReference<>(503);
    try (CallingSource carrier = new CallingSource(call -> answer.get())) {
      HandlerCalls calls = new HandlerCalls(carrier.sources(), 1);
      for (int i = 0; i < 10; i++) {
        int number = i;
        assertThatThrownBy(() -> calls.transform(CallingSource.event("e" + number)))
            .isInstanceOf(RetryableException.class)
            .hasMessage("the carrier answered 503");
      }
      assertThat(carrier.calls()).isEqualTo(5);
      answer.set(200);

      HandlerCalls patient = new HandlerCalls(calls.sources(), 5);
      assertThat(patient.transform(CallingSource.event("later")).handled()).isTrue();
    }
  }

  @Test
  void anInterruptEndsTheWait() {
    try (CallingSource carrier = new CallingSource(call -> 503)) {
      HandlerCalls calls = new HandlerCalls(carrier.sources(), HandlerCalls.MOST_ATTEMPTS);
      Thread.currentThread().interrupt();
      try {
        assertThatThrownBy(() -> calls.transform(CallingSource.event("a")))
            .isInstanceOf(RetryableException.class);
      } finally {
        assertThat(Thread.interrupted()).isTrue();
      }
    }
  }
}
