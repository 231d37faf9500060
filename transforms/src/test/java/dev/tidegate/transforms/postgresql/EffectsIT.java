package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.thing;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.HandlerOutput;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Effects: committed with their cause, each once. */
class EffectsIT {
  private static final TestDatabase DATABASE = TestDatabase.create(Things.DDL);

  private ConnectionPool pool;
  private EventWriter writer;
  private final Map<String, String> refused = new TreeMap<>();

  @BeforeEach
  void openPool() throws SQLException {
    DATABASE.execute("TRUNCATE things, links, events, effects, outbox, tasks, notices");
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
    writer = Things.writer(pool, () -> {});
  }

  @AfterEach
  void closePool() {
    pool.close();
  }

  private static ObjectNode payload(String id) {
    return Json.mapper().createObjectNode().put("id", id);
  }

  private static Effect followUp(String id) {
    return Effect.event("thing.followed").aggregate("a-" + id).payload(payload(id)).build();
  }

  /** An event that causes a follow-up, a task and a notice. */
  private static EventWriter.Entry causing(Event event, Upsert... upserts) {
    String id = event.notificationId();
    HandlerOutput output =
        HandlerOutput.of(upserts)
            .causing(
                followUp(id),
                Effect.task("research").priority(8).dueAt(TIME).payload(payload(id)).build(),
                Effect.notice("thing.seen", "user-1").payload(payload(id)).build());
    return new EventWriter.Entry(
        new TransformedEvent(
            event, true, output.upserts(), output.effects(), List.of(), output.warnings()),
        TIME);
  }

  private static Event inMode(String id, String mode) {
    return event(
        id, TIME, "{\"id\":\"" + id + "\"}", Map.of(EventAttributes.EFFECTS.attribute(), mode));
  }

  private void write(EventWriter.Entry... batch) throws SQLException {
    write(List.of(batch));
  }

  private void write(List<EventWriter.Entry> batch) throws SQLException {
    writer.write(batch, (entry, reason) -> refused.put(entry.event().notificationId(), reason));
  }

  private static String counts() throws SQLException {
    return DATABASE.query(
        """
        SELECT concat_ws(' ',
          (SELECT count(*) FROM effects WHERE status = 'ISSUED'),
          (SELECT count(*) FROM effects WHERE status = 'SUPPRESSED'),
          (SELECT count(*) FROM outbox), (SELECT count(*) FROM tasks),
          (SELECT count(*) FROM notices))
        """);
  }

  @Test
  void followUpsTasksAndNoticesAreHandedOverWithTheirCause() throws SQLException {
    write(causing(event("n-1", TIME)));
    assertThat(
            DATABASE.query(
                """
                SELECT string_agg(concat_ws(' ', source, event_type, aggregate, payload), '; '
                  ORDER BY outbox_id) FROM outbox
                """))
        .isEqualTo(
            "shop thing.followed a-n-1 {\"id\":\"n-1\"}; shop notice.created n-1 {\"notice_id\":\"%s\","
                    .formatted(EventId.ofEffect("acme", "shop", "n-1", "thing.changed", "2"))
                + "\"template\":\"thing.seen\",\"recipient\":\"user-1\",\"payload\":{\"id\":\"n-1\"}}");
    assertThat(
            DATABASE.query(
                "SELECT concat_ws(' ', attributes ->> 'causation_id', attributes ->> 'causation_depth',"
                    + " attributes ->> 'ce-time') FROM outbox ORDER BY outbox_id LIMIT 1"))
        .isEqualTo(EventId.of("acme", "shop", "n-1") + " 1 2026-03-01T10:15:30Z");
    assertThat(
            DATABASE.query(
                "SELECT concat_ws(' ', kind, status, priority, due_at = '2026-03-01T10:15:30Z',"
                    + " aggregate, payload, source, cause, handler, effect_key) FROM tasks"))
        .isEqualTo("research OPEN 8 t n-1 {\"id\": \"n-1\"} shop n-1 thing.changed 1");
    assertThat(
            DATABASE.query(
                "SELECT concat_ws(' ', template, recipient, payload, cause) FROM notices"))
        .isEqualTo("thing.seen user-1 {\"id\": \"n-1\"} n-1");
  }

