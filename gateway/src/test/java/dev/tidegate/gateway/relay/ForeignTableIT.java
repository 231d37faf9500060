package dev.tidegate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.gateway.relay.RelayConfiguration.Columns;
import dev.tidegate.gateway.relay.RelayConfiguration.Table;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.testing.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Applications' own tables of events, as they come. */
class ForeignTableIT {
  private static final TestDatabase DATABASE = TestDatabase.create();

  @TempDir private Path folder;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private PublishedEvents published;

  @BeforeEach
  void start() throws SQLException {
    DATABASE.execute(
        "DROP TABLE IF EXISTS app_events",
        """
        CREATE TABLE app_events (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
          event_type text NOT NULL,
          aggregate_id text NOT NULL,
          aggregate_type text NOT NULL,
          payload jsonb NOT NULL,
          metadata jsonb NOT NULL DEFAULT '{}',
          processed boolean NOT NULL DEFAULT false,
          version bigint NOT NULL,
          created_at timestamptz NOT NULL DEFAULT now(),
          created_by text)
        """);
    published = PublishedEvents.in(folder);
    open.push(published);
  }

  @AfterEach
  void stop() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  private static Table table(
      String table, Columns columns, Optional<String> tenantColumn, Optional<String> channel) {
    return new Table(
        "app",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        table,
        "crm",
        tenantColumn.isPresent() ? Optional.empty() : Optional.of("acme"),
        tenantColumn,
        columns,
        List.of(),
        channel,
        channel.isPresent() ? Duration.ofHours(1) : Duration.ofMillis(100));
  }

  private Relay start(Table table) {
    Relay relay =
        Relay.start(
            new RelayConfiguration(true, List.of(table)),
            new DatabaseConfiguration(
                DATABASE.jdbcUrl(), TestDatabase.USERNAME, Optional.empty(), 1),
            published.topic(),
            Optional.empty(),
            registry);
    open.push(relay);
    return relay;
  }

  private Relay startStandard() {
    return start(table("app_events", Columns.STANDARD, Optional.empty(), Optional.empty()));
  }

  private static String event(String aggregate, int version, String type) {
    return """
    INSERT INTO app_events (event_type, aggregate_id, aggregate_type, payload, version)
    VALUES ('%s', '%s', 'order', '{"v": "%s-%d"}', %d)
    """
        .formatted(type, aggregate, aggregate, version, version);
  }

  private static String body(String aggregate, int version) {
    return "{\"v\": \"%s-%d\"}".formatted(aggregate, version);
  }

  private void awaitPublished(String... bodies) {
    await().untilAsserted(() -> assertThat(published.bodies()).contains(bodies));
  }

  @Test
  void aRowBecomesAMessageAndIsAcknowledged() throws Exception {
    startStandard();
    DATABASE.execute(
        """
        INSERT INTO app_events VALUES ('5f0c4f4e-6a0e-4d4e-9d7e-0d5a7b1c2d3e', 'order.paid', '7',
          'order', '{"total": 12.50}', '{"trace": "t-1", "nested": {"a": 1}, "none": null, "n": 5}',
          false, 3, '2026-01-31T11:00:00.25+01', 'ann')
        """);
    awaitPublished("{\"total\": 12.50}");
    PubsubMessage message = published.messages().get(0);
    assertThat(message.getOrderingKey()).isEqualTo("acme/order/7");
    assertThat(message.getAttributesMap())
        .isEqualTo(
            Map.ofEntries(
                Map.entry("notification_id", "5f0c4f4e-6a0e-4d4e-9d7e-0d5a7b1c2d3e"),
                Map.entry("event_type", "order.paid"),
                Map.entry("source", "crm"),
                Map.entry("tenant_id", "acme"),
                Map.entry("subject", "ann"),
                Map.entry("content_type", "application/json"),
                Map.entry("received_at", "2026-01-31T10:00:00.250Z"),
                Map.entry("ce-time", "2026-01-31T10:00:00.250Z"),
                Map.entry("metadata.trace", "t-1"),
                Map.entry("metadata.nested", "{\"a\":1}"),
                Map.entry("metadata.n", "5")));
    await().until(() -> DATABASE.query("SELECT processed FROM app_events").equals("t"));
    assertThat(published.count()).isEqualTo(1);
  }

