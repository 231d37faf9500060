package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.POISON;
import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.handled;
import static dev.tidegate.transforms.postgresql.Things.raw;
import static dev.tidegate.transforms.postgresql.Things.thing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.EventSources;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A dead letter is done with when a replay of its event is committed, and only then. */
class ReplayedLettersIT {
  private static final String BODY = "{\"name\":\"a\"}";

  static final TestDatabase DATABASE = TestDatabase.create(Things.DDL);

  private ConnectionPool pool;

  @BeforeEach
  void openPool() throws SQLException {
    DATABASE.execute("TRUNCATE events, event_payloads, event_dead_letters, things");
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
  }

  @AfterEach
  void closePool() {
    pool.close();
  }

  private void fail(String stage, RawEvent event) throws SQLException {
    new DeadLetterWriter(pool, new TransientRetry(() -> {}), EventSources.of(List.of()))
        .write(
            List.of(
                DeadLetter.builder()
                    .event(event)
                    .stage(stage)
                    .errorClass(ErrorClass.INVALID)
                    .errorMessage("wrong")
                    .failedAt(TIME)
                    .build()));
  }

  /** Writes a thing of that name, and answers the refused events. */
  private List<String> write(Event event, String name) throws SQLException {
    List<String> refused = new ArrayList<>();
    Things.writer(pool, () -> {})
        .write(
            List.of(handled(event, thing(event, "t").set("name", name).build())),
            (entry, reason) -> refused.add(entry.event().notificationId()));
    return refused;
  }

  private static String letters(String expression) throws SQLException {
    return DATABASE.query(
        "SELECT string_agg(%s, ' ' ORDER BY tenant_id, stage) FROM event_dead_letters"
            .formatted(expression));
  }

  @Test
  void lettersOfAllStagesAtWhichTheBodyFailedAreMarkedAndKeepTheirHistory() throws SQLException {
    fail("Decode", raw("n-1", BODY, Map.of()));
    fail("Validate", raw("n-1", BODY, Map.of("replay_id", "r-1")));
    write(event("n-1", TIME, BODY, Map.of("replay_id", "r-2")), "a");

    assertThat(letters("concat_ws('/', stage, status, replay_id, error_message, attempts)"))
        .isEqualTo("Decode/REPLAYED/r-2/wrong/1 Validate/REPLAYED/r-2/wrong/1");
    assertThat(letters("(replayed_at > failed_at)::text")).isEqualTo("true true");
    assertThat(DATABASE.query("SELECT status FROM events")).isEqualTo("PROCESSED");
  }

  @Test
  void anEventThatIsNoReplayMarksNothing() throws SQLException {
    fail("Validate", raw("n-1", BODY, Map.of()));
    write(event("n-1", TIME, BODY, Map.of()), "a");

    assertThat(letters("status")).isEqualTo("OPEN");
  }

  @Test
  void aReplayThatIsRefusedMarksNothing() throws SQLException {
    fail("Upsert", raw("n-1", BODY, Map.of()));
    Event replay = event("n-1", TIME, BODY, Map.of("replay_id", "r-1"));

    assertThat(write(replay, POISON)).containsExactly("n-1");
    assertThat(letters("status")).isEqualTo("OPEN");
  }

  @Test
  void aRepairedBodyMarksTheLetterThatItsReplayNames() throws SQLException {
    fail("Decode", raw("n-1", "{", Map.of()));
    String letter = letters("dead_letter_id::text");
    write(
        event("n-1", TIME, BODY, Map.of("replay_id", "r-1", "dead_letter_id", letter)), "repaired");

    assertThat(letters("status")).isEqualTo("REPLAYED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"another", "1-1-1-1-1", "'; DROP TABLE events; --"})
  void aNameOfALetterThatIsNoneMarksNothing(String letter) throws SQLException {
    fail("Decode", raw("n-1", "{", Map.of()));
    write(event("n-1", TIME, BODY, Map.of("replay_id", "r-1", "dead_letter_id", letter)), "a");

    assertThat(letters("status")).isEqualTo("OPEN");
  }

  @Test
  void anotherTenantsLetterIsOutOfReach() throws SQLException {
    fail("Decode", raw("n-1", "{", Map.of()).toBuilder().tenantId("other").build());
    write(
        event(
            "n-1",
            TIME,
            BODY,
            Map.of("replay_id", "r-1", "dead_letter_id", letters("dead_letter_id::text"))),
        "a");

    assertThat(letters("tenant_id || status")).isEqualTo("otherOPEN");
  }

  @Test
  void aLaterReplayThatFailsOpensTheLetterAgainWithoutForgettingTheOneThatSucceeded()
      throws SQLException {
    fail("Validate", raw("n-1", BODY, Map.of()));
    write(event("n-1", TIME, BODY, Map.of("replay_id", "r-1")), "a");
    fail(
        "Validate",
        raw(
            "n-1",
            BODY,
            Map.of("replay_id", "r-2", "dead_letter_id", letters("dead_letter_id::text"))));

    assertThat(letters("concat_ws('/', status, replay_id, attempts)")).isEqualTo("OPEN/r-1/2");
  }
}
