package dev.tidegate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.testing.JavaProcess;
import dev.tidegate.testing.Patience;
import dev.tidegate.testing.PostgresServer;
import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import dev.tidegate.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Proof(
    name = "relay",
    promise =
        "Every row of the outbox is published, and those of an aggregate first in their order.",
    faults =
        "64 writers commit after random delays; relays are killed and frozen past their sessions;"
            + " PostgreSQL crashes")
class RelayProofIT {
  private static final int ROWS = ProofSize.of(12_000, 1_000_000);
  private static final int WRITERS = 64;
  private static final int AGGREGATES = 200;
  private static final int MOST_ROWS_OF_A_TRANSACTION = ProofSize.of(20, 100);
  private static final int RELAYS = 2;
  private static final Duration BETWEEN_FAULTS =
      ProofSize.of(Duration.ofMillis(1_500), Duration.ofSeconds(5));

  /** Longer than the session of a relay that stands still. */
  private static final Duration FROZEN = Duration.ofSeconds(4);

  private static final String WRITE =
      """
      WITH next AS (
        UPDATE sequences SET last = last + ? WHERE aggregate = ? RETURNING last)
      INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, payload)
      SELECT 'acme', md5(aggregate || n)::uuid, 'shop', 'order.paid', aggregate, n::text
      FROM (SELECT ?::text AS aggregate, generate_series(last - ? + 1, last) AS n FROM next) AS rows
      ORDER BY rows.n
      """;

  /** A delivery: Pub/Sub numbers messages as it takes them. */
  private record Delivery(long messageId, int number) {}

  @TempDir private Path folder;
  private final Map<String, List<Delivery>> deliveries = new HashMap<>();
  private final List<JavaProcess> relays = new ArrayList<>();
  private final AtomicInteger written = new AtomicInteger();
  private final Random random = new Random(18);
  private PostgresServer server;
  private TestDatabase database;
  private PublishedEvents published;

  @BeforeEach
  void start() throws Exception {
    server = PostgresServer.start(Files.createDirectory(folder.resolve("postgresql")));
    database =
        server.createDatabase(
            "CREATE TABLE sequences (aggregate text PRIMARY KEY, last integer NOT NULL)",
            "INSERT INTO sequences SELECT 'order-' || n, 0 FROM generate_series(1, %d) AS n"
                .formatted(AGGREGATES));
    published = PublishedEvents.in(folder.resolve("pubsub"), this::received);
    for (int i = 0; i < RELAYS; i++) {
      startRelay();
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (JavaProcess relay : relays) {
      relay.kill();
    }
    published.close();
    server.close();
  }

  private void startRelay() {
    relays.add(
        JavaProcess.start(
            RelayProcess.class,
            folder.resolve("relays"),
            Map.of(),
            database.jdbcUrl(),
            published.topic().endpoint().orElseThrow()));
  }

  private synchronized void received(PubsubMessage message) {
    deliveries
        .computeIfAbsent(message.getOrderingKey(), key -> new ArrayList<>())
        .add(
            new Delivery(
                Long.parseLong(message.getMessageId()),
                Integer.parseInt(message.getData().toStringUtf8())));
  }

  /** Writes until enough is written. What a crash has undone is not counted by the database. */
  private void write() {
    while (written.get() < ROWS) {
      try (Connection connection = database.connect()) {
        connection.setAutoCommit(false);
        while (written.get() < ROWS) {
          writeTransaction(connection);
        }
      } catch (SQLException crashed) {
        pause(100);
      }
    }
  }

  private void writeTransaction(Connection connection) throws SQLException {
    ThreadLocalRandom chance = ThreadLocalRandom.current();
    int rows = chance.nextInt(1, MOST_ROWS_OF_A_TRANSACTION + 1);
    String aggregate = "order-" + chance.nextInt(1, AGGREGATES + 1);
    try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
      statement.setInt(1, rows);
      statement.setString(2, aggregate);
      statement.setString(3, aggregate);
      statement.setInt(4, rows);
      statement.executeUpdate();
    }
    pause(chance.nextInt(20) == 0 ? 500 : chance.nextInt(20));
    if (chance.nextInt(10) == 0) {
      connection.rollback();
    } else {
      connection.commit();
      written.addAndGet(rows);
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException stop) {
      throw new IllegalStateException(stop);
    }
  }

  /** Kills a relay, freezes one past its session, crashes the database: by turns. */
  private void fault(int number) throws Exception {
    JavaProcess relay = relays.get(random.nextInt(relays.size()));
    switch (number % 3) {
      case 0 -> {
        relay.kill();
        relays.remove(relay);
        startRelay();
      }
      case 1 -> {
        relay.signal("STOP");
        pause(FROZEN.toMillis());
        relay.signal("CONT");
      }
      default -> {
        server.crash();
        server.startAgain();
      }
    }
  }

  @Test
  void itHolds() throws Exception {
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      Thread writer = new Thread(this::write, "writer-" + i);
      writer.start();
      writers.add(writer);
    }
    int faults = 0;
    while (faults < 3 || writers.stream().anyMatch(Thread::isAlive)) {
      pause(BETWEEN_FAULTS.toMillis());
      fault(faults++);
    }
    for (Thread writer : writers) {
      writer.join();
    }
    await()
        .atMost(Patience.LONGEST.multipliedBy(4))
        .until(() -> database.query("SELECT count(*) FROM outbox").equals("0"));
    Map<String, Integer> expected = expected();
    await().untilAsserted(() -> assertThat(firstDeliveries()).isEqualTo(inOrder(expected)));
    ProofSize.count(expected.values().stream().mapToInt(Integer::intValue).sum());
  }

  private Map<String, Integer> expected() throws SQLException {
    Map<String, Integer> expected = new HashMap<>();
    try (Connection connection = database.connect();
        PreparedStatement statement =
            connection.prepareStatement("SELECT aggregate, last FROM sequences WHERE last > 0");
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        expected.put("acme/" + row.getString(1), row.getInt(2));
      }
    }
    return expected;
  }

  /** For each aggregate, what its numbers are if all are there in order. */
  private static Map<String, String> inOrder(Map<String, Integer> last) {
    Map<String, String> told = new TreeMap<>();
    last.forEach((aggregate, number) -> told.put(aggregate, "1 to %d in order".formatted(number)));
    return told;
  }

  private synchronized Map<String, String> firstDeliveries() {
    Map<String, String> told = new TreeMap<>();
    deliveries.forEach(
        (aggregate, all) -> {
          List<Delivery> sorted = new ArrayList<>(all);
          Collections.sort(sorted, (a, b) -> Long.compare(a.messageId, b.messageId));
          int last = 0;
          String wrong = "";
          for (Delivery delivery : sorted) {
            if (delivery.number == last + 1) {
              last++;
            } else if (delivery.number > last && wrong.isEmpty()) {
              wrong = "%d came after %d".formatted(delivery.number, last);
            }
          }
          told.put(aggregate, wrong.isEmpty() ? "1 to %d in order".formatted(last) : wrong);
        });
    return told;
  }
}
