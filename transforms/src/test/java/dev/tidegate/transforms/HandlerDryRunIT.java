package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.DryRun;
import dev.tidegate.schemas.DryRun.ColumnDifference;
import dev.tidegate.schemas.DryRun.EffectCount;
import dev.tidegate.schemas.DryRun.ImpossibleException;
import dev.tidegate.schemas.DryRun.RowDifference;
import dev.tidegate.schemas.DryRun.TableDifference;
import dev.tidegate.schemas.EventPreview;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.DatabaseSchema;
import dev.tidegate.transforms.postgresql.EventWriter;
import dev.tidegate.transforms.postgresql.ScratchTables;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Dry runs on a real database: what they tell, and that they change nothing. */
class HandlerDryRunIT {
  private static final TestDatabase DATABASE = TestDatabase.create();

  private static final String SHOP =
      """
      source: shop
      event: { id: body:/id, type: body:/type, time: { from: body:/at, as: rfc3339 } }
      tables:
        orders:
          key: { order_id: text }
          groups:
            state: { status: text, total: numeric }
            customer: { email: text }
          extra: true
      events:
        order.updated:
          rows:
            - table: orders
              key: { order_id: payload.order }
              set: { status: payload.status, total: payload.total %s, email: "payload.?email" }
          emit:
            - type: order.paid
              when: payload.status == "paid"
              payload: { order: payload.order }
      """;

  private static final EventSources SOURCES = sources(SHOP.formatted(""));

  private static EventSources sources(String text) {
    return EventSources.of(List.of(DeclaredSource.parse("shop.yaml", text)));
  }

  @BeforeAll
  static void createTables() throws SQLException {
    try (Connection connection = DATABASE.connect()) {
      DATABASE.execute(
          DatabaseSchema.additions(connection, SOURCES.tables()).toArray(String[]::new));
    }
    DATABASE.execute(
        "ALTER TABLE orders ADD CONSTRAINT known_status CHECK (status <> 'unknown')",
        "ALTER TABLE orders ADD COLUMN row_number bigserial",
        """
        CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO public.told VALUES (NEW.order_id); RETURN NEW; END $$
        """,
        "CREATE TABLE told (order_id text)",
        "CREATE TRIGGER tells AFTER INSERT OR UPDATE ON orders"
            + " FOR EACH ROW EXECUTE FUNCTION tell()");
  }

  @BeforeEach
  void empty() throws SQLException {
    DATABASE.execute("TRUNCATE orders, events, effects, outbox, told");
  }

  private static RawEvent order(String id, int second, String order, String rest) {
    return event(
        id,
        "{\"id\":\"%s\",\"type\":\"order.updated\",\"at\":\"2026-03-01T00:00:%02dZ\",\"order\":\"%s\",%s}"
            .formatted(id, second, order, rest));
  }

  private static RawEvent event(String id, String body) {
    return RawEvent.builder()
        .tenantId("acme")
        .source("shop")
        .notificationId(id)
        .messageId("m-" + id)
        .publishTime(Instant.parse("2026-03-01T00:01:00Z"))
        .attributes(Map.of("tenant_id", "acme", "source", "shop"))
        .body(body.getBytes(UTF_8))
        .build();
  }

  /** Has the pipeline's writer write events to the live tables. */
  private static void write(EventSources sources, RawEvent... events) throws SQLException {
    HandlerPreview handlers = new HandlerPreview(() -> sources);
    List<EventWriter.Entry> batch = new ArrayList<>();
    for (RawEvent event : events) {
      batch.add(
          new EventWriter.Entry(handlers.of(event).transformed().orElseThrow(), Instant.now()));
    }
    try (ConnectionPool pool = ConnectionPool.open(TestConfiguration.of(DATABASE))) {
      new EventWriter(pool, new TransientRetry(() -> {}), sources, true)
          .write(
              batch,
              (entry, reason) -> {
                throw new AssertionError(reason);
              });
    }
  }

  private static DryRun.Result run(EventSources sources, RawEvent... events)
      throws ImpossibleException {
    return new HandlerDryRun(TestConfiguration.of(DATABASE), () -> sources)
        .run(List.of(events).iterator(), done -> true);
  }

  private static TableDifference orders(DryRun.Result result) {
    assertThat(result.tables()).extracting(TableDifference::table).containsExactly("orders");
    return result.tables().get(0);
  }

  private static String columns(RowDifference row) {
    StringBuilder text = new StringBuilder(row.key() + " " + row.change());
    Map<String, ColumnDifference> byName = new TreeMap<>();
    row.columns().forEach(column -> byName.put(column.name(), column));
    byName
        .values()
        .forEach(
            column ->
                text.append(
                    " %s %s %s→%s"
                        .formatted(
                            column.name(), column.change(), column.before(), column.after())));
    return text.toString();
  }

