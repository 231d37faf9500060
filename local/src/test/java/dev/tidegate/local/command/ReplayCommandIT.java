package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.local.BeamCounters;
import dev.tidegate.local.LocalSystem;
import dev.tidegate.local.ReachableSystem;
import dev.tidegate.local.SharedSystem;
import dev.tidegate.pipeline.ReplayPipeline;
import dev.tidegate.pipeline.ReplayPipelineConfiguration;
import dev.tidegate.pipeline.ReplayPipelineOptions;
import dev.tidegate.schemas.Table;
import dev.tidegate.transforms.handlers.EventSources;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.beam.runners.direct.DirectOptions;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** {@code replay} against a whole running system. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReplayCommandIT {
  @TempDir static Path folder;

  private static LocalSystem running;
  private static ReachableSystem system;

  @BeforeAll
  static void start() throws Exception {
    running = LocalSystem.start(SharedSystem.optionsOn(folder), step -> {});
    system = new ReachableSystem(running.description());
  }

  @AfterAll
  static void stop() {
    if (running != null) {
      running.close();
    }
  }

  @Test
  void aReplayWithinTheDedupeWindowReachesTheTablesAndMovesNothing() throws Exception {
    system.publish(container("e1", "c1", "TEMU0000001"), Map.of());
    awaitLedger("e1", "PROCESSED", 1);
    awaitArchived("e1");
    List<String> row = rowOf("c1");

    CommandRun run = replay("--from", "archive", "--id", "e1", "--replay-id", "again");

    assertThat(run.err()).startsWith("tidegate replay list calls it ").hasLineCount(1);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .startsWith("Replay again\n1 events read, 1 replayed in ")
        .contains("event_outcomes where replay_id = 'again'");
    awaitLedger("e1", "PROCESSED", 2);
    assertThat(rowOf("c1")).isEqualTo(row);

    replay("--from", "archive", "--id", "e1", "--replay-id", "again");
    replay("--from", "archive", "--id", "e1");
    awaitLedger("e1", "PROCESSED", 3);
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.query(
                            "SELECT count(*) FROM event_outcomes WHERE notification_id = 'e1'"))
                    .containsExactly("3"));
    assertThat(system.query("SELECT count(*) FROM raw_events WHERE notification_id = 'e1'"))
        .as("a replay that is proved is not archived again")
        .containsExactly("1");
  }

  @Test
  void anEventWithoutAReadableIdIsRecognised() throws Exception {
    String message =
        system.publish("{\"data\":{\"type\":\"webhook_notification\"}}".getBytes(UTF_8), Map.of());
    String identity = "pubsub-message:" + message;
    awaitLedger(identity, "DEAD_LETTER", 1);
    awaitArchived(identity);
    List<String> letters = system.sql("SELECT count(*) FROM event_dead_letters");

    replay("--from", "archive", "--id", identity);

    awaitLedger(identity, "DEAD_LETTER", 2);
    assertThat(system.sql("SELECT count(*) FROM event_dead_letters")).isEqualTo(letters);
  }

  @Test
  void aDeadLetterWhoseCauseWasMendedReachesTheTables() throws Exception {
    for (String destination : new String[] {"pubsub", "tables"}) {
      String id = "poison-" + destination;
      // A number for each: a constraint that refuses what the table took before makes all wait.
      execute(
          "ALTER TABLE containers ADD CONSTRAINT no_poison CHECK (number <> '%s') NOT VALID"
              .formatted(id));
      system.publish(container(id, id, id), Map.of());
      awaitLedger(id, "DEAD_LETTER", 1);
      execute("ALTER TABLE containers DROP CONSTRAINT no_poison");

      CommandRun run =
          replay(
              "--from=dead-letters",
              "--error-class=DATABASE_REJECTED",
              "--id=" + id,
              "--to=" + destination);

      assertThat(run.out()).contains("1 events read, 1 replayed");
      awaitLedger(id, "PROCESSED", 2);
      assertThat(system.sql("SELECT number FROM containers WHERE t49_container_id = '" + id + "'"))
          .containsExactly(id);
    }
  }

  @Test
  void whatFailsAgainStaysADeadLetter() throws Exception {
    system.publish("{\"data\":".getBytes(UTF_8), Map.of("notification_id", "broken"));
    awaitLedger("broken", "DEAD_LETTER", 1);

    CommandRun run = replay("--from", "dead-letters", "--id", "broken", "--to", "tables");

    assertThat(run.out()).contains("1 of them failed again");
    assertThat(
            system.sql(
                "SELECT status, attempts FROM event_dead_letters"
                    + " WHERE notification_id = 'broken'"))
        .containsExactly("OPEN|2");
  }

  @Test
  void aReplayThatACommandRunsIsSeenPausedResumedAndCancelled() throws Exception {
    for (int i = 0; i < 12; i++) {
      String id = "held-" + i;
      system.publish(container(id, "c-" + id, "TEMU0000002"), Map.of("tenant_id", "held"));
    }
    await()
        .untilAsserted(
            () ->
                assertThat(system.query("SELECT count(*) FROM raw_events WHERE tenant_id = 'held'"))
                    .containsExactly("12"));

    CompletableFuture<CommandRun> command =
        CompletableFuture.supplyAsync(
            () -> replay("--from=archive", "--tenant=held", "--rate=1", "--reason=slowly"));
    String id = runningReplay();
    assertThat(
            system.sql(
                "SELECT tenant_id, origin, runner, selected, cause FROM replays WHERE replay_id = '%s'"
                    .formatted(id)))
        .containsExactly("held|ARCHIVE|COMMAND|12|slowly");
    assertThat(
            system.sql(
                "SELECT action, details ->> 'reason', details ->> 'from' FROM audit_records WHERE target = '%s'"
                    .formatted(id)))
        .containsExactly("START_REPLAY|slowly|ARCHIVE");
    change("pause", id);
    // The command has seen it: it renews its turn.
    String renewed = leaseOf(id);
    await().until(() -> !leaseOf(id).equals(renewed));
    await().until(() -> publishedBy(id).equals(publishedAfterASecond(id)));
    assertThat(command).isNotDone();
    change("resume", id);
    await().until(() -> command.isDone());
    assertThat(command.get().exitCode()).as(command.get().err()).isZero();
    assertThat(command.get().err()).contains("was paused", "replay resume " + id);
    assertThat(command.get().out()).contains("12 events read, 12 replayed");
    assertThat(run("replay", "show", id, "-o", "ndjson").out())
        .contains("\"status\":\"COMPLETED\"", "\"published\":12");

    CompletableFuture<CommandRun> tables =
        CompletableFuture.supplyAsync(
            () -> replay("--from=archive", "--tenant=held", "--rate=1", "--to=tables"));
    change("cancel", runningReplay());
    assertThat(tables.get(60, TimeUnit.SECONDS).exitCode()).isEqualTo(4);
    assertThat(tables.get().err()).contains("was cancelled");
    assertThat(tables.get().out()).contains(" of 12 events were replayed");
  }

  private static String runningReplay() {
    await().until(() -> !run("replay", "list", "--status=RUNNING", "-q").out().isBlank());
    return run("replay", "list", "--status=RUNNING", "-q").out().strip();
  }

  private static void change(String how, String id) {
    CommandRun changed = run("replay", how, id);
    assertThat(changed.exitCode()).as(changed.err()).isZero();
  }

  private static String leaseOf(String id) throws SQLException {
    return system
        .sql("SELECT leased_until FROM replays WHERE replay_id = '%s'".formatted(id))
        .get(0);
  }

  private static String publishedBy(String id) throws SQLException {
    return system.sql("SELECT published FROM replays WHERE replay_id = '%s'".formatted(id)).get(0);
  }

  /** As the command tells it, which it does once a second. */
  private static String publishedAfterASecond(String id) throws SQLException {
    String renewed = leaseOf(id);
    await().until(() -> !leaseOf(id).equals(renewed));
    String again = leaseOf(id);
    await().until(() -> !leaseOf(id).equals(again));
    return publishedBy(id);
  }

  @Test
  void aDryRunShowsWhatWouldBeReplayedAndWritesNothing() throws Exception {
    system.publish(container("dry", "c-dry", "TEMU0000009"), Map.of("tenant_id", "dry-tenant"));
    awaitLedger("dry", "PROCESSED", 1);
    awaitArchived("dry");

    CommandRun run = replay("--from", "archive", "--tenant", "dry-tenant", "--dry-run");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .startsWith("1 event would be replayed")
        .contains("1  terminal49 container.created")
        .contains("dry-tenant  terminal49  container.created  dry\n")
        .doesNotContain("TEMU0000009");
    // Had it been sent, it would come before this one.
    replay("--from", "archive", "--id", "dry");
    awaitLedger("dry", "PROCESSED", 2);
  }

  @Test
  void thatNothingMatchesIsSaidAndIsNoFailure() {
    for (String[] arguments :
        new String[][] {
          {"--from", "archive", "--tenant", "nobody"},
          {"--from", "archive", "--until", "2001-01-01"},
          {"--from", "dead-letters", "--fingerprint", "none", "--rate", "5"}
        }) {
      CommandRun run = replay(arguments);
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.out()).endsWith("No event matches. Nothing was replayed.\n");
    }
    assertThat(replay("--from", "archive", "--tenant", "nobody", "--dry-run").out())
        .isEqualTo("No event matches. Nothing would be replayed.\n");
  }

  @Test
  void mistakesAreToldInTheCommandsWords() {
    assertThat(replay("--from", "archive", "--since", "yesterday").err())
        .contains("--since must be a day")
        .contains("not yesterday");
    assertThat(replay("--from", "archive", "--error-class", "INVALID").err())
        .contains("--error-class and --fingerprint are for --from dead-letters");
    assertThat(replay("--from", "archive", "--since", "2026-02-01", "--until", "2026-01-01").err())
        .contains("--since must be before --until");
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void theTablesAreRebuiltFromTheArchiveAlsoAfterAReplayThatWasStopped() throws Exception {
    StringWriter shown = new StringWriter();
    new Demo(system.system(), folder, new PrintWriter(shown)).run();
    awaitOutcomes();
    List<String> before = tables();
    List<String> ledger = ledger();
    assertThat(before).hasSizeGreaterThan(30);
    truncateTables();
    assertThat(tables()).isEmpty();

    ReplayPipelineOptions options = ReplayRun.optionsFor(system.system());
    options.setFrom(ReplayPipelineOptions.Source.ARCHIVE_FILES);
    options.setOutput(ReplayPipelineOptions.Output.SINKS);
    options.setRate(2);
    // Here the DirectRunner, which can be stopped from within.
    options.as(DirectOptions.class).setBlockOnRun(false);
    Pipeline pipeline = Pipeline.create(options);
    ReplayPipeline.build(pipeline, ReplayPipelineConfiguration.of(options), preview -> {});
    PipelineResult stopped = pipeline.run();
    await().until(() -> !tables().isEmpty());
    stopped.cancel();
    assertThat(BeamCounters.of(stopped).get("events_replayed"))
        .as("stopped halfway")
        .isLessThan(BeamCounters.of(stopped).get("events_selected"));

    CommandRun run = replay("--from", "archive", "--to", "tables");

    assertThat(run.exitCode()).isZero();
    assertThat(tables()).containsExactlyElementsOf(before);
    assertThat(ledger()).containsExactlyElementsOf(ledger);
  }

  private static CommandRun replay(String... arguments) {
    List<String> all = new ArrayList<>(List.of("replay", "start"));
    all.addAll(List.of(arguments));
    return run(all.toArray(String[]::new));
  }

  private static CommandRun run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--data=" + folder);
    return CommandRun.of(all.toArray(String[]::new));
  }

  /** All rows of all entity tables, each with its table's name, without the time of writing. */
  private static List<String> tables() throws SQLException {
    List<String> rows = new ArrayList<>();
    for (Table table : EventSources.installed().tables()) {
      rows.addAll(
          system.sql(
              "SELECT '%1$s', to_jsonb(t) - '{updated_at,updated_xid}'::text[] FROM %1$s t ORDER BY 2"
                  .formatted(table.name())));
    }
    return rows;
  }

  private static List<String> ledger() throws SQLException {
    return system.sql(
        "SELECT tenant_id, source, notification_id, event_type, status, version FROM events"
            + " ORDER BY 1, 2, 3");
  }

  private static void truncateTables() throws SQLException {
    execute(
        EventSources.installed().tables().stream()
            .map(Table::name)
            .collect(Collectors.joining(", ", "TRUNCATE ", "")));
  }

  /** Every event that is in the archive has an outcome, and both bodies of the demo's conflict. */
  private static void awaitOutcomes() {
    String first = "SELECT count(*) FROM %s WHERE replay_id IS NULL";
    await()
        .untilAsserted(
            () -> {
              assertThat(
                      system.query(first.formatted("event_outcomes") + " AND status <> 'REPEATED'"))
                  .isEqualTo(system.query(first.formatted("raw_events")));
              assertThat(
                      system.query(
                          "SELECT notification_id FROM raw_events WHERE tenant_id = 'default'"
                              + " AND replay_id IS NULL GROUP BY 1"
                              + " HAVING count(DISTINCT payload_sha256) > 1"))
                  .isNotEmpty();
            });
  }

  private static void awaitLedger(String notificationId, String status, int attempts) {
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.sql(
                            "SELECT status, attempts FROM events WHERE notification_id = '%s'"
                                .formatted(notificationId)))
                    .containsExactly(status + "|" + attempts));
  }

  private static void awaitArchived(String notificationId) {
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.query(
                            "SELECT 1 FROM raw_events WHERE notification_id = '%s'"
                                .formatted(notificationId)))
                    .isNotEmpty());
  }

  private static List<String> rowOf(String container) throws SQLException {
    return system.sql(
        "SELECT to_jsonb(c) FROM containers c WHERE t49_container_id = '" + container + "'");
  }

  private static void execute(String sql) throws SQLException {
    try (Connection database = SystemDatabase.connect(system.system());
        Statement statement = database.createStatement()) {
      statement.execute(sql);
    }
  }

  /** With white space, which the archive does not keep. */
  private static byte[] container(String id, String containerId, String number) {
    return """
    {"data": {"id": "%s", "type": "webhook_notification",
     "attributes": {"event": "container.created", "created_at": "2026-01-31T10:00:00Z"}},
     "included": [{"id": "%s", "type": "container", "attributes": {"number": "%s"}}]}
    """
        .formatted(id, containerId, number)
        .getBytes(UTF_8);
  }
}