  @Test
  void noEffectIsIssuedTwiceByRepeatsDisorderAndManyWriters() throws Exception {
    List<EventWriter.Entry> events = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      EventWriter.Entry entry = causing(event("n-" + i, TIME));
      Collections.addAll(events, entry, entry, entry);
    }
    ExecutorService writers = Executors.newFixedThreadPool(4);
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      List<EventWriter.Entry> own = new ArrayList<>(events);
      Collections.shuffle(own, new Random(i));
      running.add(
          writers.submit(
              () -> {
                for (int from = 0; from < own.size(); from += 70) {
                  writer.write(
                      own.subList(from, Math.min(own.size(), from + 70)), (entry, reason) -> {});
                }
                return null;
              }));
    }
    for (Future<?> one : running) {
      one.get();
    }
    writers.shutdown();
    assertThat(counts()).isEqualTo("900 0 600 300 300");
    assertThat(DATABASE.query("SELECT count(DISTINCT event_id) FROM outbox")).isEqualTo("600");
  }

  @Test
  void whatWasPublishedAndDoneIsNotIssuedAgain() throws SQLException {
    write(causing(event("n-1", TIME)));
    DATABASE.execute("DELETE FROM outbox", "UPDATE tasks SET status = 'COMPLETED'");
    write(causing(event("n-1", TIME)));
    assertThat(DATABASE.query("SELECT count(*) FROM outbox")).isEqualTo("0");
    assertThat(DATABASE.query("SELECT status FROM tasks")).isEqualTo("COMPLETED");
  }

  @Test
  void eventWhoseRowsAreRefusedHasNoEffect() throws SQLException {
    Event poisoned = event("n-1", TIME);
    List<EventWriter.Entry> batch = new ArrayList<>();
    batch.add(causing(poisoned, thing(poisoned, "k").set("name", Things.POISON).build()));
    for (int i = 2; i < 30; i++) {
      Event good = event("n-" + i, TIME);
      batch.add(causing(good, thing(good, "k-" + i).set("name", "good").build()));
    }
    write(batch);
    assertThat(refused).containsOnlyKeys("n-1");
    assertThat(counts()).isEqualTo("84 0 56 28 28");
    assertThat(DATABASE.query("SELECT count(*) FROM effects WHERE cause = 'n-1'")).isEqualTo("0");
  }

  @Test
  void replayWithoutEffectsHasThemRememberedAsSuppressed() throws SQLException {
    write(causing(inMode("n-1", "none")));
    assertThat(counts()).isEqualTo("0 3 0 0 0");
    write(causing(inMode("n-1", "missing")), causing(event("n-1", TIME)));
    assertThat(counts()).as("what is suppressed stays so").isEqualTo("0 3 0 0 0");
    write(causing(inMode("n-2", "missing")));
    assertThat(counts()).isEqualTo("3 3 2 1 1");
  }

  @Test
  void replayOfAllEffectsIssuesThemAgainUnderTheSameIds() throws SQLException {
    write(causing(event("n-1", TIME)));
    String ids =
        DATABASE.query("SELECT string_agg(event_id::text, ' ' ORDER BY outbox_id) FROM outbox");
    DATABASE.execute("DELETE FROM outbox", "UPDATE tasks SET status = 'COMPLETED', result = '1'");
    EventWriter.Entry again = causing(inMode("n-1", "all"));
    write(again, again);
    assertThat(counts()).isEqualTo("3 0 2 1 1");
    assertThat(
            DATABASE.query("SELECT string_agg(event_id::text, ' ' ORDER BY outbox_id) FROM outbox"))
        .isEqualTo(ids);
    assertThat(DATABASE.query("SELECT status || coalesce(result::text, '') FROM tasks"))
        .isEqualTo("OPEN");
  }

  @Test
  void followUpsLeaveInTheOrderOfTheBatch() throws SQLException {
    List<EventWriter.Entry> batch = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      batch.add(causing(event("n-%03d".formatted(i), TIME)));
    }
    write(batch);
    assertThat(
            DATABASE.query(
                """
                SELECT bool_and(ordered) FROM (
                  SELECT payload > lag(payload, 1, '') OVER (ORDER BY outbox_id) AS ordered
                  FROM outbox WHERE event_type = 'thing.followed') AS t
                """))
        .isEqualTo("t");
  }

  @Test
  void followUpOfAFollowUpIsOneDeeper() throws SQLException {
    write(
        causing(
            event(
                "n-1",
                TIME,
                "{}",
                Map.of(
                    EventAttributes.CAUSATION_ID.attribute(),
                    EventId.of("a", "b", "c").toString(),
                    EventAttributes.CAUSATION_DEPTH.attribute(),
                    "3"))));
    assertThat(
            DATABASE.query(
                "SELECT attributes ->> 'causation_depth' FROM outbox ORDER BY outbox_id LIMIT 1"))
        .isEqualTo("4");
    assertThat(DATABASE.query("SELECT depth FROM tasks")).isEqualTo("4");
  }
}