  /** Everything that the database holds, and how far its sequences are. */
  private static String everything() throws SQLException {
    List<String> parts =
        DATABASE.column(
            """
            SELECT CASE relkind WHEN 'S' THEN format('SELECT last_value FROM %I', relname)
              ELSE format('SELECT string_agg(t::text, '' '') FROM %I t', relname) END
            FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
            ORDER BY 1
            """);
    StringBuilder all = new StringBuilder();
    for (String part : parts) {
      all.append(part).append(DATABASE.query(part)).append('\n');
    }
    return all.toString();
  }

  private static String scratchSchemas() throws SQLException {
    return DATABASE.query(
        "SELECT string_agg(nspname, ' ') FROM pg_namespace WHERE starts_with(nspname, '%s')"
            .formatted(ScratchTables.PREFIX));
  }

  @Test
  void rowsAreToldByWhatAReplayWouldDoToThem() throws Exception {
    write(
        SOURCES,
        order("n1", 1, "same", "\"status\":\"open\",\"total\":1"),
        order("n2", 1, "changed", "\"status\":\"open\",\"total\":1,\"email\":\"a@b\""),
        order("n3", 9, "newer", "\"status\":\"shut\",\"total\":3"));
    String before = everything();

    DryRun.Result result =
        run(
            SOURCES,
            order("n1", 1, "same", "\"status\":\"open\",\"total\":1"),
            order("n4", 2, "changed", "\"status\":\"shut\",\"total\":1"),
            order("n5", 2, "newer", "\"status\":\"open\",\"total\":1"),
            order("n6", 1, "added", "\"status\":\"open\",\"total\":5"));

    assertThat(result.succeeded()).isEqualTo(4);
    assertThat(result.failed()).isZero();
    assertThat(result.failures()).isEmpty();
    TableDifference orders = orders(result);
    assertThat(orders.rowsAdded()).isEqualTo(1);
    assertThat(orders.rowsChanged()).isEqualTo(1);
    assertThat(orders.rowsSame()).isEqualTo(2);
    assertThat(orders.rowsOnlyRebuild()).isZero();
    assertThat(result.differences()).isEqualTo(2);
    assertThat(orders.rows().stream().map(HandlerDryRunIT::columns))
        .satisfiesExactly(
            added ->
                assertThat(added)
                    .startsWith("{order_id=added, tenant_id=acme} ADDED")
                    .contains(" status ADDED null→\"open\"", " total ADDED null→5"),
            changed ->
                assertThat(changed)
                    .startsWith("{order_id=changed, tenant_id=acme} CHANGED")
                    .contains(" status CHANGED \"open\"→\"shut\"")
                    .doesNotContain("email", "total"));
    assertThat(everything()).isEqualTo(before);
    assertThat(scratchSchemas()).isNull();

    // What was foretold is what comes.
    write(
        SOURCES,
        order("n4", 2, "changed", "\"status\":\"shut\",\"total\":1"),
        order("n5", 2, "newer", "\"status\":\"open\",\"total\":1"),
        order("n6", 1, "added", "\"status\":\"open\",\"total\":5"));
    assertThat(
            DATABASE.column(
                "SELECT concat_ws(' ', order_id, status, email) FROM orders ORDER BY 1"))
        .containsExactly("added open", "changed shut a@b", "newer shut", "same open");
  }

  @Test
  void anotherMappingOfTheSameEventsNeedsARebuild() throws Exception {
    RawEvent event = order("n1", 1, "one", "\"status\":\"open\",\"total\":2.5");
    write(SOURCES, event);
    TableDifference orders = orders(run(sources(SHOP.formatted("* 100.0")), event));
    assertThat(orders.rowsOnlyRebuild()).isEqualTo(1);
    assertThat(orders.rowsChanged() + orders.rowsAdded() + orders.rowsSame()).isZero();
    assertThat(columns(orders.rows().get(0)))
        .isEqualTo("{order_id=one, tenant_id=acme} REBUILD total REBUILD 2.5→250.0");
  }

