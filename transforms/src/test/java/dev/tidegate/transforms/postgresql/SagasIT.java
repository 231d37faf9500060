package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.EffectEvents;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.Saga;
import dev.tidegate.transforms.handlers.application.ApplicationEvents;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sagas in the transaction of their events: what they issue, and what they take back. */
class SagasIT {
  private static final TestDatabase DATABASE = TestDatabase.create();
  private static final Instant TIME = Instant.parse("2026-03-02T08:00:00Z");

  /** Each event says what it brings about. */
  private record Told(String name, String only) implements Saga<String> {
    private static final long serialVersionUID = 1L;

    @Override
    public Optional<String> instanceOf(Event event) {
      return Optional.ofNullable(event.payload().path(only).textValue());
    }

    @Override
    public String start() {
      return "";
    }

    @Override
    public String apply(String state, Event event, Step step) {
      JsonNode payload = event.payload();
      String key = payload.path("key").asText();
      ObjectNode text = object().put("text", payload.path("text").asText());
      switch (payload.path("do").asText()) {
        case "EVENT" ->
            step.effect(
                Effect.event("thing.done")
                    .key(key)
                    .payload(text)
                    .compensation(Effect.event("thing.undone").payload(text).build())
                    .build());
        case "TASK" ->
            step.effect(
                Effect.task("work")
                    .key(key)
                    .payload(text)
                    .compensation(Effect.task("undo").payload(text).build())
                    .build());
        case "NOTICE" ->
            step.effect(
                Effect.notice("done", "ada")
                    .key(key)
                    .payload(text)
                    .compensation(Effect.notice("undone", "ada").payload(text).build())
                    .build());
        case "revoke" -> step.revoke(key);
        case "deadline" -> step.deadline(key, event.asOf().plusSeconds(60));
        case "far deadline" -> step.deadline(key, Instant.parse("9998-01-01T00:00:00Z"));
        case "clear" -> step.clear(key);
        case "fail" -> throw new IllegalStateException("secret");
        default -> {}
      }
      return state + event.notificationId() + " ";
    }

    @Override
    public JsonNode toJson(String state) {
      return Json.mapper().getNodeFactory().textNode(state.trim());
    }
  }

  /** A sender with two sagas, both of which may want an event. */
  private static final class Shop extends ApplicationEvents {
    private static final long serialVersionUID = 1L;
    private final transient List<Saga<?>> sagas;

    Shop(Saga<?>... sagas) {
      super("shop");
      this.sagas = List.of(sagas);
    }

    @Override
    public List<Saga<?>> sagas() {
      return sagas;
    }
  }

  private static final EventSources SOURCES =
      EventSources.of(List.of(new Shop(new Told("told", "instance"), new Told("other", "other"))));

  private ConnectionPool pool;
  private EventWriter writer;
  private int number;

  @BeforeEach
  void openPool() throws SQLException {
    DATABASE.execute(
        "TRUNCATE events, effects, outbox, tasks, notices, saga_instances, saga_events,"
            + " saga_deadlines");
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
    writer = new EventWriter(pool, new TransientRetry(() -> {}), SOURCES, true);
  }

  @AfterEach
  void closePool() {
    pool.close();
  }

  private static ObjectNode object() {
    return Json.mapper().createObjectNode();
  }

  private static SagaEvents event(int second, String what, String key) {
    return event(second, what, key, "");
  }

  private static SagaEvents event(int second, String what, String key, String text) {
    return SagaEvents.sent(
        "thing.said",
        "n-%d-%s-%s".formatted(second, what, key),
        TIME.plusSeconds(second),
        object().put("instance", "i-1").put("do", what).put("key", key).put("text", text));
  }

  private static SagaEvents own(int second, String type) {
    return SagaEvents.own(type, type + second, TIME.plusSeconds(second), "told", "i-1", object());
  }

  private void write(SagaEvents... batch) throws SQLException {
    write(Map.of(), batch);
  }

  private void writeAs(String mode, SagaEvents... batch) throws SQLException {
    write(
        Map.of(
            EventAttributes.EFFECTS.attribute(),
            mode,
            EventAttributes.REPLAY_ID.attribute(),
            "r-" + number++),
        batch);
  }

