package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.POISON;
import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.handled;
import static dev.tidegate.transforms.postgresql.Things.link;
import static dev.tidegate.transforms.postgresql.Things.thing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.testing.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventWriterIT {
  static final TestDatabase DATABASE = TestDatabase.create(Things.DDL);

  private ConnectionPool pool;
  private EventWriter writer;
  private final Map<String, String> refused = new TreeMap<>();

  @BeforeEach
  void openPool() throws SQLException {
    DATABASE.execute("TRUNCATE things, links, events");
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
    writer = Things.writer(pool, () -> {});
  }

  @AfterEach
  void closePool() {
    pool.close();
  }

  private void write(List<EventWriter.Entry> batch) throws SQLException {
    writer.write(batch, (entry, reason) -> refused.put(entry.event().notificationId(), reason));
  }

  private static String count(String from) throws SQLException {
    return DATABASE.query("SELECT count(*) FROM " + from);
  }

  /** Events over few keys, few times and few IDs, so that everything collides. */
  private static List<EventWriter.Entry> collidingEvents(int count) {
    Random random = new Random(7);
    List<EventWriter.Entry> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Event event =
          event(
              "n-" + random.nextInt(60),
              TIME.plusSeconds(random.nextInt(5)),
              "{\"i\":" + random.nextInt(count / 2) + "}",
              Map.of());
      List<Upsert> upserts = new ArrayList<>();
      for (int u = random.nextInt(4); u > 0; u--) {
        // Of one event, two upserts of a key must not disagree: they share a version.
        String id = "k-" + random.nextInt(20);
        Upsert.Builder upsert = thing(event, id);
        int groups = Math.floorMod((event.version().text() + id).hashCode(), 3);
        if (groups != 1) {
          upsert.set("name", event.raw().bodySha256());
        }
        if (groups != 2) {
          upsert.set("place", event.notificationId());
        }
        upserts.add(upsert.build());
        upserts.add(link(event, id));
      }
      events.add(handled(event, upserts.toArray(Upsert[]::new)));
    }
    return events;
  }

  private static String tables() throws SQLException {
    return DATABASE.query(
        """
        SELECT (SELECT jsonb_agg(to_jsonb(t) - '{updated_at,updated_xid}'::text[] ORDER BY id) FROM things t)::text
          || (SELECT jsonb_agg(to_jsonb(l) - '{updated_at,updated_xid}'::text[] ORDER BY id) FROM links l)::text
          || (SELECT jsonb_agg(jsonb_build_array(e.notification_id, status, version, attempts, payload_json(payload))
                ORDER BY e.notification_id)
              FROM events e JOIN event_payloads p USING (tenant_id, source, notification_id)
              WHERE p.stored_on = e.payload_stored_on)::text
        """);
  }

  @Test
  void tablesAreTheSameInWhateverOrderAndBatchesEventsCome() throws SQLException {
    List<EventWriter.Entry> events = collidingEvents(400);
    Random random = new Random(11);
    String expected = null;
    for (int order = 0; order < 20; order++) {
      DATABASE.execute("TRUNCATE things, links, events");
      Collections.shuffle(events, random);
      for (int from = 0; from < events.size(); ) {
        int to = Math.min(events.size(), from + 1 + random.nextInt(order < 3 ? 400 : 60));
        write(events.subList(from, to));
        from = to;
      }
      String found = tables();
      expected = expected == null ? found : expected;
      assertThat(found).as("order %d", order).isEqualTo(expected);
    }
    assertThat(refused).isEmpty();
    assertThat(count("things")).isEqualTo("20");
  }

  @Test
  void repeatedBatchLeavesTheTablesAsTheyAre() throws SQLException {
    List<EventWriter.Entry> events = collidingEvents(100);
    write(events);
    String before = DATABASE.query("SELECT string_agg(xmin::text, ' ' ORDER BY id) FROM things");
    write(events);
    assertThat(DATABASE.query("SELECT string_agg(xmin::text, ' ' ORDER BY id) FROM things"))
        .isEqualTo(before);
  }

  private static List<EventWriter.Entry> thousandWithPoisonAt(Set<Integer> poisoned) {
    List<EventWriter.Entry> batch = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      Event event = event("n-" + i, TIME);
      String name = poisoned.contains(i) ? POISON : "thing " + i;
      batch.add(
          handled(event, thing(event, "k-" + i).set("name", name).build(), link(event, "k-" + i)));
    }
    return batch;
  }

  private void assertOnlyRefused(Set<Integer> poisoned) throws SQLException {
    String[] ids = poisoned.stream().map(i -> "n-" + i).toArray(String[]::new);
    assertThat(refused).containsOnlyKeys(ids);
    assertThat(refused.values())
        .containsOnly("SQLSTATE 23514, table things, constraint things_name_check");
    String rest = Integer.toString(1_000 - poisoned.size());
    assertThat(count("things")).isEqualTo(rest);
    assertThat(count("links")).isEqualTo(rest);
    assertThat(count("events WHERE status = 'PROCESSED'")).isEqualTo(rest);
    String list = "('" + String.join("', '", ids) + "')";
    assertThat(count("links WHERE target IN " + list)).isEqualTo("0");
    assertThat(count("events WHERE notification_id IN " + list)).isEqualTo("0");
  }

  @Test
  void onePoisonedEventAmongAThousandIsRefusedAlone() throws SQLException {
    write(thousandWithPoisonAt(Set.of(617)));
    assertOnlyRefused(Set.of(617));
  }

  @Test
  void severalPoisonedEventsAreRefusedAloneAtBothEndsToo() throws SQLException {
    Set<Integer> poisoned = Set.of(0, 1, 499, 500, 777, 999);
    write(thousandWithPoisonAt(poisoned));
    assertOnlyRefused(poisoned);
  }

  @Test
  void poisonHiddenByANewerValueInItsBatchDoesNoHarm() throws SQLException {
    Event poisoned = event("n-1", TIME);
    Event newer = event("n-2", TIME.plusSeconds(1));
    write(
        List.of(
            handled(poisoned, thing(poisoned, "a").set("name", POISON).build()),
            handled(newer, thing(newer, "a").set("name", "good").build())));
    assertThat(DATABASE.query("SELECT name FROM things")).isEqualTo("good");
  }

  @Test
  void emptyBatchIsNothing() throws SQLException {
    write(List.of());
    assertThat(count("events")).isEqualTo("0");
  }

  @Test
  void tableNobodyDeclaredIsABugAndNoDeadLetter() {
    Event event = event("n-1", TIME);
    Table stray =
        Table.named("stray").key(Column.indexedText("id")).group("g", Column.text("a")).build();
    Upsert upsert = Upsert.into(stray, event).key("id", "x").build();
    assertThatThrownBy(() -> write(List.of(handled(event, upsert))))
        .isInstanceOf(IllegalStateException.class);
    assertThat(refused).isEmpty();
  }
}
