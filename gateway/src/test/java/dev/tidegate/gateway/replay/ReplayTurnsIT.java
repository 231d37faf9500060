package dev.tidegate.gateway.replay;

import static dev.tidegate.gateway.replay.ReplayClient.quickly;
import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.B_OPERATOR;
import static dev.tidegate.gateway.store.TestLedger.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.publish.Acceptance;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replays take turns, and a turn has an end. */
@Proof(
    name = "replay-turns",
    promise = "A stalled run of a replay changes nothing, and slow replays hold nobody up",
    faults = "a run stalled past its lease (95 s), five slow replays")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ReplayTurnsIT {
  private static final Duration LEASE =
      ProofSize.of(Duration.ofSeconds(2), ReplayTiming.STANDARD.lease());
  private static final Duration STALL = ProofSize.of(Duration.ofSeconds(3), Duration.ofSeconds(95));

  private final RecordingPublisher recorded = new RecordingPublisher();
  private TestLedger ledger;

  /** Holds the first thread that publishes until it is let go. */
  private record Holding(
      RecordingPublisher publisher,
      AtomicBoolean first,
      CountDownLatch reached,
      CountDownLatch letGo)
      implements EventPublisher {
    static Holding of(RecordingPublisher publisher) {
      return new Holding(
          publisher, new AtomicBoolean(true), new CountDownLatch(1), new CountDownLatch(1));
    }

    @Override
    public CompletableFuture<Acceptance> publish(OutgoingEvent event) {
      throw new IllegalStateException("a replay must never be spooled");
    }

    @Override
    public CompletableFuture<String> publishNow(OutgoingEvent event) {
      try {
        if (first.getAndSet(false)) {
          reached.countDown();
          letGo.await();
        }
      } catch (InterruptedException stopped) {
        throw new IllegalStateException(stopped);
      }
      return publisher.publishNow(event);
    }

    @Override
    public void close() {}
  }

  /** Needs two seconds for each event of tenant a. */
  private record Slow(RecordingPublisher publisher) implements EventPublisher {
    @Override
    public CompletableFuture<Acceptance> publish(OutgoingEvent event) {
      throw new IllegalStateException("a replay must never be spooled");
    }

    @Override
    public CompletableFuture<String> publishNow(OutgoingEvent event) {
      CompletableFuture<String> published = publisher.publishNow(event);
      return event.attributes().get("tenant_id").equals("a")
          ? published.thenApplyAsync(
              id -> id, CompletableFuture.delayedExecutor(2, TimeUnit.SECONDS))
          : published;
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void create() throws SQLException {
    ledger = TestLedger.create();
  }

  private String row() throws SQLException {
    return ledger.query("SELECT r::text FROM replays r");
  }

  @Test
  void aStalledRunChangesNothing() throws Exception {
    ledger.letters("a", 30);
    Holding stalled = Holding.of(recorded);
    Holding next = Holding.of(recorded);
    try (RunningReplays first =
        RunningReplays.start(ledger, stalled, RunningReplays.timing(LEASE))) {
      String replay = first.client().start(A_OPERATOR, quickly(""));
      stalled.reached().await();
      String firstToken = ledger.query("SELECT lease_token FROM replays");
      // Its other threads must not be those that take over.
      CompletableFuture<Void> stop = CompletableFuture.runAsync(first::closeReplays);
      try (RunningReplays second =
          RunningReplays.start(ledger, next, RunningReplays.timing(Duration.ofMinutes(5)))) {
        // The stall is what is tested: the time itself has to pass.
        TimeUnit.MILLISECONDS.sleep(STALL.toMillis());
        next.reached().await();
        String before = row();
        assertThat(before).doesNotContain(firstToken);

        // The first run wakes in the middle of the turn of the second one, and ends its own.
        stalled.letGo().countDown();
        stop.join();
        first.closeReplays();

        assertThat(row()).isEqualTo(before);
        next.letGo().countDown();
        JsonNode done = second.client().awaitCompleted(replay);
        assertThat(done.path("published").asInt()).isEqualTo(30);
        assertThat(recorded.all("notification_id").subList(1, 31)).isEqualTo(ids(30));
      }
    }
    ProofSize.count(30);
  }

  @Test
  void aRunWhoseTimeIsUpPublishesNoMoreOfItsBatch() throws Exception {
    ledger.letters("a", 30);
    Holding stalled = Holding.of(recorded);
    String before;
    try (RunningReplays running =
        RunningReplays.start(ledger, stalled, RunningReplays.timing(Duration.ofSeconds(2)))) {
      String replay = running.client().start(A_OPERATOR, quickly(""));
      stalled.reached().await();
      running.client().awaitCompleted(replay);
      before = row();
      stalled.letGo().countDown();
    }
    assertThat(row()).isEqualTo(before);
    assertThat(recorded.all()).hasSize(31);
  }

  @Test
  void slowReplaysHoldNobodyUp() throws SQLException {
    ledger.letters("a", 60);
    ledger.letters("b", 300);
    try (RunningReplays running = RunningReplays.start(ledger, new Slow(recorded))) {
      List<String> slow = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        slow.add(running.client().start(A_OPERATOR, "{\"eventsPerSecond\":2}"));
      }
      await().until(() -> recorded.all().size() >= 4);
      long start = System.nanoTime();
      String quick = running.client().start(B_OPERATOR, quickly(""));
      JsonNode done = running.client().awaitCompleted(quick);

      assertThat(done.path("published").asInt()).isEqualTo(300);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
      for (String one : slow) {
        await().until(() -> running.client().show(one).path("published").asInt() > 0);
        assertThat(running.client().show(one).path("status").asText()).isEqualTo("RUNNING");
        running.client().change(one, "cancel");
      }
    }
    ProofSize.count(360);
  }

  @Test
  void aTenantHasSoManyReplaysAndNoMore() throws SQLException {
    ledger.letters("a", 1);
    try (RunningReplays running = RunningReplays.start(ledger, recorded)) {
      ReplayClient replays = running.client();
      String first = replays.start(A_OPERATOR, "{}");
      replays.awaitCompleted(first);
      recorded.failNext(Integer.MAX_VALUE);
      String waiting = replays.start(A_OPERATOR, "{}");
      for (int i = 1; i < ReplayService.MOST_UNFINISHED; i++) {
        replays.change(replays.start(A_OPERATOR, "{}"), "pause");
      }
      var refused = replays.client().post(A_OPERATOR, "/admin/replays", "{}");
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.response().headers().firstValue("retry-after")).isPresent();
      replays.start(B_OPERATOR, "{}");

      assertThat(replays.change(waiting, "cancel").status()).isEqualTo(200);
      replays.start(A_OPERATOR, "{}");
    }
  }
}