  private void write(Map<String, String> attributes, SagaEvents... batch) throws SQLException {
    List<EventWriter.Entry> entries = new ArrayList<>();
    for (SagaEvents event : batch) {
      entries.add(event.entry(SOURCES, "shop", "acme", attributes));
    }
    writer.write(
        entries,
        (entry, reason) -> {
          throw new AssertionError(reason);
        });
  }

  /** As the relay does, and the gateway for tasks. */
  private static void finish() throws SQLException {
    DATABASE.execute("DELETE FROM outbox", "UPDATE tasks SET status = 'COMPLETED'");
  }

  private static String effects() throws SQLException {
    return list("effect_key || ' ' || status", "effects", "effect_key");
  }

  /** What waits to be done. */
  private static String waiting() throws SQLException {
    return DATABASE.query(
        """
        SELECT string_agg(what, ', ' ORDER BY what COLLATE "C") FROM (
          SELECT event_type || coalesce(' ' || (payload::jsonb ->> 'template'), '') || ' '
            || coalesce(payload::jsonb ->> 'text', payload::jsonb #>> '{payload,text}') AS what
          FROM outbox
          UNION ALL
          SELECT kind || ' ' || (payload ->> 'text') FROM tasks
          WHERE status IN ('OPEN', 'CLAIMED')) _
        """);
  }

  private static String list(String what, String table, String order) throws SQLException {
    return DATABASE.query(
        "SELECT coalesce(string_agg(%s, ', ' ORDER BY %s COLLATE \"C\"), '') FROM %s"
            .formatted(what, order, table));
  }

  @Test
  void anInstanceShowsItsStateAndWhatItHasIssued() throws SQLException {
    write(event(1, "TASK", "t", "a"), event(2, "NOTICE", "n", "b"), event(3, "EVENT", "e", "c"));
    assertThat(
            list(
                "concat_ws(' ', saga, instance, status, state, last_type, events)",
                "saga_instances",
                "saga"))
        .isEqualTo("told i-1 ACTIVE \"n-1-TASK-t n-2-NOTICE-n n-3-EVENT-e\" thing.said 3");
    assertThat(effects()).isEqualTo("e ISSUED, n ISSUED, t ISSUED");
    assertThat(waiting()).isEqualTo("notice.created done b, thing.done c, work a");
    assertThat(list("concat_ws(' ', cause, handler, aggregate, depth)", "tasks", "task_id::text"))
        .isEqualTo("i-1 saga:told i-1 1");
    assertThat(
            DATABASE.query(
                "SELECT concat_ws(' ', aggregate, attributes ->> 'causation_depth',"
                    + " attributes ->> 'ce-time') FROM outbox WHERE event_type = 'thing.done'"))
        .isEqualTo("i-1 1 2026-03-02T08:00:03Z");
    assertThat(list("status", "events", "status")).isEqualTo("PROCESSED, PROCESSED, PROCESSED");
  }

  /** After a crash between the commit and the acknowledgement. */
  @Test
  void aRepeatedBatchChangesNothing() throws SQLException {
    SagaEvents[] batch = {event(1, "TASK", "t"), event(2, "EVENT", "e"), event(3, "revoke", "t")};
    write(batch);
    String all =
        "SELECT concat_ws(' ', (SELECT string_agg(xmin::text, ' ') FROM effects),"
            + " (SELECT string_agg(xmin::text, ' ') FROM outbox),"
            + " (SELECT string_agg(xmin::text, ' ') FROM tasks),"
            + " (SELECT string_agg(xmin::text, ' ') FROM saga_events),"
            + " (SELECT string_agg(xmin::text, ' ') FROM saga_instances))";
    String before = DATABASE.query(all);
    write(batch);
    write(batch[2], batch[0]);
    assertThat(DATABASE.query(all)).isEqualTo(before);
    finish();
    write(batch);
    assertThat(waiting()).isNull();
  }

