package dev.tidegate.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.pipeline.ReplayPipeline;
import dev.tidegate.pipeline.ReplayPipelineConfiguration;
import dev.tidegate.pipeline.ReplayPipelineConfiguration.Output;
import dev.tidegate.pipeline.SinkConfiguration;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.ArchiveRaw;
import dev.tidegate.transforms.Batching;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.HandlerOutput;
import dev.tidegate.transforms.handlers.application.ApplicationEvents;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.replay.ReadArchiveFiles;
import dev.tidegate.transforms.replay.ReplayFilter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.transforms.Create;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What replays of the archive into tables cause. */
class ReplayedEffectsIT {
  private static final int EVENTS = 20;
  private static final String TYPE = "order.paid";

  private static final Table ORDERS =
      Table.named("orders_of_test")
          .key(Column.indexedText("order_id"))
          .group("state", Column.bigint("total"))
          .build();

  private static final String DDL =
      """
      CREATE TABLE orders_of_test (
        tenant_id text NOT NULL, order_id text NOT NULL, total bigint, state_version bytea,
        column_versions jsonb, updated_at timestamptz NOT NULL DEFAULT now(),
        updated_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        PRIMARY KEY (tenant_id, order_id))
      """;

  private static final TestDatabase LIVE = TestDatabase.create(DDL);
  private static final TestDatabase REBUILT = TestDatabase.create(DDL);

  private static final EventSources SOURCES =
      EventSources.of(
          List.of(
              new ApplicationEvents(
                  "shop", Map.of(TYPE, new OrderPaidHandler()), List.of(ORDERS))));

  private static final AtomicInteger REPLAYS = new AtomicInteger();

  @TempDir static Path archive;

  private record OrderPaidHandler() implements EventHandler {
    @Override
    public HandlerOutput handle(Event event) {
      String order = event.payload().path("order").asText();
      return HandlerOutput.of(
              Upsert.into(ORDERS, event)
                  .key("order_id", event.payload().path("order"))
                  .set("total", event.payload().path("total"))
                  .build())
          .causing(
              Effect.event("order.packed").key("packed").aggregate(order).build(),
              Effect.task("pack").key("pack").build(),
              Effect.notice("order.paid", "customer-" + order).key("told").build());
    }
  }

  @BeforeAll
  static void fillArchive() {
    List<RawEvent> events =
        IntStream.range(0, EVENTS)
            .mapToObj(
                i ->
                    RawEvent.builder()
                        .tenantId("acme")
                        .source("shop")
                        .notificationId("n-" + i)
                        .eventType(TYPE)
                        .typeFromAttribute(true)
                        .messageId("m-" + i)
                        .publishTime(Instant.parse("2026-03-01T10:15:30Z"))
                        .attributes(
                            Map.of(
                                "tenant_id", "acme",
                                "source", "shop",
                                "notification_id", "n-" + i,
                                "event_type", TYPE,
                                "ce-time", "2026-03-01T10:00:00Z"))
                        .body(
                            Json.mapper()
                                .createObjectNode()
                                .put("order", "o-" + i)
                                .put("total", i)
                                .toString()
                                .getBytes(UTF_8))
                        .build())
            .toList();
    Pipeline pipeline = Pipeline.create();
    pipeline
        .apply(Create.of(events).withCoder(RawEventCoder.of()))
        .apply("ArchiveRaw", ArchiveRaw.to(new Archive.Files(archive.toString()), SOURCES));
    pipeline.run().waitUntilFinish();
  }

  @BeforeEach
  void haveTheEventsOnce() throws SQLException {
    for (TestDatabase database : List.of(LIVE, REBUILT)) {
      database.execute(
          "TRUNCATE orders_of_test, events, effects, effects_horizon, outbox, tasks, notices");
    }
    replay(LIVE, EffectMode.MISSING);
  }

