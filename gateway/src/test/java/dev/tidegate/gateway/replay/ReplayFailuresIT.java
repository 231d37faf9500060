package dev.tidegate.gateway.replay;

import static dev.tidegate.gateway.replay.ReplayClient.quickly;
import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TestLedger;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replays that cannot run, or were changed behind the API. */
class ReplayFailuresIT {
  private static TestLedger ledger;

  private final RecordingPublisher publisher = new RecordingPublisher();
  private RunningReplays running;
  private ReplayClient replays;

  @BeforeAll
  static void create() throws SQLException {
    ledger = TestLedger.create();
    ledger.execute("ALTER TABLE replays DROP CONSTRAINT replays_status_check");
    ledger.execute("ALTER TABLE replays DROP CONSTRAINT replays_origin_check");
  }

  @BeforeEach
  void start() throws SQLException {
    ledger.empty();
    ledger.letters("a", 3);
    ledger.letters("b", 3);
    running = RunningReplays.start(ledger, publisher);
    replays = running.client();
  }

  @AfterEach
  void close() {
    running.close();
  }

  /** A replay that has not begun, and was changed. */
  private String paused(String caller, String change) throws SQLException {
    publisher.failNext(Integer.MAX_VALUE);
    String replay = replays.start(caller, quickly(""));
    replays.change(replay, "pause");
    await().until(() -> ledger.query("SELECT lease_token FROM replays") == null);
    publisher.forget();
    ledger.execute("UPDATE replays SET " + change);
    return replay;
  }

  private JsonNode awaitFailed(String replay) {
    await().until(() -> replays.show(replay).path("status").asText().equals("FAILED"));
    return replays.show(replay);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "status = 'SLEEPING'|status",
        "status = 'RUNNING', origin = 'ARCHIVE'|origin",
        "status = 'RUNNING', events_per_second = 0|rate",
        "status = 'RUNNING', events_per_second = 'NaN'|rate",
        "status = 'RUNNING', filter = '[]'|filter",
        "status = 'RUNNING', filter = 'null'|filter",
        "status = 'RUNNING', filter = '{\"shops\":[\"x\"]}'|filter",
        "status = 'RUNNING', filter = '{\"sources\":[]}'|filter",
        "status = 'RUNNING', filter = '{\"sources\":[null]}'|filter",
        "status = 'RUNNING', filter = '{\"letterStatus\":\"LOST\"}'|filter",
        "status = 'RUNNING', filter = '{\"errorClasses\":[\"WRONG\"]}'|filter",
        "status = 'RUNNING', origin = 'LEDGER', filter = '{\"fingerprints\":[\"x\"]}'|filter",
        "status = 'RUNNING', origin = 'EVENTS', filter = '{}'|filter"
      })
  void aRowThatThisVersionCannotReadFailsAndBlocksNothing(String change, String named)
      throws SQLException {
    String unreadable = paused(A_OPERATOR, change);
    String good = replays.start(A_OPERATOR, quickly(""));

    replays.awaitCompleted(good);
    JsonNode failed = awaitFailed(unreadable);
    assertThat(failed.path("reason").asText()).contains(named);
    assertThat(failed.path("published").asInt()).isZero();
    assertThat(failed.has("finishedAt")).isTrue();
    assertThat(publisher.all("replay_id")).containsOnly(good).hasSize(3);
    assertThat(replays.client().get(PLATFORM, "/admin/replays").json().path("items")).hasSize(2);
  }

  @Test
  void whatCannotRunFailsAfterSomeAttemptsAndMayBeResumed() throws SQLException {
    String replay = paused(A_OPERATOR, "position_key = ARRAY['one column of five']");
    assertThat(replays.change(replay, "resume").status()).isEqualTo(200);

    JsonNode failed = awaitFailed(replay);
    assertThat(failed.path("attempts").asInt()).isEqualTo(10);
    assertThat(failed.path("reason").asText()).startsWith("Events cannot be read");
    ledger.execute("UPDATE replays SET position_key = NULL");
    assertThat(replays.change(replay, "resume").status()).isEqualTo(200);
    assertThat(replays.awaitCompleted(replay).path("published").asInt()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"tenants\":[\"a\",\"b\"]}"})
  void aFilterNeverReachesBeyondTheRequestersTenants(String filter) throws SQLException {
    String replay = paused(A_OPERATOR, "filter = '%s'".formatted(filter));
    replays.change(replay, "resume");

    assertThat(replays.awaitCompleted(replay).path("published").asInt()).isEqualTo(3);
    assertThat(publisher.all("tenant_id")).containsOnly("a");
  }

  @Test
  void aScopeOfNoTenantsIsNotAll() throws SQLException {
    String replay = paused(A_OPERATOR, "tenant_scope = '{}'");
    replays.change(replay, "resume");

    assertThat(replays.awaitCompleted(replay).path("published").asInt()).isZero();
    assertThat(publisher.all()).isEmpty();
  }

  @Test
  void aReplayWaitsForPubsubHoweverLongItIsAway() throws SQLException {
    publisher.failNext(Integer.MAX_VALUE);
    String replay = replays.start(A_OPERATOR, quickly(""));

    await().until(() -> replays.show(replay).path("attempts").asInt() > 12);
    JsonNode waiting = replays.show(replay);
    assertThat(waiting.path("status").asText()).isEqualTo("RUNNING");
    assertThat(waiting.path("reason").asText()).isEqualTo("Pub/Sub is away: waiting");
    assertThat(waiting.has("nextAttemptAt")).isTrue();
    publisher.forget();
    JsonNode done = replays.awaitCompleted(replay);
    assertThat(done.path("published").asInt()).isEqualTo(3);
    assertThat(done.has("reason")).isFalse();
  }
}