  @ParameterizedTest
  @EnumSource(Effect.Kind.class)
  void whatIsNotDoneYetIsCancelledAndMayBeIssuedAgain(Effect.Kind kind) throws SQLException {
    write(event(1, kind.name(), "k", "a"));
    String id = list("effect_id::text", "effects", "effect_key");
    write(event(3, "revoke", "k"));
    assertThat(effects()).isEqualTo("k CANCELLED");
    assertThat(waiting()).isNull();
    assertThat(list("notice_id::text", "notices", "template")).isEmpty();
    assertThat(list("concat_ws(' ', status, finished_at IS NOT NULL)", "tasks", "status"))
        .isEqualTo(kind == Effect.Kind.TASK ? "CANCELLED t" : "");

    write(event(4, kind.name(), "k", "b"));
    assertThat(effects()).isEqualTo("k ISSUED");
    assertThat(list("effect_id::text", "effects", "effect_key")).isEqualTo(id);
    assertThat(waiting()).endsWith(" b");
  }

  @ParameterizedTest
  @EnumSource(Effect.Kind.class)
  void whatIsDoneIsCompensatedOnceAndIssuedAnewIfThatIsDoneToo(Effect.Kind kind)
      throws SQLException {
    write(event(1, kind.name(), "k", "a"));
    finish();
    write(event(3, "revoke", "k"));
    assertThat(effects()).isEqualTo("k COMPENSATED, k#compensation ISSUED");
    assertThat(waiting()).contains(kind == Effect.Kind.TASK ? "undo a" : "undone a");

    // Its compensation has not left yet.
    write(event(4, kind.name(), "k", "b"));
    assertThat(effects()).isEqualTo("k ISSUED, k#compensation CANCELLED");
    assertThat(waiting()).isNull();

    write(event(5, "revoke", "k"));
    assertThat(effects()).isEqualTo("k COMPENSATED, k#compensation ISSUED");
    finish();
    write(event(6, kind.name(), "k", "c"));
    assertThat(effects()).isEqualTo("k COMPENSATED, k#2 ISSUED, k#compensation ISSUED");
    assertThat(waiting()).endsWith(" c");
    finish();
    write(event(7, "revoke", "k"));
    assertThat(effects())
        .isEqualTo(
            "k COMPENSATED, k#2 COMPENSATED, k#2#compensation ISSUED, k#compensation ISSUED");
    write(event(8, "nothing", ""));
    assertThat(waiting()).endsWith("c");
  }

  @Test
  void aTaskThatFailedWasNotDone() throws SQLException {
    write(event(1, "TASK", "k", "a"));
    DATABASE.execute("UPDATE tasks SET status = 'FAILED'");
    write(event(3, "revoke", "k"));
    assertThat(effects()).isEqualTo("k CANCELLED");
    write(event(4, "TASK", "k", "b"));
    assertThat(waiting()).isEqualTo("work b");
  }

  /** The event in the middle comes last. */
  @ParameterizedTest
  @EnumSource(Effect.Kind.class)
  void whatWaitsSaysWhatTheLastFoldSaysAndWhatIsDoneStays(Effect.Kind kind) throws SQLException {
    write(event(1, kind.name(), "k", "a"));
    write(event(3, kind.name(), "k", "b"));
    assertThat(waiting()).endsWith(" b").doesNotContain(",");
    write(event(2, kind.name(), "k", "late"));
    assertThat(waiting()).endsWith(" b");
    assertThat(DATABASE.query("SELECT compensation #>> '{payload,text}' FROM effects"))
        .isEqualTo("b");
    assertThat(list("payload ->> 'text'", "notices", "template"))
        .isEqualTo(kind == Effect.Kind.NOTICE ? "b" : "");
    finish();
    write(event(5, kind.name(), "k", "c"));
    assertThat(waiting()).isNull();
    assertThat(effects()).isEqualTo("k ISSUED");
  }

  @Test
  void anEffectOfAnotherKindTakesThePlaceOfTheEarlier() throws SQLException {
    write(event(1, "TASK", "k", "a"));
    write(event(2, "EVENT", "k", "b"));
    assertThat(waiting()).isEqualTo("thing.done b");
    assertThat(list("kind", "effects", "kind")).isEqualTo("EVENT");
    write(event(3, "NOTICE", "k", "c"));
    write(event(4, "TASK", "k", "d"));
    assertThat(waiting()).isEqualTo("work d");
    assertThat(list("notice_id::text", "notices", "template")).isEmpty();
  }