  @Test
  void metadataNeverMakesAMessageThatPubsubRefuses() throws Exception {
    startStandard();
    DATABASE.execute(
        """
        INSERT INTO app_events (event_type, aggregate_id, aggregate_type, payload, version, metadata)
        SELECT 'order.paid', '1', 'order', '{"v": "many"}', 1,
          jsonb_object_agg('name-' || n, n) || jsonb_build_object('long', repeat('x', 2000))
        FROM generate_series(1, 200) AS n
        """);
    awaitPublished("{\"v\": \"many\"}");
    assertThat(published.messages().get(0).getAttributesMap()).hasSizeBetween(50, 100);
  }

  @Test
  void theOrderWithinAnAggregateIsTheTables() throws Exception {
    for (int version = 100; version > 0; version--) {
      DATABASE.execute(
          event("a", version, "order.paid")
              .replace("version)", "version, created_at)")
              .replace(", %d)".formatted(version), ", %d, '2026-01-01')".formatted(version)));
    }
    startStandard();
    await().until(() -> published.count() >= 100);
    assertThat(published.bodies())
        .isEqualTo(IntStream.rangeClosed(1, 100).mapToObj(i -> body("a", i)).toList());
  }

  @Test
  void severalRelaysPublishEachRowOnce() throws Exception {
    startStandard();
    startStandard();
    for (int i = 1; i <= 50; i++) {
      DATABASE.execute(event("a", i, "order.paid"), event("b", i, "order.paid"));
    }
    await().until(() -> DATABASE.query("SELECT 1 FROM app_events WHERE NOT processed") == null);
    await().until(() -> published.count() >= 100);
    assertThat(published.bodies()).hasSize(100).doesNotHaveDuplicates();
  }

  @Test
  void aPoisonRowHoldsItsAggregateOnlyAndIsTriedAgain() throws Exception {
    Relay relay = startStandard();
    DATABASE.execute(
        event("bad", 1, "order.paid"),
        event("bad", 2, ""),
        event("bad", 3, "order.paid"),
        event("good", 1, "order.paid"));
    awaitPublished(body("bad", 1), body("good", 1));
    await().until(() -> relay.states().get(0).refused() == 1);
    assertThat(registry.get("tidegate.relay.refused").tag("table", "app").counter().count())
        .isGreaterThanOrEqualTo(1);
    DATABASE.execute(event("good", 2, "order.paid"));
    awaitPublished(body("good", 2));
    assertThat(published.bodies()).doesNotContain(body("bad", 2), body("bad", 3));
    assertThat(relay.problem()).contains("rows are refused for good: 1");

    DATABASE.execute("UPDATE app_events SET event_type = 'order.paid' WHERE event_type = ''");
    awaitPublished(body("bad", 2), body("bad", 3));
    assertThat(published.bodies()).containsSubsequence(body("bad", 2), body("bad", 3));
    await().until(() -> relay.states().get(0).refused() == 0);
  }

  @Test
  void aLockedRowHoldsItsAggregateOnly() throws Exception {
    DATABASE.execute(event("held", 1, "order.paid"), event("held", 2, "order.paid"));
    try (Connection application = DATABASE.connect();
        Statement statement = application.createStatement()) {
      application.setAutoCommit(false);
      statement.executeUpdate("UPDATE app_events SET metadata = '{\"x\": 1}' WHERE version = 1");
      startStandard();
      DATABASE.execute(event("free", 1, "order.paid"));
      awaitPublished(body("free", 1));
      assertThat(published.bodies()).containsExactly(body("free", 1));
      application.commit();
    }
    awaitPublished(body("held", 1), body("held", 2));
    assertThat(published.bodies()).containsSubsequence(body("held", 1), body("held", 2));
    assertThat(published.messages().get(1).getAttributesMap()).containsEntry("metadata.x", "1");
  }

