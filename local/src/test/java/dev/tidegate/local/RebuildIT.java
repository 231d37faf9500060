package dev.tidegate.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.local.command.CommandRun;
import dev.tidegate.schemas.Table;
import dev.tidegate.testing.GeneratedNotifications;
import dev.tidegate.testing.JavaProcess;
import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import dev.tidegate.transforms.handlers.EventSources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A system in a process of its own, which is killed twice under load; then it is rebuilt. */
@Proof(
    name = "rebuild",
    promise = "A killed system loses nothing, and the archive rebuilds every row of every table",
    faults = "2 x kill -9, disorder, a tenth repeated, NUL characters, the tables emptied")
class RebuildIT {
  private static final int COUNT = ProofSize.of(1_000, 50_000);
  private static final int POISON_EVERY = 500;
  private static final int POISON = COUNT / POISON_EVERY;
  private static final int REPEAT_EVERY = 10;

  @TempDir Path folder;

  private JavaProcess process;
  private ReachableSystem system;

  @AfterEach
  void stop() throws Exception {
    if (process != null) {
      process.close();
    }
  }

  @Test
  void nothingIsLostAndTheArchiveRebuildsTheTables() throws Exception {
    Path notifications = writeNotifications();
    start();
    CompletableFuture<CommandRun> sending = send(notifications);
    killAt(COUNT / 5);
    // The sender lost its server: what it had not handed over is sent again with all the rest.
    sending.join();
    sending = send(notifications);
    killAt(COUNT / 2);
    if (sending.join().exitCode() != 0) {
      assertThat(send(notifications).join().exitCode()).isZero();
    }
    awaitAll();
    List<String> before = rows();

    assertThat(send(notifications).join().exitCode()).isZero();
    awaitMarker();
    assertThat(rows()).as("sending all of it again touches no row").isEqualTo(before);

    String tables =
        EventSources.installed().tables().stream()
            .map(Table::name)
            .collect(Collectors.joining(","));
    List<String> contents = contents();
    assertThat(command("sql", "--write", "TRUNCATE " + tables).exitCode()).isZero();
    assertThat(command("replay", "start", "--from=archive", "--to=tables").exitCode()).isZero();
    assertThat(contents()).as("the rebuilt tables").isEqualTo(contents);
    assertThat(system.sql("SELECT count(DISTINCT notification_id) FROM event_dead_letters"))
        .containsExactly(Integer.toString(POISON));
    ProofSize.count(COUNT);
  }

  /** In no order, some twice, and some that no handler takes. */
  private Path writeNotifications() throws Exception {
    List<String> generated = GeneratedNotifications.of(COUNT);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      String line = generated.get(i);
      if (i % POISON_EVERY == POISON_EVERY / 2) {
        line = line.replaceFirst("\"webhook_notification\"", "\"poison\"");
      }
      lines.add(line);
      if (i % REPEAT_EVERY == 0) {
        lines.add(line);
      }
    }
    Collections.shuffle(lines, new Random(1));
    return Files.write(folder.resolve("notifications.ndjson"), lines);
  }

  private void start() throws Exception {
    process = UpProcess.startAndAwait(folder);
    system = new ReachableSystem(RunningSystem.in(folder).orElseThrow());
  }

  private void killAt(int events) throws Exception {
    await()
        .until(() -> Integer.parseInt(system.sql("SELECT count(*) FROM events").get(0)) >= events);
    process.kill();
    start();
  }

  private CompletableFuture<CommandRun> send(Path notifications) {
    return CompletableFuture.supplyAsync(() -> command("send", notifications.toString()));
  }

  private CommandRun command(String name, String... arguments) {
    List<String> words = new ArrayList<>(List.of(name));
    words.addAll(List.of(arguments));
    words.addAll(List.of("--data", folder.toString()));
    return CommandRun.of(words.toArray(String[]::new));
  }

  private void awaitAll() {
    await()
        .untilAsserted(
            () -> {
              assertThat(system.sql("SELECT status, count(*) FROM events GROUP BY 1 ORDER BY 1"))
                  .containsExactly("DEAD_LETTER|" + POISON, "PROCESSED|" + (COUNT - POISON));
              assertThat(system.query("SELECT count(DISTINCT notification_id) FROM raw_events"))
                  .containsExactly(Integer.toString(COUNT));
            });
  }

  /** What was sent before a message of no table has been read before it. */
  private void awaitMarker() throws Exception {
    Path marker =
        Files.writeString(
            folder.resolve("marker.json"),
            """
            {"data":{"id":"marker","type":"webhook_notification",
             "attributes":{"event":"container.teleported"}}}
            """);
    assertThat(send(marker).join().exitCode()).isZero();
    await()
        .until(
            () -> !system.sql("SELECT 1 FROM events WHERE notification_id = 'marker'").isEmpty());
  }

  /** Every row with the transaction that wrote it. */
  private List<String> rows() throws SQLException {
    return hashes("t.xmin || to_jsonb(t)::text");
  }

  /** Every row but for the time when it was written. */
  private List<String> contents() throws SQLException {
    return hashes("(to_jsonb(t) - '{updated_at,updated_xid}'::text[])::text");
  }

  private List<String> hashes(String line) throws SQLException {
    List<String> hashes = new ArrayList<>();
    for (Table table : EventSources.installed().tables()) {
      hashes.addAll(
          system.sql(
              """
              SELECT '%2$s', count(*), md5(coalesce(string_agg(line, '' ORDER BY line), ''))
              FROM (SELECT (%1$s) COLLATE "C" AS line FROM %2$s t) r
              """
                  .formatted(line, table.name())));
    }
    return hashes;
  }
}