  @Test
  void aRebuildFillsTheTablesAndCausesNothing() throws SQLException {
    assertThat(effects(LIVE)).isEqualTo("issued=60 suppressed=0 outbox=40 tasks=20 notices=20");

    replay(REBUILT, EffectMode.NONE);

    String rows =
        "SELECT string_agg((to_jsonb(o) - '{updated_at,updated_xid}'::text[])::text, ' ' ORDER BY order_id)"
            + " FROM orders_of_test o";
    assertThat(REBUILT.query(rows)).isEqualTo(LIVE.query(rows)).contains("\"o-19\"");
    assertThat(effects(REBUILT)).isEqualTo("issued=0 suppressed=60 outbox=0 tasks=0 notices=0");

    replay(REBUILT, EffectMode.MISSING);
    assertThat(effects(REBUILT)).isEqualTo("issued=0 suppressed=60 outbox=0 tasks=0 notices=0");
  }

  @Test
  void whatIsMissingIsCausedAndNothingElse() throws SQLException {
    LIVE.execute("DELETE FROM outbox", "DELETE FROM tasks", "DELETE FROM notices");
    LIVE.execute("DELETE FROM effects WHERE cause = 'n-3' OR (cause = 'n-4' AND kind = 'TASK')");

    replay(LIVE, EffectMode.MISSING);

    assertThat(effects(LIVE)).isEqualTo("issued=60 suppressed=0 outbox=2 tasks=2 notices=1");
    assertThat(LIVE.query("SELECT string_agg(cause, ' ' ORDER BY cause) FROM tasks"))
        .isEqualTo("n-3 n-4");
  }

  @Test
  void allAreCausedOnceMoreUnderTheSameIds() throws SQLException {
    String ids = "SELECT string_agg(event_id::text, ' ' ORDER BY event_id) FROM outbox";
    String before = LIVE.query(ids);
    LIVE.execute("DELETE FROM outbox", "UPDATE tasks SET status = 'COMPLETED'");

    replay(LIVE, EffectMode.ALL);

    assertThat(LIVE.query(ids)).isEqualTo(before);
    assertThat(LIVE.query("SELECT count(*) FROM tasks WHERE status = 'OPEN'")).isEqualTo("20");
    assertThat(effects(LIVE)).isEqualTo("issued=60 suppressed=0 outbox=40 tasks=20 notices=20");
  }

  @Test
  void whatWasForgottenIsNotCausedAgainButByAll() throws SQLException {
    LIVE.execute(
        "DELETE FROM events",
        "DELETE FROM effects",
        "DELETE FROM outbox",
        "DELETE FROM tasks",
        "DELETE FROM notices",
        "INSERT INTO effects_horizon (received_before) VALUES ('2026-03-02')");

    replay(LIVE, EffectMode.MISSING);
    assertThat(effects(LIVE)).isEqualTo("issued=0 suppressed=60 outbox=0 tasks=0 notices=0");

    replay(LIVE, EffectMode.ALL);
    assertThat(effects(LIVE)).isEqualTo("issued=60 suppressed=0 outbox=40 tasks=20 notices=20");
  }

  private static String effects(TestDatabase database) throws SQLException {
    List<String> counts = new ArrayList<>();
    for (Map.Entry<String, String> count :
        List.of(
            Map.entry("issued", "effects WHERE status = 'ISSUED'"),
            Map.entry("suppressed", "effects WHERE status = 'SUPPRESSED'"),
            Map.entry("outbox", "outbox"),
            Map.entry("tasks", "tasks"),
            Map.entry("notices", "notices"))) {
      counts.add(count.getKey() + "=" + database.query("SELECT count(*) FROM " + count.getValue()));
    }
    return String.join(" ", counts);
  }

  private static void replay(TestDatabase database, EffectMode effects) {
    SinkConfiguration sink =
        new SinkConfiguration(
            new DatabaseConfiguration(
                database.jdbcUrl(), TestDatabase.USERNAME, "TIDEGATE_TEST_PASSWORD", 4),
            Batching.bundles(1000),
            true,
            5);
    ReplayPipelineConfiguration configuration =
        new ReplayPipelineConfiguration(
            ReadArchiveFiles.in(archive.toString(), ReplayFilter.EVERYTHING),
            ReplayFilter.EVERYTHING,
            effects,
            SOURCES,
            new Output.Sinks(sink),
            0,
            "replay-" + REPLAYS.incrementAndGet());
    Pipeline pipeline = Pipeline.create();
    ReplayPipeline.build(pipeline, configuration, preview -> {});
    pipeline.run().waitUntilFinish();
  }
}