  @Test
  void aColumnThatIsDeclaredAnewIsFilledByAReplay() throws Exception {
    RawEvent event = order("n1", 1, "one", "\"status\":\"open\",\"total\":1,\"place\":\"Bonn\"");
    write(SOURCES, event);
    String wider =
        SHOP.formatted("")
            .replace("{ email: text }", "{ email: text, place: text }")
            .replace("email: \"payload.?email\"", "email: \"payload.?email\", place: payload.place")
            .replace(
                "  orders:",
                "  places:\n    key: { place: text }\n"
                    + "    groups: { last: { order_id: text } }\n  orders:")
            .replace(
                "    emit:",
                "      - table: places\n        key: { place: payload.place }\n"
                    + "        set: { order_id: payload.order }\n    emit:");
    DryRun.Result result = run(sources(wider), event);
    assertThat(result.failures()).isEmpty();
    assertThat(result.tables())
        .extracting(
            TableDifference::table, TableDifference::rowsAdded, TableDifference::rowsChanged)
        .containsExactlyInAnyOrder(tuple("orders", 0L, 1L), tuple("places", 1L, 0L));
    assertThat(DATABASE.query("SELECT to_regclass('places')")).isNull();
  }

  @Test
  void whatHandlersOrTheDatabaseWouldRefuseIsToldByReason() throws Exception {
    List<RawEvent> events = new ArrayList<>();
    // As many as make the pipeline wait for the table.
    IntStream.range(0, 40)
        .forEach(i -> events.add(order("u" + i, 1, "u" + i, "\"status\":\"unknown\",\"total\":1")));
    IntStream.range(0, 3).forEach(i -> events.add(event("p" + i, "{\"id\":\"p" + i + "\"")));
    events.add(order("n1", 1, "good", "\"status\":\"open\",\"total\":1"));

    DryRun.Result result = run(SOURCES, events.toArray(RawEvent[]::new));

    assertThat(result.succeeded()).isEqualTo(1);
    assertThat(result.failed()).isEqualTo(43);
    assertThat(result.failures())
        .satisfiesExactly(
            refused -> {
              assertThat(refused.stage()).isEqualTo("Upsert");
              assertThat(refused.errorClass()).hasToString("DATABASE_REJECTED");
              assertThat(refused.message())
                  .isEqualTo("SQLSTATE 23514, table orders, constraint known_status");
              assertThat(refused.events()).isEqualTo(40);
            },
            undecodable -> {
              assertThat(undecodable.stage()).isEqualTo("Decode");
              assertThat(undecodable.errorClass()).hasToString("UNDECODABLE");
              assertThat(undecodable.events()).isEqualTo(3);
              assertThat(undecodable.sample().notificationId()).startsWith("p");
              assertThat(undecodable.fingerprint()).hasSize(16);
            });
    assertThat(orders(result).rowsAdded()).isEqualTo(1);
    assertThat(DATABASE.query("SELECT count(*) FROM events")).isEqualTo("0");
  }

  @Test
  void effectsAreCountedAndNotIssued() throws Exception {
    RawEvent known = order("n1", 1, "one", "\"status\":\"paid\",\"total\":1");
    write(SOURCES, known);
    String before = everything();
    DryRun.Result result =
        run(SOURCES, known, order("n2", 1, "two", "\"status\":\"paid\",\"total\":1"));
    assertThat(result.effects()).containsExactly(new EffectCount("EVENT", "order.paid", 2, 2, 1));
    assertThat(everything()).isEqualTo(before);
    assertThat(DATABASE.query("SELECT count(*) FROM outbox")).isEqualTo("1");
  }

  @Test
  void noSourceReachesALiveTable() throws Exception {
    // A table's name has no room for a schema,
    assertThatThrownBy(
            () ->
                Table.named("public.orders")
                    .key(Column.indexedText("id"))
                    .group("g", Column.text("status"))
                    .build())
        .hasMessageContaining("not a plain SQL name");
    assertThatThrownBy(() -> sources(SHOP.formatted("").replace("orders", "public.orders")))
        .hasMessageContaining("public.orders");
    // nor has the writer's search path. Sequences and triggers are not reached, either.
    write(SOURCES, order("n1", 1, "one", "\"status\":\"open\",\"total\":1"));
    assertThat(DATABASE.column("SELECT order_id FROM told")).containsExactly("one");
    String before = everything();
    DryRun.Result result =
        run(
            SOURCES,
            order("n2", 2, "one", "\"status\":\"shut\",\"total\":1"),
            order("n3", 2, "two", "\"status\":\"open\",\"total\":1"));
    assertThat(orders(result).rowsChanged()).isEqualTo(1);
    assertThat(everything()).isEqualTo(before);
  }

  @Test
  void whereTheUrlNamesASchemaTheScratchSchemaTakesItsPlace() throws Exception {
    DatabaseConfiguration plain = TestConfiguration.of(DATABASE);
    DatabaseConfiguration named =
        new DatabaseConfiguration(
            plain.jdbcUrl() + "?currentSchema=public,tidegate&tcpKeepAlive=true",
            plain.username(),
            plain.password(),
            plain.poolSize());
    String before = everything();
    DryRun.Result result =
        new HandlerDryRun(named, () -> SOURCES)
            .run(
                List.of(order("n1", 1, "one", "\"status\":\"open\",\"total\":1")).iterator(),
                done -> true);
    assertThat(orders(result).rowsAdded()).isEqualTo(1);
    assertThat(everything()).isEqualTo(before);
  }

