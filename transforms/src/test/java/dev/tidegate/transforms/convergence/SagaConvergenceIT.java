package dev.tidegate.transforms.convergence;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.EffectEvents;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Version;
import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.EventWriter;
import dev.tidegate.transforms.postgresql.SagaEvents;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.io.IOException;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Sagas converge as tables do: what an instance comes to, and what it issues, is a function of the
 * set of its events. Each order of a set is written for a tenant of its own.
 */
@Proof(
    name = "sagas",
    promise = "A saga's tables and effects are a function of the set of its events",
    faults = "all orders of up to 6 events, repeats, other batches, four writers, a rebuild")
class SagaConvergenceIT {
  private static final TestDatabase DATABASE = database();
  private static final TestDatabase REBUILT = database();

  private static final Instant ASKED = Instant.parse("2026-03-02T08:00:00Z");
  private static final Duration CHASE = Duration.ofHours(48);
  private static final Duration CLOSE = Duration.ofHours(168);
  private static final String SOURCE = "questions";
  private static final EventSources SOURCES =
      EventSources.of(List.of(DeclaredSource.parse("questions.yaml", questions())));

  private static final List<ComparedTable> SAGA_TABLES =
      List.of(
          new ComparedTable(
              "saga_instances",
              List.of("saga", "instance"),
              "to_jsonb(r) - 'tenant_id' - 'created_at' - 'updated_at'"),
          new ComparedTable(
              "saga_events",
              List.of("saga", "instance", "notification_id"),
              "to_jsonb(r) - 'tenant_id'"),
          new ComparedTable(
              "saga_deadlines",
              List.of("saga", "instance", "deadline"),
              "to_jsonb(r) - 'tenant_id' - 'event_id' - 'emitted_at'"));

  /** IDs and what holds them depend on the tenant. */
  private static final List<ComparedTable> TABLES =
      List.of(
          SAGA_TABLES.get(0),
          SAGA_TABLES.get(1),
          SAGA_TABLES.get(2),
          new ComparedTable(
              "standing_effects",
              List.of("cause", "effect_key"),
              "to_jsonb(r) - 'tenant_id' - 'effect_id' - 'created_at' - 'updated_at'"),
          new ComparedTable(
              "standing_tasks",
              List.of("cause", "effect_key"),
              "to_jsonb(r) - 'tenant_id' - 'task_id' - 'created_at' - 'updated_at'"),
          new ComparedTable(
              "notices",
              List.of("cause", "template"),
              "to_jsonb(r) - 'tenant_id' - 'notice_id' - 'created_at'"),
          new ComparedTable(
              "outbox",
              List.of("event_type", "payload::jsonb - 'notice_id'"),
              """
              jsonb_build_object('source', r.source, 'event_type', r.event_type,
                'aggregate', r.aggregate, 'attributes', r.attributes - 'causation_id',
                'payload', r.payload::jsonb - 'notice_id')\
              """));

  private static ConnectionPool pool;
  private static ConnectionPool rebuilt;
  private static int tenants;

  /** What was taken back before anybody did it leaves a row that says so, and nothing else. */
  private static TestDatabase database() {
    return TestDatabase.create(
        "CREATE VIEW standing_effects AS SELECT * FROM effects WHERE status <> 'CANCELLED'",
        "CREATE VIEW standing_tasks AS SELECT * FROM tasks WHERE status <> 'CANCELLED'");
  }

  private static String questions() {
    try (InputStream in = DeclaredSource.class.getResourceAsStream("questions.yaml")) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }

  @BeforeAll
  static void openPools() {
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
    rebuilt = ConnectionPool.open(TestConfiguration.of(REBUILT));
  }

  @AfterAll
  static void closePools() {
    pool.close();
    rebuilt.close();
  }

  private static EventWriter writer(ConnectionPool of) {
    return new EventWriter(of, new TransientRetry(() -> {}), SOURCES, true);
  }

  private static ObjectNode object() {
    return Json.mapper().createObjectNode();
  }

  private static SagaEvents asked(String id, int hour, String text) {
    return SagaEvents.sent(
        "question.asked",
        id,
        ASKED.plus(Duration.ofHours(hour)),
        object().put("question", "q-1").put("user", "user-" + text).put("text", text));
  }

  private static SagaEvents withdrawn(String id, int hour) {
    return SagaEvents.sent(
        "question.withdrawn",
        id,
        ASKED.plus(Duration.ofHours(hour)),
        object().put("question", "q-1"));
  }

  private static SagaEvents own(String type, String id, Instant at, ObjectNode body) {
    return SagaEvents.own(type, id, at, "research", "q-1", body);
  }

  private static SagaEvents completed(String id, int hour, String findings) {
    ObjectNode body = object().put("key", "research");
    body.putObject("result").put("findings", findings);
    return own("task.completed", id, ASKED.plus(Duration.ofHours(hour)), body);
  }

  private static SagaEvents passed(String deadline, int askedAt, Duration after) {
    Instant due = ASKED.plus(Duration.ofHours(askedAt)).plus(after);
    return own(
        EffectEvents.SAGA_DEADLINE,
        "%s-%d".formatted(deadline, askedAt),
        due,
        object().put("deadline", deadline).put("due_at", due.toString()));
  }

