package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.handled;
import static dev.tidegate.transforms.postgresql.Things.link;
import static dev.tidegate.transforms.postgresql.Things.thing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.schemas.Event;
import dev.tidegate.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventWriterConcurrencyIT {
  static final TestDatabase DATABASE = TestDatabase.create(Things.DDL);

  private final AtomicInteger retries = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final ExecutorService threads = Executors.newFixedThreadPool(2);
  private ConnectionPool pool;
  private EventWriter writer;

  @BeforeEach
  void openPool() throws SQLException {
    DATABASE.execute("TRUNCATE things, links, events");
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
    writer = Things.writer(pool, retries::incrementAndGet);
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    pool.close();
  }

  /** Writes over 50 keys in random order; returns the newest version written of each. */
  private Map<String, String> writeForAWhile(int seed) throws SQLException {
    Random random = new Random(seed);
    Map<String, String> newest = new TreeMap<>();
    long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
    while (System.nanoTime() < end) {
      List<EventWriter.Entry> batch = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Event event = event("n-" + random.nextInt(50), TIME.plusMillis(random.nextInt(1_000_000)));
        String id = "k-" + random.nextInt(50);
        batch.add(handled(event, link(event, id), thing(event, id).set("place", "x").build()));
        newest.merge(id, event.version().text(), (a, b) -> a.compareTo(b) > 0 ? a : b);
      }
      writer.write(batch, (entry, reason) -> refused.incrementAndGet());
    }
    return newest;
  }

  @Test
  void writersThatMeetNeverDeadlockAndTheNewestWins() throws Exception {
    Future<Map<String, String>> first = threads.submit(() -> writeForAWhile(1));
    Future<Map<String, String>> second = threads.submit(() -> writeForAWhile(2));
    Map<String, String> newest = new TreeMap<>(first.get());
    second.get().forEach((id, v) -> newest.merge(id, v, (a, b) -> a.compareTo(b) > 0 ? a : b));
    assertThat(retries).as("deadlocks would have been retried").hasValue(0);
    assertThat(refused).hasValue(0);
    for (Map.Entry<String, String> row : newest.entrySet()) {
      assertThat(
              DATABASE.query("SELECT place_version FROM things WHERE id = '" + row.getKey() + "'"))
          .isEqualTo(row.getValue());
    }
    assertThat(
            DATABASE.query(
                "SELECT count(*) FROM things JOIN links USING (tenant_id, id)"
                    + " WHERE place_version = link_version"))
        .isEqualTo(Integer.toString(newest.size()));
  }

  @Test
  void nothingIsLostWhereConnectionsAreCutMidway() throws Exception {
    AtomicBoolean enough = new AtomicBoolean();
    Future<Integer> written =
        threads.submit(
            () -> {
              int events = 0;
              while (!enough.get()) {
                List<EventWriter.Entry> batch = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                  Event event = event("n-" + events, TIME);
                  batch.add(handled(event, thing(event, "k-" + events++).set("name", "x").build()));
                }
                writer.write(batch, (entry, reason) -> refused.incrementAndGet());
              }
              return events;
            });
    // Not while a connection is being opened: an outage that lasts fails the bundle, and rightly.
    await()
        .until(
            () -> {
              DATABASE.query(
                  """
                  SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                  WHERE application_name = 'tidegate' AND datname = current_database()
                    AND backend_start < clock_timestamp() - interval '1 second'
                  """);
              return retries.get() >= 3 || written.isDone();
            });
    enough.set(true);
    String events = written.get().toString();
    assertThat(refused).hasValue(0);
    assertThat(DATABASE.query("SELECT count(*) FROM things")).isEqualTo(events);
    assertThat(DATABASE.query("SELECT count(*) FROM events WHERE status = 'PROCESSED'"))
        .isEqualTo(events);
  }
}