  @Test
  void deadlinesAreSetClearedAndToldOnce() throws SQLException {
    String deadlines =
        "concat_ws(' ', deadline, due_at AT TIME ZONE 'UTC', emitted_at IS NOT NULL)";
    write(event(1, "deadline", "d"), event(1, "deadline", "e"));
    assertThat(list(deadlines, "saga_deadlines", "deadline"))
        .isEqualTo("d 2026-03-02 08:01:01 f, e 2026-03-02 08:01:01 f");
    write(event(2, "deadline", "d"), event(2, "clear", "e"));
    assertThat(list(deadlines, "saga_deadlines", "deadline")).isEqualTo("d 2026-03-02 08:01:02 f");

    // The relay has told of it, and it is cleared before that has come.
    String id = list("event_id::text", "saga_deadlines", "deadline");
    DATABASE.execute("UPDATE saga_deadlines SET emitted_at = now()");
    write(event(3, "clear", "d"));
    assertThat(list(deadlines, "saga_deadlines", "deadline")).isEqualTo("d 2026-03-02 08:01:02 t");
    write(
        SagaEvents.own(
            EffectEvents.SAGA_DEADLINE,
            id,
            TIME.plusSeconds(62),
            "told",
            "i-1",
            object().put("deadline", "d").put("due_at", "2026-03-02T08:01:02Z")));
    assertThat(list(deadlines, "saga_deadlines", "deadline")).isEmpty();
    assertThat(list("events::text", "saga_instances", "saga")).isEqualTo("6");
  }

  @Test
  void anOperatorEndsAnInstanceForGood() throws SQLException {
    write(event(1, "TASK", "t", "a"), event(1, "deadline", "d"), event(1, "EVENT", "e", "b"));
    DATABASE.execute("DELETE FROM outbox");
    write(own(5, EffectEvents.SAGA_CANCEL));
    assertThat(list("status", "saga_instances", "saga")).isEqualTo("CANCELLED");
    assertThat(effects()).isEqualTo("e COMPENSATED, e#compensation ISSUED, t CANCELLED");
    assertThat(list("deadline", "saga_deadlines", "deadline")).isEmpty();
    write(event(6, "TASK", "u", "late"), event(2, "TASK", "v", "early"));
    assertThat(waiting()).isEqualTo("thing.undone b");
    assertThat(list("status", "saga_instances", "saga")).isEqualTo("CANCELLED");
  }

  /** A sender's event of that type belongs to the instance that the saga says, as any other. */
  @Test
  void aSenderCannotEndAnInstance() throws SQLException {
    write(event(1, "TASK", "t", "a"));
    write(
        SagaEvents.sent(
            EffectEvents.SAGA_CANCEL,
            "forged",
            TIME.plusSeconds(2),
            object().put("saga", "told").put("instance", "i-1")));
    assertThat(list("status", "saga_instances", "saga")).isEqualTo("ACTIVE");
    assertThat(waiting()).isEqualTo("work a");
  }

  @Test
  void aFoldThatFailsLeavesEffectsAndIsMendedByARetry() throws SQLException {
    write(event(1, "TASK", "t", "a"), event(1, "deadline", "d"));
    write(event(2, "fail", ""), event(3, "revoke", "t"));
    assertThat(list("concat_ws(' ', status, failure, state, events)", "saga_instances", "saga"))
        .isEqualTo(
            "FAILED thing.said n-2-fail-: the saga has a bug: java.lang.IllegalStateException"
                + " \"n-1-TASK-t n-1-deadline-d\" 4");
    assertThat(effects()).isEqualTo("t ISSUED");
    assertThat(list("status", "events", "status")).doesNotContain("DEAD_LETTER");

    Saga<String> mended =
        new Saga<>() {
          private static final long serialVersionUID = 1L;
          private final Told told = new Told("told", "instance");

          @Override
          public String name() {
            return "told";
          }

          @Override
          public Optional<String> instanceOf(Event event) {
            return told.instanceOf(event);
          }

          @Override
          public String start() {
            return "";
          }

          @Override
          public String apply(String state, Event event, Step step) {
            return event.payload().path("do").asText().equals("fail")
                ? state
                : told.apply(state, event, step);
          }

          @Override
          public JsonNode toJson(String state) {
            return told.toJson(state);
          }
        };
    EventSources sources = EventSources.of(List.of(new Shop(mended)));
    new EventWriter(pool, new TransientRetry(() -> {}), sources, true)
        .write(
            List.of(own(9, EffectEvents.SAGA_RETRY).entry(sources, "shop", "acme", Map.of())),
            (entry, reason) -> {
              throw new AssertionError(reason);
            });
    assertThat(list("concat_ws(' ', status, failure, events)", "saga_instances", "saga"))
        .isEqualTo("ACTIVE 4");
    assertThat(effects()).isEqualTo("t CANCELLED");
  }

