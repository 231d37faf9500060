package dev.tidegate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.schemas.MessageStamp;
import dev.tidegate.testing.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of rows of the outbox, and of deadlines, on a real PostgreSQL and Pub/Sub. */
class RelayIT {
  private static final TestDatabase DATABASE = TestDatabase.create();

  /** Only notifications tell of rows. */
  private static final RelayTiming NO_POLL =
      new RelayTiming(Duration.ofHours(1), Duration.ofSeconds(10), Duration.ofSeconds(30));

  private static final MessageStamp STAMP = MessageStamp.of("0123456789abcdef0123456789abcdef");

  @TempDir private Path folder;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private PublishedEvents published;

  @BeforeEach
  void start() throws SQLException {
    DATABASE.execute("TRUNCATE outbox, saga_deadlines");
    published = PublishedEvents.in(folder);
    open.push(published);
  }

  @AfterEach
  void stop() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  private Relay startRelay() {
    return startRelay(published.topic(), RelayTiming.STANDARD);
  }

  private Relay startRelay(PubsubConfiguration topic, RelayTiming timing) {
    Relay relay =
        Relay.start(
            RelayConfiguration.STANDARD,
            new DatabaseConfiguration(
                DATABASE.jdbcUrl(), TestDatabase.USERNAME, Optional.empty(), 1),
            topic,
            Optional.of(STAMP),
            registry,
            timing);
    open.push(relay);
    return relay;
  }

  /** A statement that writes rows, one for each of {@code bodies}, to an aggregate. */
  private static String row(String aggregate, String... bodies) {
    return """
    INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, payload)
    SELECT 'acme', gen_random_uuid(), 'shop', 'order.paid', '%s', body
    FROM unnest('{%s}'::text[]) AS body
    """
        .formatted(aggregate, String.join(",", bodies));
  }

  private static String refusedRow(String aggregate, String body) {
    return """
    INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, payload, attributes)
    VALUES ('acme', gen_random_uuid(), 'shop', 'order.paid', '%s', '%s', '{"goog-x": "reserved"}')
    """
        .formatted(aggregate, body);
  }

  private void awaitPublished(String... bodies) {
    await().untilAsserted(() -> assertThat(published.bodies()).contains(bodies));
  }

  private static void awaitEmpty() {
    await().until(() -> DATABASE.query("SELECT count(*) FROM outbox").equals("0"));
  }

  private Connection transaction() throws SQLException {
    Connection connection = DATABASE.connect();
    connection.setAutoCommit(false);
    open.push(connection);
    return connection;
  }

  private static int execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  @Test
  void aMessageTellsWhatItIsAndIsStamped() throws Exception {
    startRelay();
    DATABASE.execute(
        """
        INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, attributes, payload,
          created_at)
        VALUES ('acme', '5f0c4f4e-6a0e-8d4e-9d7e-0d5a7b1c2d3e', 'shop', 'order.paid', 'order-1',
          '{"causation_depth": "1", "ce-time": "2026-01-31T10:00:00Z", "tenant_id": "forged"}',
          '{"paid": "€"}', '2026-01-31T10:00:01.5Z')
        """);
    awaitPublished("{\"paid\": \"€\"}");
    PubsubMessage message = published.messages().get(0);
    assertThat(message.getOrderingKey()).isEqualTo("acme/order-1");
    Map<String, String> attributes = new TreeMap<>(message.getAttributesMap());
    assertThat(STAMP.isProved(attributes, message.getData().toByteArray())).isTrue();
    attributes.remove("stamp");
    assertThat(attributes)
        .isEqualTo(
            Map.of(
                "notification_id", "5f0c4f4e-6a0e-8d4e-9d7e-0d5a7b1c2d3e",
                "event_type", "order.paid",
                "source", "shop",
                "tenant_id", "acme",
                "received_at", "2026-01-31T10:00:01.500Z",
                "content_type", "application/json",
                "causation_depth", "1",
                "ce-time", "2026-01-31T10:00:00Z"));
    awaitEmpty();
    await().until(() -> registry.get("tidegate.relay.published").counter().count() == 1);
  }