  @Test
  void aRunThatIsCancelledLeavesNothing() throws Exception {
    List<RawEvent> events =
        IntStream.range(0, 1_200)
            .mapToObj(i -> order("n" + i, 1, "o" + i, "\"status\":\"open\",\"total\":1"))
            .toList();
    List<Long> told = new ArrayList<>();
    assertThatThrownBy(
            () ->
                new HandlerDryRun(TestConfiguration.of(DATABASE), () -> SOURCES)
                    .run(
                        events.iterator(),
                        done -> {
                          told.add(done);
                          return done < 1_000;
                        }))
        .isInstanceOf(CancellationException.class);
    assertThat(told).containsExactly(500L, 1_000L);
    assertThat(scratchSchemas()).isNull();
    assertThat(DATABASE.query("SELECT count(*) FROM orders")).isEqualTo("0");
  }

  @Test
  void theNextRunDropsWhatADeadOneLeftAndLeavesALiveOneAlone() throws Exception {
    String dead = ScratchTables.PREFIX + "0".repeat(32);
    DATABASE.execute(
        "CREATE SCHEMA " + dead,
        "CREATE TABLE %s.orders (LIKE orders)".formatted(dead),
        "CREATE SCHEMA %s_live".formatted(dead));
    try (ScratchTables live = ScratchTables.open(TestConfiguration.of(DATABASE), SOURCES)) {
      assertThat(scratchSchemas()).doesNotContain(dead);
      String schemas = scratchSchemas();
      assertThat(schemas.split(" ")).hasSize(3);
      run(SOURCES, order("n1", 1, "one", "\"status\":\"open\",\"total\":1"));
      assertThat(scratchSchemas()).isEqualTo(schemas);
      assertThat(live.differences()).isEmpty();
    }
    assertThat(scratchSchemas()).isNull();
  }

  @Test
  void aUserWhoMayNotCreateSchemasIsToldSo() throws Exception {
    DATABASE.execute(
        "CREATE ROLE reader LOGIN",
        "GRANT USAGE ON SCHEMA tidegate TO reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public, tidegate TO reader");
    try {
      DatabaseConfiguration plain = TestConfiguration.of(DATABASE);
      HandlerDryRun asReader =
          new HandlerDryRun(
              new DatabaseConfiguration(plain.jdbcUrl(), "reader", plain.password(), 1),
              () -> SOURCES);
      assertThatThrownBy(() -> asReader.run(List.<RawEvent>of().iterator(), done -> true))
          .isInstanceOf(ImpossibleException.class)
          .hasMessageContaining("GRANT CREATE ON DATABASE")
          .hasMessageContaining("reader")
          .hasMessageContaining("42501");
      DATABASE.execute(
          "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO reader', current_database()); END $$");
      DryRun.Result result =
          asReader.run(
              List.of(order("n1", 1, "one", "\"status\":\"open\",\"total\":1")).iterator(),
              done -> true);
      assertThat(orders(result).rowsAdded()).isEqualTo(1);
    } finally {
      DATABASE.execute("DROP OWNED BY reader", "DROP ROLE reader");
    }
  }

  @Test
  void aPreviewIsWhatThePipelineMakesOfAnEvent() {
    HandlerPreview preview = new HandlerPreview(() -> SOURCES);
    EventPreview.Outcome good =
        preview.of(order("n1", 1, "one", "\"status\":\"open\",\"total\":1"));
    assertThat(good.letter()).isEmpty();
    assertThat(good.transformed().orElseThrow().upserts())
        .singleElement()
        .satisfies(upsert -> assertThat(upsert.table()).isEqualTo("orders"));
    assertThat(preview.of(event("n2", "no JSON")).letter().orElseThrow().stage())
        .isEqualTo("Decode");
    assertThat(
            preview
                .of(
                    event(
                        "n3",
                        "{\"id\":\"n3\",\"type\":\"order.updated\",\"at\":\"2026-03-01T00:00:00Z\"}"))
                .letter()
                .orElseThrow()
                .stage())
        .isEqualTo("Transform");
    assertThat(
            preview.of(
                event("n4", "{\"id\":\"n4\",\"type\":\"other\",\"at\":\"2026-03-01T00:00:00Z\"}")))
        .satisfies(
            unhandled -> assertThat(unhandled.transformed().orElseThrow().handled()).isFalse());
    assertThat(preview.tables()).extracting(Table::name).containsExactly("orders");
  }
}
