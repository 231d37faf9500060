package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.TestDatabase;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code sql} and {@code status} against a real PostgreSQL. */
class DatabaseCommandsIT {
  private static final String GATEWAY_ANSWER =
      """
      {"state":"RUNNING","uptime_seconds":3723.4,"started_at":"2026-01-01T00:00:00Z",
       "counters":{"events_read":1200,"events_duplicate":3},
       "backlog":{"undelivered":4,"outstanding":2,"oldest_unacked_seconds":1.5},"new_key":[1]}\
      """;

  private static final TestDatabase DATABASE = TestDatabase.create();

  @TempDir private static Path data;
  private static HttpServer gateway;
  private static volatile String gatewayAnswer;

  @BeforeAll
  static void startSystem() throws Exception {
    gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    gateway.createContext(
        "/status",
        exchange -> {
          byte[] answer = gatewayAnswer.getBytes(UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    gateway.start();
    new RunningSystem(
            ProcessHandle.current().pid(),
            "localhost:1",
            "local-dev",
            "events",
            "tidegate",
            DATABASE.jdbcUrl(),
            "postgres",
            data.resolve("archive").toString(),
            "http://localhost:" + gateway.getAddress().getPort() + "/",
            List.of())
        .announce(data);
  }

  @AfterAll
  static void stopSystem() throws Exception {
    gateway.stop(0);
  }

  @BeforeEach
  void emptyLedger() {
    gatewayAnswer = GATEWAY_ANSWER;
    assertThat(
            write("truncate events, event_dead_letters, tasks, saga_instances, effects, outbox")
                .exitCode())
        .isZero();
  }

  @Test
  void aResultIsPrintedWithPostgresTypes() {
    CommandRun run =
        sql(
            """
            select 1.50::numeric as n, 'infinity'::timestamptz as never, now() is not null as yes,
              timestamptz '2026-01-01 10:00:00.25+02' as t, jsonb '{"a": 1.0}' as j,
              '\\x00ff'::bytea as b, array[1,null] as l, 'NaN'::numeric as nan,
              (timestamptz '2026-01-01 10:00+02')::text as text, interval '1 day' as i\
            """,
            "--output=json");
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .isEqualTo(
            """
            [
            {"n":1.50,"never":"infinity","yes":true,"t":"2026-01-01T08:00:00.250Z",\
            "j":{"a": 1.0},"b":"AP8=","l":[1,null],"nan":"NaN","text":"2026-01-01 08:00:00+00",\
            "i":"1 days"}
            ]
            """);
  }

  @Test
  void longResultsArePrintedWhole() throws Exception {
    CommandRun many = sql("select i from generate_series(1, 20000) i", "--output=json");
    assertThat(Json.mapper().readTree(many.out())).hasSize(20_000);
  }

  @Test
  void changesAreCommittedAndCounted() {
    CommandRun insert =
        write("create table notes (id int); insert into notes values (1), (2), (3)");
    assertThat(insert.err()).isEmpty();
    assertThat(insert.out()).isEqualTo("0 rows changed\n3 rows changed\n");
    assertThat(write("delete from notes where id = 1").out()).isEqualTo("1 row changed\n");
    CommandRun json = write("delete from notes where id = 2", "--output=json");
    assertThat(json.out()).isEmpty();
    assertThat(json.err()).isEqualTo("1 row changed\n");
    assertThat(sql("select count(*) from notes").out()).contains("1\n(1 row)\n");
    assertThat(write("vacuum notes").exitCode()).isZero();
    assertThat(write("drop table notes").exitCode()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "insert into events default values",
        "with gone as (delete from events returning 1) select * from gone",
        "explain analyze delete from events",
        "select 1; delete from events",
        "/* select */ truncate events",
        "commit; delete from events",
        "set transaction read write; delete from events",
        "begin read write; delete from events",
        "select set_config('transaction_read_only', 'off', false); with d as (delete from events"
            + " returning 1) select * from d",
        "select set_config('default_transaction_read_only', 'off', false); commit; delete from"
            + " events",
        "do $$ begin delete from events; end $$",
        "call something()",
        "vacuum events",
        "copy events to stdout",
        "select nextval('changed')"
      })
  void nothingIsWrittenUnlessItIsAskedFor(String statement) {
    fillLedger();
    write("create sequence if not exists changed");
    CommandRun run = sql(statement);
    assertThat(run.exitCode()).as(run.out()).isEqualTo(1);
    assertThat(run.err())
        .startsWith("tidegate: ")
        .containsAnyOf("read-only", "read-write")
        .hasLineCount(1);
    assertThat(sql("select count(*) from events", "-q").out().strip()).isEqualTo("102");
    assertThat(sql("select is_called from changed", "-q").out()).startsWith("f");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " -- a remark; with a semicolon\n (select 1)",
        "values (1)",
        "table events",
        "show server_version",
        "explain select 1",
        "with one as (select 1) select * from one",
        "select 'delete from events; commit'"
      })
  void queriesOfAllKindsAreRun(String statement) {
    CommandRun run = sql(statement);
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void theStatementIsTakenAsItIsWritten() {
    CommandRun run =
        CommandRun.withInput(
            "select jsonb '{\"a\":1}' ? 'a' as has, '{d}' as braces".getBytes(UTF_8),
            "sql",
            "--data",
            data.toString(),
            "-");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("t").contains("{d}");
  }

  @Test
  void mistakesFailInOneLineAndChangeNothing() {
    CommandRun run = write("insert into events default values");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).startsWith("tidegate: null value in column").hasLineCount(1);
    assertThat(sql("select 1 from nosuch").err())
        .isEqualTo(
            """
            tidegate: relation "nosuch" does not exist
              select 1 from nosuch
                            ^
            """);
    assertThat(sql("select 1;\nselect '🚢',\n\t\u001b\nnosuch").err().lines().skip(1))
        .containsExactly("   \\u001b", "   ^");
    assertThat(sql("select '港', 1 from nosuch -- " + "x ".repeat(100)).err().lines().skip(1))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("  select '港', 1 from nosuch -- x").endsWith("…"),
            arrow -> assertThat(arrow).isEqualTo(" ".repeat(22) + "^"));
    assertThat(sql(" ").exitCode()).isEqualTo(1);
  }

  @Test
  void tablesAreDescribedAsPsqlDoes() {
    assertThat(
            write(
                    """
                    create table ports (code text not null, "Name" text default 'none', depth numeric(5, 2)
                      check (depth > 0), primary key (code));
                    create index ports_by_name on ports ("Name" desc);
                    create view deep_ports as select code from ports where depth > 10;
                    comment on table ports is 'Where ships call';
                    comment on column ports.code is 'UN/LOCODE';
                    create schema if not exists other;
                    create table other.tides (at timestamptz)\
                    """)
                .err())
        .isEmpty();

    assertThat(sql("\\d ports").out())
        .startsWith("Table public.ports\nWhere ships call\n\n")
        .containsPattern("code +text +not null +UN/LOCODE")
        .containsPattern("Name +text +'none'::text")
        .containsPattern("depth +numeric\\(5,2\\)")
        .containsPattern("ports_pkey +primary key +btree \\(code\\)")
        .containsPattern("ports_by_name +index +btree \\(\"Name\" DESC\\)")
        .containsPattern("ports_depth_check +check +CHECK");
    assertThat(sql("\\d ports", "-o", "csv").out())
        .startsWith("column,type,nullable,default,comment\ncode,text,not null,,UN/LOCODE\n");
    assertThat(sql(" \\d+ deep_ports; ").out()).startsWith("View public.deep_ports\n");
    assertThat(sql("\\d other.tides").out()).startsWith("Table other.tides\n");

    assertThat(sql("\\dt", "-o", "csv").out())
        .contains("public,ports,table,Where ships call\n")
        .doesNotContain("deep_ports", "tides");
    assertThat(sql("\\dv", "-o", "csv").out())
        .contains("public,deep_ports,view")
        .doesNotContain(",ports,");
    assertThat(sql("\\d", "-o", "csv").out())
        .contains("deep_ports", ",ports,")
        .doesNotContain("tides");
    assertThat(sql("\\d", "-o", "csv").out()).contains(",containers,").doesNotContain(",events,");
    assertThat(sql("\\dt tidegate.*", "-o", "csv").out()).contains("tidegate,events,table,");
    assertThat(sql("\\d events").out()).startsWith("Table tidegate.events\n");
    assertThat(sql("\\dt other.*", "-q").out()).isEqualToIgnoringWhitespace("other tides table");
    assertThat(sql("\\d p?rts", "-o", "csv").out()).contains("ports").doesNotContain("deep");

    assertThat(sql("\\d nosuch").err()).contains("There is no table or view nosuch");
    assertThat(sql("\\x").err()).contains("\\d, \\dt, \\dv", "psql");
    assertThat(write("drop view deep_ports; drop table ports; drop schema other cascade").err())
        .isEmpty();
  }

  @Test
  void aTerminalSaysWhereCellsAreCutAndHowToSeeThem() {
    Map<String, String> narrow = Map.of("TIDEGATE_COLUMNS", "40");
    String query = "select 1 as id, repeat('x', 60) as note";
    String[] arguments = {"sql", "--data", data.toString(), query};
    assertThat(CommandRun.with(narrow, arguments).out())
        .contains("x…")
        .contains("--vertical shows them whole");
    assertThat(CommandRun.with(narrow, "sql", "-x", "--data", data.toString(), query).out())
        .contains("note  " + "x".repeat(60))
        .contains("─ row 1 ");
  }

  @Test
  void statusCountsTheLedgerAndAsksTheGateway() throws Exception {
    fillLedger();
    CommandRun run = status("--output=json");
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    JsonNode status = Json.mapper().readTree(run.out());
    assertThat(status.path("pipeline")).isEqualTo(Json.mapper().readTree(GATEWAY_ANSWER));
    JsonNode ledger = status.path("ledger");
    assertThat(ledger.path("events").toString()).isEqualTo("{\"PROCESSED\":101,\"DEAD_LETTER\":1}");
    assertThat(ledger.path("dead_letters_open").toString()).isEqualTo("{\"INVALID\":1}");
    assertThat(ledger.path("event_types").get(0).toString())
        .isEqualTo(
            "{\"source\":\"terminal49\",\"event_type\":\"container.updated\",\"count\":101}");
    assertThat(ledger.path("events_per_second").path("last_60_s").asDouble()).isEqualTo(1.7);
    assertThat(ledger.path("latency_ms").toString())
        .isEqualTo("{\"p50\":50.0,\"p95\":95.0,\"p99\":99.0}");
    assertThat(ledger.path("last_commit_age_seconds").asDouble()).isBetween(0.0, 60.0);
  }

  @Test
  void statusIsReadableAndSafe() {
    fillLedger();
    CommandRun run = status();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("state             RUNNING")
        .contains("up for            1 h 2 min")
        .contains("read              1,200")
        .contains("duplicate         3")
        .contains("backlog           4 undelivered, 2 not yet acknowledged, the oldest for 1.5 s")
        .contains("processed         101")
        .contains("latency (5 min)   p50 50.0 ms, p95 95.0 ms, p99 99.0 ms")
        .contains("terminal49  bad\\u001btype")
        .doesNotContain("\u001b");
  }

  @Test
  void statusOfAnIdleSystemLeavesOutWhatIsUnknown() {
    gatewayAnswer = "{\"state\":\"RUNNING\",\"backlog\":null}";
    CommandRun run = status();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("events            none yet")
        .contains("dead letters      none open")
        .doesNotContain("backlog", "latency", "last commit")
        .doesNotContain("tasks", "sagas", "relay", "caused");
  }

  @Test
  void statusTellsWhatWaitsToBeDone() throws Exception {
    CommandRun filled =
        write(
            """
            insert into tasks (tenant_id, task_id, kind, status, aggregate, payload, source, cause, handler,
              effect_key, due_at, created_at, leased_until)
            select tenant, gen_random_uuid(), 'research', status, 'x', '{}', 's', 'n', 'h', 'k',
              now() - interval '1 hour', now() - interval '2 days', now() + interval '1 hour'
            from (values ('a', 'OPEN'), ('b', 'CLAIMED'), ('b', 'COMPLETED')) as t (tenant, status);
            insert into saga_instances (tenant_id, source, saga, instance, status, waiting_for, since)
            values ('a', 's', 'inquiry', 'i1', 'ACTIVE', 'an answer', now() - interval '3 hours'),
              ('b', 's', 'inquiry', 'i1', 'ACTIVE', 'an answer', now() - interval '1 hour'),
              ('b', 's', 'inquiry', 'i2', 'FAILED', 'an answer', now());
            insert into effects (tenant_id, effect_id, source, cause, handler, effect_key, kind, effect_type)
            select 'a', gen_random_uuid(), 's', 'n', 'h', i::text, 'NOTICE', 't' from generate_series(1, 3) i;
            insert into outbox (tenant_id, event_id, source, event_type, aggregate, payload, created_at, refused_at)
            select 'a', gen_random_uuid(), 's', 't', 'x', '{}', now() - interval '90 seconds', refused
            from (values (null), (now())) as o (refused)\
            """);
    assertThat(filled.err()).isEmpty();

    assertThat(status().out())
        .contains("notices           3 caused in the last hour")
        .contains(
            "relay             1 to be published, the oldest for 1 min 30 s, 1 refused for good")
        .contains("failed sagas      1: tidegate saga list --status FAILED")
        .containsPattern("open tasks +open +claimed +overdue +oldest")
        .containsPattern("research +1 +1 +2 +2 d 0 h")
        .containsPattern("waiting sagas +for +count +oldest")
        .containsPattern("inquiry +an answer +2 +3 h 0 min");
    JsonNode ledger = Json.mapper().readTree(status("--output=json").out()).path("ledger");
    assertThat(ledger.path("tasks_open").path(0).path("oldest_age_seconds").asDouble())
        .isGreaterThan(172_000);
    assertThat(ledger.path("relay_lag").path("refused").asInt()).isEqualTo(1);
  }

  @Test
  void statusShowsTheLedgerWhereTheGatewayIsUnreadable() {
    gatewayAnswer = "<html>";
    CommandRun run = status();
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).contains("Pipeline\n  not available:").contains("none open");
  }