  @Test
  void aLongAggregateHasAnOrderingKeyThatPubsubTakes() throws Exception {
    startRelay();
    DATABASE.execute(row("ü".repeat(1_000), "first"), row("ü".repeat(1_000), "second"));
    awaitPublished("first", "second");
    assertThat(published.messages().get(0).getOrderingKey())
        .hasSizeBetween(1, 1_024)
        .isEqualTo(published.messages().get(1).getOrderingKey());
  }

  @Test
  void aCommitWakesTheRelay() throws Exception {
    startRelay(published.topic(), NO_POLL);
    DATABASE.execute(row("order", "warm"));
    awaitPublished("warm");
    long[] millis = new long[20];
    for (int i = 0; i < millis.length; i++) {
      String body = "row-" + i;
      DATABASE.execute(row("order-" + i, body));
      long committed = System.nanoTime();
      await().pollInterval(Duration.ofMillis(1)).until(() -> published.bodies().contains(body));
      millis[i] = (System.nanoTime() - committed) / 1_000_000;
    }
    Arrays.sort(millis);
    assertThat(millis[millis.length / 2]).isLessThan(500);
  }

  @Test
  void rowsThatNoNotificationTellsOfAreFoundByThePoll() throws Exception {
    startRelay();
    DATABASE.execute(
        "ALTER TABLE outbox DISABLE TRIGGER outbox_written",
        row("order", "silent"),
        "ALTER TABLE outbox ENABLE TRIGGER outbox_written");
    awaitPublished("silent");
  }

  @Test
  void aLongTransactionHoldsNobodyElseAndItsRowsAreNotSkipped() throws Exception {
    startRelay();
    Connection slow = transaction();
    execute(slow, row("slow", "early"));
    for (int i = 0; i < 100; i++) {
      DATABASE.execute(row("order-" + i % 10, "row-" + i));
    }
    await().until(() -> published.count() == 100);
    awaitEmpty();
    assertThat(published.bodies()).doesNotContain("early");
    slow.commit();
    awaitPublished("early");
  }

  @Test
  void aRefusedRowHoldsItsAggregateOnlyUntilItIsDiscarded() throws Exception {
    Relay relay = startRelay();
    DATABASE.execute(
        row("bad", "before"),
        refusedRow("bad", "poison"),
        row("bad", "behind-1", "behind-2"),
        row("good", "other"));
    awaitPublished("before", "other");
    await()
        .until(
            () ->
                "poison"
                    .equals(
                        DATABASE.query("SELECT payload FROM outbox WHERE refusal IS NOT NULL")));
    DATABASE.execute(row("bad", "behind-3"), row("good", "another"));
    awaitPublished("another");
    assertThat(DATABASE.query("SELECT refusal FROM outbox WHERE refused_at IS NOT NULL"))
        .contains("INVALID_ARGUMENT");
    assertThat(published.bodies()).noneMatch(body -> body.startsWith("behind"));
    assertThat(registry.get("tidegate.relay.refused").counter().count()).isEqualTo(1);

    // Those of another relay, which did not refuse it itself, wait as well.
    relay.close();
    startRelay();
    DATABASE.execute(row("good", "after-restart"));
    awaitPublished("after-restart");
    assertThat(published.bodies()).noneMatch(body -> body.startsWith("behind"));

    DATABASE.execute("DELETE FROM outbox WHERE refused_at IS NOT NULL");
    awaitPublished("behind-1", "behind-2", "behind-3");
    assertThat(published.bodies())
        .filteredOn(body -> body.startsWith("behind"))
        .containsExactly("behind-1", "behind-2", "behind-3");
    awaitEmpty();
  }

  @Test
  void aRefusedRowThatIsMendedIsPublishedBeforeWhatIsBehindIt() throws Exception {
    startRelay();
    DATABASE.execute(refusedRow("bad", "mended"), row("bad", "behind"), row("good", "other"));
    awaitPublished("other");
    await()
        .until(() -> DATABASE.query("SELECT 1 FROM outbox WHERE refused_at IS NOT NULL") != null);
    DATABASE.execute(
        "UPDATE outbox SET refused_at = NULL, refusal = NULL, attributes = '{}' WHERE refusal IS NOT"
            + " NULL");
    awaitPublished("mended", "behind");
    assertThat(published.bodies()).containsSubsequence("mended", "behind");
  }