  @Test
  void aRetryOfNobodyMakesNoInstance() throws SQLException {
    write(own(9, EffectEvents.SAGA_RETRY));
    assertThat(list("instance", "saga_instances", "saga")).isEmpty();
    assertThat(list("status", "events", "status")).isEqualTo("PROCESSED");
  }

  @Test
  void anEventMayBelongToSeveralSagas() throws SQLException {
    SagaEvents both = event(1, "TASK", "t", "a");
    both.body().put("other", "o-1");
    write(both);
    assertThat(list("saga || ' ' || instance", "saga_instances", "saga"))
        .isEqualTo("other o-1, told i-1");
    assertThat(waiting()).isEqualTo("work a, work a");
  }

  /** Each instance has the newest of the bodies that are its own. */
  @Test
  void ofTwoBodiesUnderOneIdTheNewerCounts() throws SQLException {
    SagaEvents older =
        SagaEvents.sent("thing.said", "n-1", TIME, event(1, "TASK", "t", "a").body());
    SagaEvents newer =
        SagaEvents.sent(
            "thing.said", "n-1", TIME.plusSeconds(1), event(1, "TASK", "u", "b").body());
    write(newer);
    write(older);
    assertThat(waiting()).isEqualTo("work b");
    DATABASE.execute("TRUNCATE effects, tasks, saga_instances, saga_events");
    write(older);
    write(newer);
    assertThat(waiting()).isEqualTo("work b");
    assertThat(effects()).isEqualTo("t CANCELLED, u ISSUED");
  }

  @Test
  void aRebuildIssuesNothingAndRemembersThat() throws SQLException {
    writeAs(
        "none",
        event(1, "TASK", "t", "a"),
        event(2, "EVENT", "e", "b"),
        event(3, "deadline", "past"),
        event(3, "far deadline", "far"));
    writeAs("none", event(4, "revoke", "t"));
    assertThat(waiting()).isNull();
    assertThat(effects()).isEqualTo("e SUPPRESSED, t CANCELLED");
    assertThat(
            list("concat_ws(' ', deadline, emitted_at IS NOT NULL)", "saga_deadlines", "deadline"))
        .isEqualTo("far f, past t");

    // Afterwards life goes on.
    write(event(5, "NOTICE", "n", "c"), event(6, "TASK", "t", "d"));
    assertThat(effects()).isEqualTo("e SUPPRESSED, n ISSUED, t ISSUED");
    writeAs("missing", event(2, "EVENT", "e", "b"));
    assertThat(waiting()).isEqualTo("notice.created done c, work d");
    writeAs("all", event(2, "EVENT", "e", "b"));
    assertThat(waiting()).isEqualTo("notice.created done c, thing.done b, work d");
  }

  @Test
  void aRebuildCompensatesNothing() throws SQLException {
    write(event(1, "EVENT", "e", "a"));
    finish();
    writeAs("none", event(2, "revoke", "e"));
    assertThat(waiting()).isNull();
    assertThat(effects()).isEqualTo("e COMPENSATED, e#compensation SUPPRESSED");
    write(event(3, "EVENT", "e", "b"));
    assertThat(effects()).isEqualTo("e ISSUED, e#compensation CANCELLED");
    assertThat(waiting()).isNull();
  }
}