  private static void fillLedger() {
    CommandRun filled =
        write(
            """
            insert into events (tenant_id, source, notification_id, event_id, event_type, status,
              version, received_at, published_at, processed_at, latency_ms, attributes)
            select 'a', 'terminal49', i::text, gen_random_uuid(), 'container.updated', 'PROCESSED', bytea 'v',
              now(), now(), now(), i, jsonb '{}' from generate_series(0, 100) i
            union all
            select 'a', 'terminal49', 'bad', gen_random_uuid(), E'bad\\x1btype', 'DEAD_LETTER', bytea 'v',
              now(), now(), now(), null, jsonb '{}';
            insert into event_dead_letters (tenant_id, source, notification_id, body_sha256,
              content_sha256, stage, error_class, error_message, fingerprint, status, handler_version, message_id,
              published_at, received_at, failed_at, attributes, body)
            select 'a', 'terminal49', 'bad', s, s, 'Decode', 'INVALID', 'm', 'f', s, '1', 'm',
              now(), now(), now(), jsonb '{}', bytea '' from (values ('OPEN'), ('REPLAYED')) as letters(s)\
            """);
    assertThat(filled.err()).isEmpty();
  }

  private static CommandRun sql(String statement, String... options) {
    return run("sql", options, statement);
  }

  private static CommandRun write(String statement, String... options) {
    return run(
        "sql",
        Stream.concat(Stream.of("--write"), Stream.of(options)).toArray(String[]::new),
        statement);
  }

  private static CommandRun status(String... options) {
    return run("status", options);
  }

  private static CommandRun run(String command, String[] options, String... operands) {
    List<String> arguments = new ArrayList<>();
    arguments.add(command);
    arguments.addAll(List.of("--data", data.toString()));
    arguments.addAll(List.of(options));
    arguments.addAll(List.of(operands));
    return CommandRun.of(arguments.toArray(String[]::new));
  }
}