  private static SagaEvents cancelled(int hour) {
    return own(
        EffectEvents.SAGA_CANCEL,
        "cancel",
        ASKED.plus(Duration.ofHours(hour)),
        object().put("reason", "none"));
  }

  /** Up to {@code most} events at few times, so that many are near each other. */
  private static List<SagaEvents> randomSet(Random random, int most) {
    List<SagaEvents> all =
        new ArrayList<>(
            List.of(
                asked("asked-2", random.nextInt(3), "second"),
                completed("done-1", 1 + random.nextInt(200), "one"),
                completed("done-2", 1 + random.nextInt(200), "two"),
                withdrawn("withdrawn", random.nextInt(200)),
                passed("chase", random.nextInt(2), CHASE),
                passed("close", 0, CLOSE)));
    if (random.nextInt(4) == 0) {
      all.add(cancelled(random.nextInt(200)));
    }
    Collections.shuffle(all, random);
    // Without a question nobody is known who could be told of findings, and the fold fails.
    List<SagaEvents> set = new ArrayList<>(List.of(asked("asked-1", 0, "first")));
    set.addAll(all.subList(0, 1 + random.nextInt(most - 1)));
    return set;
  }

  private static List<List<SagaEvents>> sets(int random) {
    List<List<SagaEvents>> sets = new ArrayList<>();
    sets.add(
        List.of(
            asked("asked-1", 0, "first"),
            asked("asked-2", 1, "second"),
            completed("done", 60, "one"),
            withdrawn("withdrawn", 70),
            passed("chase", 1, CHASE),
            passed("close", 1, CLOSE)));
    sets.add(
        List.of(
            asked("asked-1", 0, "first"),
            passed("chase", 0, CHASE),
            completed("done", 60, "one"),
            asked("asked-2", 80, "again"),
            completed("done-2", 90, "two"),
            cancelled(100)));
    Random generator = new Random(18);
    for (int i = 0; i < random; i++) {
      sets.add(randomSet(generator, 6));
    }
    return sets;
  }

  private static List<List<SagaEvents>> ordersOf(List<SagaEvents> set) {
    List<List<SagaEvents>> orders = new ArrayList<>();
    permute(new ArrayList<>(set), 0, orders);
    return orders;
  }

  private static void permute(List<SagaEvents> order, int from, List<List<SagaEvents>> orders) {
    if (from == order.size()) {
      orders.add(List.copyOf(order));
      return;
    }
    for (int i = from; i < order.size(); i++) {
      Collections.swap(order, from, i);
      permute(order, from + 1, orders);
      Collections.swap(order, from, i);
    }
  }

  /** The order, some of it up to three times, in batches of any size. */
  private static List<List<SagaEvents>> batches(List<SagaEvents> order, Random random) {
    List<SagaEvents> deliveries = new ArrayList<>(order);
    for (SagaEvents event : order) {
      for (int repeats = random.nextInt(6) - 3; repeats > 0; repeats--) {
        int first = deliveries.indexOf(event);
        deliveries.add(first + 1 + random.nextInt(deliveries.size() - first), event);
      }
    }
    List<List<SagaEvents>> batches = new ArrayList<>();
    for (int from = 0; from < deliveries.size(); ) {
      int to = from + 1 + random.nextInt(Math.min(3, deliveries.size() - from));
      batches.add(deliveries.subList(from, to));
      from = to;
    }
    return batches;
  }

  private static void write(EventWriter writer, List<EventWriter.Entry> entries)
      throws SQLException {
    for (int from = 0; from < entries.size(); from += 400) {
      writer.write(
          entries.subList(from, Math.min(entries.size(), from + 400)),
          (entry, reason) -> {
            throw new AssertionError(reason);
          });
    }
  }

  private static String newTenant() {
    return "tenant-" + tenants++;
  }

  /** Oldest first, each by itself: there every event is the newest when it comes. */
  private static String oldestFirst(List<SagaEvents> set) throws SQLException {
    String tenant = newTenant();
    List<EventWriter.Entry> entries = new ArrayList<>();
    for (SagaEvents event : set) {
      entries.add(event.entry(SOURCES, SOURCE, tenant, Map.of()));
    }
    entries.sort((one, other) -> version(one).compareTo(version(other)));
    for (EventWriter.Entry entry : entries) {
      write(writer(pool), List.of(entry));
    }
    return tenant;
  }

  private static Version version(EventWriter.Entry entry) {
    return entry.transformed().event().version();
  }

  private static void assertSame(String expected, List<String> others, Object what)
      throws SQLException {
    List<String> all = new ArrayList<>(others);
    all.add(expected);
    TableContents contents = new TableContents(TABLES);
    try (Connection connection = pool.connection()) {
      Map<String, TableContents.Digest> digests = contents.digests(connection, all);
      assertThat(digests.get(expected).rows()).isPositive();
      for (String other : others) {
        if (!digests.get(other).equals(digests.get(expected))) {
          throw new AssertionError(
              "%s: in another order it is%n%s"
                  .formatted(
                      what, String.join("\n", contents.differences(connection, expected, other))));
        }
      }
    }
  }