  @Test
  void aBodyThatIsTooLargeIsRefusedWithoutBeingRead() throws Exception {
    startRelay();
    DATABASE.execute(
        """
        INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, payload)
        SELECT 'acme', gen_random_uuid(), 'shop', 'order.paid', 'large', repeat('x', 10000001)
        """,
        row("good", "other"));
    awaitPublished("other");
    await()
        .until(
            () ->
                "The body is larger than what Pub/Sub takes."
                    .equals(DATABASE.query("SELECT refusal FROM outbox")));
  }

  @Test
  void aRowThatMayBeTakenBackHoldsItsAggregateOnly() throws Exception {
    Connection saga = transaction();
    DATABASE.execute(row("held", "held-1", "held-2"));
    execute(saga, "DELETE FROM outbox WHERE payload = 'held-1'");
    startRelay();
    DATABASE.execute(row("free", "other"), row("held", "held-3"));
    awaitPublished("other");
    assertThat(published.bodies()).noneMatch(body -> body.startsWith("held"));
    saga.rollback();
    awaitPublished("held-1", "held-2", "held-3");
    assertThat(published.bodies()).containsSubsequence("held-1", "held-2", "held-3");
    awaitEmpty();
  }

  @Test
  void aRowThatIsTakenBackIsNotPublishedAndWhatIsBehindItIs() throws Exception {
    Connection saga = transaction();
    DATABASE.execute(row("held", "held-1", "held-2", "held-3"));
    execute(saga, "DELETE FROM outbox WHERE payload IN ('held-1', 'held-2')");
    startRelay();
    DATABASE.execute(row("free", "other"));
    awaitPublished("other");
    saga.commit();
    awaitPublished("held-3");
    assertThat(published.bodies()).doesNotContain("held-1", "held-2");
  }