  @Test
  void aLongTransactionHoldsNobodyElseAndItsRowIsNotSkipped() throws Exception {
    startStandard();
    try (Connection slow = DATABASE.connect();
        Statement statement = slow.createStatement()) {
      slow.setAutoCommit(false);
      statement.executeUpdate(event("slow", 1, "order.paid"));
      DATABASE.execute(event("quick", 1, "order.paid"));
      awaitPublished(body("quick", 1));
      slow.commit();
    }
    awaitPublished(body("slow", 1));
  }

  @Test
  void aNotificationWakesTheRelay() throws Exception {
    start(table("app_events", Columns.STANDARD, Optional.empty(), Optional.of("App Events")));
    DATABASE.execute(event("a", 1, "order.paid"), "NOTIFY \"App Events\"");
    awaitPublished(body("a", 1));
    Instant before = Instant.now();
    DATABASE.execute(event("a", 2, "order.paid"), "NOTIFY \"App Events\"");
    awaitPublished(body("a", 2));
    assertThat(Instant.now()).isBefore(before.plusSeconds(30));
  }

  @Test
  void everyNameIsQuotedAndEveryKindOfColumnIsRead() throws Exception {
    DATABASE.execute(
        "CREATE SCHEMA IF NOT EXISTS \"My App\"",
        "DROP TABLE IF EXISTS \"My App\".\"Event; DROP\"",
        """
        CREATE TABLE "My App"."Event; DROP" (
          "Id" char(8) PRIMARY KEY, "Type""x" varchar(20), "select" bigint, "Body" bytea,
          "done?" boolean, "At" timestamp(3), "Owner" varchar(50))
        """,
        """
        INSERT INTO "My App"."Event; DROP" VALUES
          ('e-1', 'order.paid', 7, convert_to('{"ü": 1}', 'UTF8'), NULL, '2026-01-31 10:00', 'globex'),
          ('e-2', 'order.paid', NULL, convert_to('{"ü": 2}', 'UTF8'), false, NULL, 'globex'),
          ('e-3', 'order.paid', 8, convert_to('{"ü": 3}', 'UTF8'), true, NULL, 'globex')
        """);
    start(
        table(
            "My App.Event; DROP",
            new Columns("Id", "Type\"x", "select", "", "Body", "", "done?", "", "At", ""),
            Optional.of("Owner"),
            Optional.empty()));
    awaitPublished("{\"ü\": 1}", "{\"ü\": 2}");
    PubsubMessage first =
        published.messages().stream()
            .filter(message -> message.getOrderingKey().equals("globex/7"))
            .findFirst()
            .orElseThrow();
    assertThat(first.getAttributesMap())
        .isEqualTo(
            Map.of(
                "notification_id", "e-1",
                "event_type", "order.paid",
                "source", "crm",
                "tenant_id", "globex",
                "content_type", "application/json",
                "received_at", "2026-01-31T10:00:00Z",
                "ce-time", "2026-01-31T10:00:00Z"));
    await()
        .until(
            () ->
                DATABASE
                    .query("SELECT bool_and(\"done?\") FROM \"My App\".\"Event; DROP\"")
                    .equals("t"));
    assertThat(published.count()).isEqualTo(2);
  }

  @Test
  void aTableThatIsNotAsConfiguredIsToldAtTheStart() throws Exception {
    assertThatThrownBy(
            () -> start(table("no_events", Columns.STANDARD, Optional.empty(), Optional.empty())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no_events")
        .hasMessageContaining("the database has no such table");
    DATABASE.execute(
        "ALTER TABLE app_events DROP COLUMN metadata, DROP COLUMN version",
        "ALTER TABLE app_events ALTER processed DROP DEFAULT, ALTER processed TYPE text");
    assertThatThrownBy(this::startStandard)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("it has no column \"metadata\"")
        .hasMessageContaining("it has no column \"version\"")
        .hasMessageContaining("the column \"processed\" must be boolean, and is text");
  }
}