  @Test
  void allOrdersAndRepeatsGiveTheSameTablesAndEffects() throws SQLException {
    EventWriter writer = writer(pool);
    Random random = new Random(81);
    int orders = 0;
    for (List<SagaEvents> set : sets(ProofSize.of(6, 200))) {
      String expected = oldestFirst(set);
      Map<String, List<List<SagaEvents>>> deliveries = new HashMap<>();
      for (List<SagaEvents> order : ordersOf(set)) {
        deliveries.put(newTenant(), batches(order, random));
      }
      // The orders are of tenants of their own: their first batches are written together, and so
      // on.
      boolean more = true;
      for (int i = 0; more; i++) {
        List<EventWriter.Entry> entries = new ArrayList<>();
        for (Map.Entry<String, List<List<SagaEvents>>> of : deliveries.entrySet()) {
          if (i < of.getValue().size()) {
            for (SagaEvents event : of.getValue().get(i)) {
              entries.add(event.entry(SOURCES, SOURCE, of.getKey(), Map.of()));
            }
          }
        }
        more = !entries.isEmpty();
        write(writer, entries);
        ProofSize.count(entries.size());
      }
      orders += deliveries.size();
      assertSame(expected, List.copyOf(deliveries.keySet()), set);
    }
    System.out.println("Convergence of sagas: %d orders".formatted(orders));
    assertThat(orders).isGreaterThan(1_440);
  }

  @Test
  void fourWritersAtOnceGiveTheSameTablesAndEffects() throws Exception {
    List<SagaEvents> set = sets(0).get(0);
    String expected = oldestFirst(set);
    List<String> found = new ArrayList<>();
    List<EventWriter.Entry> all = new ArrayList<>();
    for (int i = 0; i < ProofSize.of(60, 600); i++) {
      found.add(newTenant());
      for (SagaEvents event : set) {
        all.add(event.entry(SOURCES, SOURCE, found.get(i), Map.of()));
      }
    }
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> running = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      // Every event comes twice, from two writers.
      List<EventWriter.Entry> own = new ArrayList<>();
      for (int i = 0; i < all.size(); i++) {
        if (i % 4 == thread || (i + 1) % 4 == thread) {
          own.add(all.get(i));
        }
      }
      Random random = new Random(thread);
      Collections.shuffle(own, random);
      running.add(
          threads.submit(
              () -> {
                EventWriter writer = writer(pool);
                for (int from = 0; from < own.size(); ) {
                  int to = Math.min(own.size(), from + 1 + random.nextInt(20));
                  write(writer, own.subList(from, to));
                  from = to;
                }
                return null;
              }));
    }
    for (Future<?> one : running) {
      one.get();
    }
    threads.shutdown();
    ProofSize.count(2L * all.size());
    assertSame(expected, found, set);
  }

  @Test
  void aRebuildEmitsNothingAndEndsInTheSameTables() throws SQLException {
    EventWriter writer = writer(rebuilt);
    Random random = new Random(7);
    Map<String, String> replay =
        Map.of(
            EventAttributes.EFFECTS.attribute(), "none",
            EventAttributes.REPLAY_ID.attribute(), "rebuild");
    for (List<SagaEvents> set : sets(ProofSize.of(20, 400))) {
      String tenant = oldestFirst(set);
      List<SagaEvents> order = new ArrayList<>(set);
      Collections.shuffle(order, random);
      for (List<SagaEvents> batch : batches(order, random)) {
        List<EventWriter.Entry> entries = new ArrayList<>();
        for (SagaEvents event : batch) {
          entries.add(event.entry(SOURCES, SOURCE, tenant, replay));
        }
        write(writer, entries);
        ProofSize.count(entries.size());
      }
      TableContents contents = new TableContents(SAGA_TABLES);
      try (Connection connection = pool.connection();
          Connection other = rebuilt.connection()) {
        assertThat(contents.digests(other, List.of(tenant)))
            .as(set.toString())
            .isEqualTo(contents.digests(connection, List.of(tenant)));
      }
      assertThat(standing(REBUILT, tenant, "SUPPRESSED"))
          .isEqualTo(standing(DATABASE, tenant, "ISSUED"));
    }
    assertThat(
            REBUILT.query(
                "SELECT concat_ws(' ', (SELECT count(*) FROM outbox), (SELECT count(*) FROM tasks),"
                    + " (SELECT count(*) FROM notices),"
                    + " (SELECT count(*) FROM effects WHERE status = 'ISSUED'))"))
        .isEqualTo("0 0 0 0");
    assertThat(REBUILT.query("SELECT count(*) > 0 FROM effects WHERE status = 'SUPPRESSED'"))
        .isEqualTo("t");
  }

  private static List<String> standing(TestDatabase database, String tenant, String status)
      throws SQLException {
    return database.column(
        "SELECT effect_key FROM effects WHERE tenant_id = '%s' AND status = '%s' ORDER BY 1"
            .formatted(tenant, status));
  }
}
