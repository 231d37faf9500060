package dev.tidegate.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.local.command.CommandRun;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.SmallDisk;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A system whose machine fails in parts: each time it waits, says what is wrong, and goes on by
 * itself. Its data is on a small disk of its own, where this test may mount one.
 */
class RecoveryIT {
  private static final int DISK_MEGABYTES = 400;

  @TempDir static Path folder;

  private static final List<String> CONSOLE = new CopyOnWriteArrayList<>();
  private static SmallDisk disk;
  private static LocalSystem running;
  private static ReachableSystem system;

  @BeforeAll
  static void start() throws Exception {
    disk = SmallDisk.at(folder.resolve("disk"), DISK_MEGABYTES);
    running = LocalSystem.start(SharedSystem.optionsOn(data()), CONSOLE::add);
    system = new ReachableSystem(running.description());
  }

  @AfterAll
  static void stop() throws Exception {
    if (running != null) {
      running.close();
    }
    disk.close();
  }

  @Test
  void nobodyElseMayEnterTheDataFolder() throws Exception {
    Set<PosixFilePermission> owner = PosixFilePermissions.fromString("rwx------");
    assertThat(Files.getPosixFilePermissions(data())).isEqualTo(owner);
    try (Stream<Path> parts = Files.list(data())) {
      List<Path> folders = parts.filter(Files::isDirectory).toList();
      assertThat(folders).extracting(Path::getFileName).contains(Path.of("postgres-binaries"));
      for (Path part : folders) {
        assertThat(Files.getPosixFilePermissions(part)).as("%s", part).isEqualTo(owner);
      }
    }
  }

  @Test
  void aDatabaseThatWasKilledIsStartedAgain() throws Exception {
    publish("before-kill");
    awaitProcessed("before-kill");
    awaitReady();

    ProcessHandle killed = ProcessHandle.of(postmaster()).orElseThrow();
    killed.destroyForcibly();
    publish("while-killed");

    await().ignoreExceptions().until(() -> postmaster() != killed.pid());
    awaitProcessed("while-killed");
    awaitReady();
    await()
        .untilAsserted(
            () -> assertThat(CONSOLE).anyMatch(line -> line.startsWith("postgresql works again")));
    assertThat(CONSOLE).anyMatch(line -> line.startsWith("Problem with postgresql: "));
  }

  @Test
  void anArchiveThatCannotBeWrittenHoldsEventsUpAndIsTold() throws Exception {
    publish("before-archive");
    awaitProcessed("before-archive");
    awaitReady();
    // The folder of the day goes, and cannot be made again: a file is in its place.
    Path day = awaitFolder(data().resolve("archive/raw_events"));
    Files.move(day, data().resolve("taken-away"));
    Path inTheWay = Files.writeString(day, "");

    publish("blocked");

    await()
        .untilAsserted(
            () -> {
              assertThat(get("/readyz").statusCode()).isEqualTo(503);
              assertThat(get("/readyz").body()).contains("\"pointer\":\"archive\"");
              assertThat(status().path("problems").path("archive").asText())
                  .contains("cannot be written");
              assertThat(get("/metrics").body())
                  .containsPattern("tidegate_problem\\{part=\"archive\"} 1");
              assertThat(CONSOLE).anyMatch(line -> line.startsWith("Problem with archive: "));
            });
    CommandRun shown = CommandRun.of("status", "--data=" + data());
    assertThat(shown.out()).contains("archive: ");

    Files.delete(inTheWay);

    awaitProcessed("blocked");
    awaitReady();
    await()
        .untilAsserted(
            () -> assertThat(CONSOLE).anyMatch(line -> line.startsWith("archive works again")));
    assertThat(system.query("SELECT count(*) FROM raw_events WHERE notification_id = 'blocked'"))
        .containsExactly("1");
  }

  @Test
  void aFullDiskHoldsEventsUpUntilItHasRoom() throws Exception {
    disk.assumeMounted();
    publish("before-full");
    awaitProcessed("before-full");
    awaitReady();
    disk.fill();

    await()
        .untilAsserted(
            () -> {
              assertThat(get("/readyz").statusCode()).isEqualTo(503);
              assertThat(status().path("problems").path("disk").asText()).contains("free");
              assertThat(CONSOLE).anyMatch(line -> line.startsWith("Problem with disk: "));
            });
    // What is answered is kept; what cannot be kept is refused.
    List<String> accepted = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 50; i++) {
      try {
        publish("full-" + i);
        accepted.add("full-" + i);
      } catch (IOException refused) {
        // Its sender keeps it.
      }
    }
    await()
        .untilAsserted(
            () -> assertThat(status().path("problems").path("pipeline").asText()).isNotEmpty());

    disk.makeRoom();

    awaitReady();
    publish("after-full");
    awaitProcessed("after-full");
    for (String id : accepted) {
      awaitProcessed(id);
    }
  }

  private static void publish(String id) throws Exception {
    system.publish(
        """
        {"data":{"id":"%s","type":"webhook_notification","attributes":{"event":
         "container.created","created_at":"2026-01-31T10:00:00Z"}},"included":[]}
        """
            .formatted(id)
            .getBytes(UTF_8),
        Map.of("tenant_id", "default"));
  }

  private static void awaitProcessed(String id) {
    await()
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(
                        system.sql(
                            "SELECT count(*) FROM events WHERE notification_id = '%s'"
                                .formatted(id)))
                    .as(id)
                    .containsExactly("1"));
  }

  private static void awaitReady() {
    await()
        .untilAsserted(
            () -> {
              HttpResponse<String> answer = get("/readyz");
              assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            });
  }

  private static Path awaitFolder(Path parent) {
    return await()
        .until(
            () -> {
              try (var children = Files.list(parent)) {
                return children.filter(Files::isDirectory).findFirst();
              }
            },
            Optional::isPresent)
        .orElseThrow();
  }

  private static long postmaster() throws IOException {
    return Long.parseLong(
        Files.readAllLines(data().resolve("postgres/postmaster.pid")).get(0).strip());
  }

  private static JsonNode status() throws Exception {
    return Json.parse(get("/status").body().getBytes(UTF_8));
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(running.description().gatewayUrl() + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static Path data() {
    return disk.folder().resolve("data");
  }
}
