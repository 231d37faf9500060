package dev.tidegate.gateway.replay;

import static dev.tidegate.gateway.replay.ReplayClient.quickly;
import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.TestLedger.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.RecordingPublisher.Published;
import dev.tidegate.gateway.store.TestLedger;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How fast a replay publishes, and what holds it up. */
class ReplayPaceIT {
  private static TestLedger ledger;

  private final RecordingPublisher publisher = new RecordingPublisher();
  private RunningReplays running;
  private ReplayClient replays;

  @BeforeAll
  static void create() throws SQLException {
    ledger = TestLedger.create();
  }

  @BeforeEach
  void open() throws SQLException {
    ledger.empty();
    running = RunningReplays.start(ledger, publisher);
    replays = running.client();
  }

  @AfterEach
  void close() {
    running.close();
  }

  @Test
  void theRateIsKept() throws SQLException {
    ledger.letters("a", 41);
    replays.awaitCompleted(replays.start(A_OPERATOR, "{\"eventsPerSecond\":20}"));

    List<Published> all = publisher.all();
    Duration took = Duration.ofNanos(all.get(40).nanoTime() - all.get(0).nanoTime());
    // 40 intervals of 50 ms; a machine that is busy may only be slower.
    assertThat(took).isBetween(Duration.ofMillis(1_950), Duration.ofSeconds(20));
    for (int i = 20; i < all.size(); i++) {
      assertThat(Duration.ofNanos(all.get(i).nanoTime() - all.get(i - 20).nanoTime()))
          .isGreaterThan(Duration.ofMillis(850));
    }
  }

  @Test
  void itIsPausedGoesOnAndIsCancelled() throws SQLException {
    ledger.letters("a", 60);
    String replay = replays.start(A_OPERATOR, "{\"eventsPerSecond\":10}");
    await().until(() -> publisher.all().size() >= 2);

    assertThat(replays.change(replay, "pause").json().path("status").asText()).isEqualTo("PAUSED");
    // Until the gateway at work has seen it and let go.
    await().until(() -> ledger.query("SELECT lease_token FROM replays") == null);
    int atPause = publisher.all().size();
    assertThat(replays.show(replay).path("published").asInt()).isEqualTo(atPause).isLessThan(60);
    assertThat(replays.change(replay, "pause").status()).isEqualTo(409);
    assertThat(replays.change(replay, "resume").status()).isEqualTo(200);
    await().until(() -> publisher.all().size() > atPause);
    assertThat(replays.change(replay, "cancel").json().path("status").asText())
        .isEqualTo("CANCELLED");
    await().until(() -> ledger.query("SELECT lease_token FROM replays") == null);
    assertThat(replays.change(replay, "resume").status()).isEqualTo(409);
    int atEnd = publisher.all().size();
    assertThat(atEnd).isLessThan(60);
    assertThat(publisher.all("notification_id")).containsExactlyElementsOf(ids(atEnd));
    assertThat(replays.show(replay).path("published").asInt()).isEqualTo(atEnd);
  }

  @Test
  void whatCannotBePublishedIsTriedAgainAndNothingIsLeftOut() throws SQLException {
    ledger.letters("a", 120);
    publisher.failNext(4);
    String replay = replays.start(A_OPERATOR, quickly(""));

    JsonNode done = replays.awaitCompleted(replay);
    assertThat(publisher.all("notification_id")).containsExactlyElementsOf(ids(120));
    assertThat(done.path("published").asInt()).isEqualTo(120);
    assertThat(done.has("reason")).isFalse();
  }

  @Test
  void whileItWaitsItSaysWhy() throws SQLException {
    ledger.letters("a", 3);
    publisher.failNext(Integer.MAX_VALUE);
    String replay = replays.start(A_OPERATOR, quickly(""));

    await().until(() -> replays.show(replay).has("reason"));
    assertThat(replays.show(replay).path("status").asText()).isEqualTo("RUNNING");
    assertThat(replays.show(replay).path("published").asInt()).isZero();
    publisher.forget();
    replays.awaitCompleted(replay);
    assertThat(publisher.all("notification_id")).containsExactlyElementsOf(ids(3));
  }

  @Test
  void whatIsTooLargeIsCountedAndDoesNotHoldUpTheRest() throws SQLException {
    ledger.letters("a", 3);
    ledger.execute(
        """
        UPDATE event_dead_letters SET body = convert_to(repeat('x', 7600000), 'UTF8')
        WHERE notification_id = 'n001'
        """);
    JsonNode done = replays.awaitCompleted(replays.start(A_OPERATOR, quickly("")));

    assertThat(publisher.all("notification_id")).containsExactly("n000", "n002");
    assertThat(done.path("refused").asInt()).isEqualTo(1);
    assertThat(done.path("published").asInt()).isEqualTo(2);
  }
}