  @Test
  void aDeleteOfARowThatIsBeingPublishedWaitsAndFindsItGone() throws Exception {
    try (HeldPubsub held = new HeldPubsub()) {
      startRelay(held.topic(), RelayTiming.STANDARD);
      DATABASE.execute(row("order", "under-way"));
      await().until(() -> held.bodies().contains("under-way"));
      Connection saga = transaction();
      CompletableFuture<Integer> deleted =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return execute(saga, "DELETE FROM outbox WHERE payload = 'under-way'");
                } catch (SQLException failure) {
                  throw new IllegalStateException(failure);
                }
              });
      await()
          .until(
              () ->
                  DATABASE.query(
                          "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query"
                              + " LIKE 'DELETE FROM outbox WHERE payload%'")
                      != null);
      assertThat(deleted).isNotDone();
      held.release();
      assertThat(deleted.join()).isZero();
      open.pop().close();
      open.pop().close();
    }
  }

  @Test
  void whatPubsubDoesNotTakeNowIsPublishedOnceItIsBack() throws Exception {
    Relay relay = startRelay();
    DATABASE.execute(row("order", "before"));
    awaitPublished("before");
    published.stopPubsub();
    for (int i = 0; i < 200; i++) {
      DATABASE.execute(row("order-" + i % 20, "row-" + i));
    }
    await().until(() -> relay.problem().equals(Optional.of("the relay waits for Pub/Sub")));
    published.startPubsubAgain();
    await().until(() -> published.bodies().stream().distinct().count() == 201);
    awaitEmpty();
    for (int key = 0; key < 20; key++) {
      int each = key;
      assertThat(firstDeliveries("acme/order-" + each))
          .isEqualTo(
              IntStream.range(0, 200)
                  .filter(i -> i % 20 == each)
                  .mapToObj(i -> "row-" + i)
                  .toList());
    }
    await().until(() -> relay.problem().isEmpty());
  }

  private List<String> firstDeliveries(String orderingKey) {
    return published.messages().stream()
        .filter(message -> message.getOrderingKey().equals(orderingKey))
        .map(message -> message.getData().toStringUtf8())
        .distinct()
        .toList();
  }

  @Test
  void severalRelaysPublishEachRowOnce() throws Exception {
    startRelay();
    startRelay();
    startRelay();
    for (int i = 0; i < 500; i++) {
      DATABASE.execute(row("order-" + i % 50, "row-" + i));
    }
    awaitEmpty();
    await().until(() -> published.count() >= 500);
    assertThat(published.bodies()).hasSize(500).doesNotHaveDuplicates();
    for (int key = 0; key < 50; key++) {
      int each = key;
      assertThat(firstDeliveries("acme/order-" + each))
          .isEqualTo(
              IntStream.range(0, 500)
                  .filter(i -> i % 50 == each)
                  .mapToObj(i -> "row-" + i)
                  .toList());
    }
  }

  @Test
  void aRelayWhoseSessionWasEndedOnlyRepeats() throws Exception {
    try (HeldPubsub held = new HeldPubsub()) {
      Relay zombie =
          startRelay(
              held.topic(),
              new RelayTiming(
                  Duration.ofSeconds(1), Duration.ofMinutes(5), Duration.ofMinutes(10)));
      DATABASE.execute(row("order", "row-1", "row-2"));
      await().until(() -> held.bodies().contains("row-2"));
      // As idle_in_transaction_session_timeout does.
      DATABASE.execute(
          """
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE state = 'idle in transaction' AND datname = current_database()
          """);
      Relay other = startRelay();
      DATABASE.execute(row("order", "row-3"));
      awaitPublished("row-1", "row-2", "row-3");
      awaitEmpty();
      held.release();
      DATABASE.execute(row("order", "row-4"));
      awaitEmpty();
      List<String> byZombie = new ArrayList<>(held.bodies());
      zombie.close();
      other.close();
      assertThat(published.bodies()).containsSubsequence("row-1", "row-2", "row-3");
      assertThat(byZombie).startsWith("row-1", "row-2").doesNotContain("row-3");
    }
  }

  @Test
  void aSessionThatStandsStillIsEnded() throws Exception {
    try (HeldPubsub held = new HeldPubsub()) {
      startRelay(
          held.topic(),
          new RelayTiming(Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofSeconds(20)));
      DATABASE.execute(row("order", "row"));
      await().until(() -> held.bodies().contains("row"));
      // Turns of other lanes are seen between two of their statements, too.
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          DATABASE.column(
                              """
                              SELECT application_name FROM pg_stat_activity
                              WHERE state = 'idle in transaction' AND datname = current_database()
                              """))
                      .containsExactly("tidegate-gateway"));
      held.release();
      open.pop().close();
    }
  }

  @Test
  void itGoesOnAfterItsSessionsWereEnded() throws Exception {
    startRelay(published.topic(), NO_POLL);
    DATABASE.execute(row("order", "before"));
    awaitPublished("before");
    DATABASE.execute(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'tidegate-gateway' AND datname = current_database()
        """);
    DATABASE.execute(row("order", "after"));
    awaitPublished("after");
  }

  /** After a crash the server gives numbers of transactions again that were never written down. */
  @Test
  void whatARelayRemembersDoesNotOutliveTheServersSessions() throws Exception {
    startRelay(published.topic(), NO_POLL);
    DATABASE.execute(row("order", "before"));
    awaitPublished("before");
    DATABASE.execute(
        """
        INSERT INTO outbox (transaction_id, tenant_id, event_id, source, event_type, aggregate,
          payload)
        VALUES ('100', 'acme', gen_random_uuid(), 'shop', 'order.paid', 'order', 'again')
        """);
    // The pool then notices by itself that they are gone, and no turn fails.
    await()
        .until(
            () ->
                DATABASE
                    .query(
                        """
                        SELECT max(state_change) < clock_timestamp() - interval '1 second'
                        FROM pg_stat_activity
                        WHERE application_name = 'tidegate-gateway' AND datname = current_database()
                        """)
                    .equals("t"));
    // A connection that the pool has opened only now may have shown the row already. Nothing else
    // can:
    // no snapshot tells of it.
    DATABASE.execute(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'tidegate-gateway' AND datname = current_database()
        """);
    awaitPublished("again");
  }

  @Test
  void rowsOfARestoredDumpArePublished() throws Exception {
    DATABASE.execute(
        """
        INSERT INTO outbox (transaction_id, tenant_id, event_id, source, event_type, aggregate,
          payload)
        VALUES ('9000000000000', 'acme', gen_random_uuid(), 'shop', 'order.paid', 'a', 'restored')
        """);
    startRelay();
    awaitPublished("restored");
    awaitEmpty();
  }

  @Test
  void manyPassesAndPagesLoseNothing() throws Exception {
    DATABASE.execute(
        """
        INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, payload)
        SELECT 'acme', gen_random_uuid(), 'shop', 'order.paid', 'order-' || n % 3, n::text
        FROM generate_series(1, 30000) AS n
        """);
    startRelay();
    await().until(() -> published.count() >= 30_000);
    awaitEmpty();
    for (int key = 0; key < 3; key++) {
      int each = key;
      assertThat(firstDeliveries("acme/order-" + key))
          .isEqualTo(
              IntStream.rangeClosed(1, 30_000)
                  .filter(i -> i % 3 == each)
                  .mapToObj(Integer::toString)
                  .toList());
    }
  }

  private static String deadline(String name, Instant dueAt) {
    return """
    INSERT INTO saga_deadlines (tenant_id, source, saga, instance, deadline, due_at, event_id, depth)
    VALUES ('acme', 'shop', 'research', 'i-1', '%s', '%s', gen_random_uuid(), 2)
    """
        .formatted(name, dueAt);
  }

  @Test
  void aDeadlineBecomesAnEventOnceWhenItIsDue() throws Exception {
    startRelay(published.topic(), NO_POLL);
    startRelay(published.topic(), NO_POLL);
    Instant later = Instant.now().plusSeconds(3);
    // The relay waits for this one; then an earlier one is written.
    DATABASE.execute(deadline("later", later), deadline("never", later.plusSeconds(3_600)));
    Instant dueAt = Instant.now().plusMillis(1_500);
    DATABASE.execute(deadline("chase", dueAt));
    await().until(() -> published.count() == 1);
    assertThat(Instant.now()).isBetween(dueAt, later);
    PubsubMessage message = published.messages().get(0);
    assertThat(message.getOrderingKey()).isEqualTo("acme/research/i-1");
    String time =
        DATABASE.query(
            "SELECT to_json(due_at) #>> '{}' FROM saga_deadlines WHERE deadline = 'chase'");
    Instant stored = java.time.OffsetDateTime.parse(time).toInstant();
    assertThat(message.getAttributesMap())
        .containsEntry(
            "notification_id",
            DATABASE.query("SELECT event_id FROM saga_deadlines WHERE deadline = 'chase'"))
        .containsEntry("event_type", "saga.deadline")
        .containsEntry("source", "shop")
        .containsEntry("tenant_id", "acme")
        .containsEntry("causation_depth", "2")
        .containsEntry("ce-time", stored.toString())
        .containsKey("causation_id");
    assertThat(message.getData().toStringUtf8())
        .isEqualTo(
            "{\"saga\":\"research\",\"instance\":\"i-1\",\"deadline\":\"chase\",\"due_at\":\"%s\"}"
                .formatted(stored));
    await().until(() -> published.count() == 2);
    assertThat(published.bodies().get(1)).contains("\"later\"");
    assertThat(
            DATABASE.query(
                "SELECT string_agg(deadline, ',' ORDER BY deadline) FROM saga_deadlines WHERE"
                    + " emitted_at IS NOT NULL"))
        .isEqualTo("chase,later");
    awaitEmpty();
    assertThat(published.count()).isEqualTo(2);
  }

  @Test
  void deadlinesAreLateByLessThanASecond() throws Exception {
    startRelay();
    DATABASE.execute(
        """
        INSERT INTO saga_deadlines (tenant_id, source, saga, instance, deadline, due_at, event_id)
        SELECT 'acme', 'shop', 'research', 'i-' || n, 'chase',
          clock_timestamp() + n * interval '5 milliseconds', gen_random_uuid()
        FROM generate_series(1, 1000) AS n
        """);
    await().until(() -> published.count() == 1_000);
    assertThat(
            DATABASE.query(
                """
                SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY emitted_at - due_at)
                  < interval '1 second'
                FROM saga_deadlines
                """))
        .isEqualTo("t");
  }
}
