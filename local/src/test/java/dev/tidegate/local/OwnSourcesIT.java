package dev.tidegate.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.local.command.Tidegate;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import dev.tidegate.local.gateway.DevelopmentToken;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.Command;
import dev.tidegate.testing.CompiledJar;
import dev.tidegate.testing.JavaProcess;
import dev.tidegate.testing.PageFiles;
import dev.tidegate.testing.Patience;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code up} with somebody's own sources: a jar on its class path, and a folder of YAML files. */
class OwnSourcesIT {
  private static final Path HANDLERS_PAGE = Repository.ROOT.resolve("docs/handlers.md");

  private static final Pattern BLOCK = Pattern.compile("(?s)```(sh|yaml)\n(.*?)```");

  @TempDir private static Path folder;
  private static JavaProcess process;
  private static ReachableSystem system;
  private static Path sources;

  @BeforeAll
  static void start() throws Exception {
    Command.assumeInstalled("bash", "curl");
    Path jar = warehouse().writeTo(folder.resolve("warehouse.jar"));
    sources = Files.createDirectory(folder.resolve("sources"));
    List<Path> jars = List.of(jar);
    Path launcher =
        Files.writeString(
            folder.resolve("tidegate"),
            "#!/usr/bin/env bash\nexec '%s' \"$@\"\n"
                .formatted(String.join("' '", JavaProcess.commandLine(jars, Tidegate.class))));
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
    Path data = Files.createDirectory(folder.resolve(".tidegate"));
    process =
        JavaProcess.start(
            JavaProcess.commandLine(
                jars,
                Tidegate.class,
                "up",
                "--data=" + data,
                "--gateway-port=0",
                "--pubsub-port=0",
                "--postgres-port=0",
                "--sources=" + sources),
            folder.resolve("up.out"),
            Map.of());
    process.awaitOutput(UpProcess.READY);
    system = new ReachableSystem(RunningSystem.in(data).orElseThrow());
  }

  @AfterAll
  static void stop() throws Exception {
    if (process != null) {
      process.close();
    }
  }

  /** The jar that readers of docs/handlers.md have at its end. */
  private static CompiledJar warehouse() throws IOException {
    Map<String, String> files = PageFiles.of(HANDLERS_PAGE);
    CompiledJar jar = new CompiledJar().compiled(PageFiles.javaIn(files, "src/main/java/"));
    String resources = "src/main/resources/";
    files.forEach(
        (path, text) -> {
          if (path.startsWith(resources)) {
            jar.file(path.substring(resources.length()), text);
          }
        });
    return jar;
  }

  /** The commands of docs/handlers.md that send an event and show its row. */
  @Test
  void theGuideLeadsToARow() throws Exception {
    Matcher commands =
        Pattern.compile("(?s)```sh\n(event_id=.*?)```\n\n```\n(.*?)```")
            .matcher(Files.readString(HANDLERS_PAGE));
    assertThat(commands.find()).isTrue();
    int port = URI.create(system.system().gatewayUrl()).getPort();
    String shown = run(commands.group(1).replace("localhost:8080", "localhost:" + port));
    assertThat(shown).contains("PROCESSED", "parcel.scanned");
    assertThat(shown.lines().toList()).containsSequence(commands.group(2).lines().toList());
  }

  /** Through everything: the pipeline, the outbox, the relay, and the pipeline again. */
  @Test
  void effectsOfAnEventComeBackAsEvents() throws Exception {
    publish("damaged-1", "parcel.damaged", Instant.now(), "{\"parcel\":\"P-2\"}");
    awaitRows(
        "SELECT kind, status, payload ->> 'parcel' FROM tasks WHERE kind = 'inspect'",
        "inspect|OPEN|P-2");
    awaitRows(
        "SELECT source, event_type, status, attributes ->> 'causation_depth' FROM events"
            + " WHERE event_type LIKE 'parcel.b%'",
        "warehouse|parcel.blocked|UNHANDLED|1");

    // It was missed so long ago that it is given up at once, when the deadline's event comes.
    publish(
        "missed-1",
        "parcel.missed",
        Instant.now().minus(Duration.ofDays(4)),
        "{\"parcel\":\"P-3\"}");
    awaitRows(
        "SELECT instance, status, events, last_type FROM saga_instances WHERE instance = 'P-3'",
        "P-3|COMPLETED|2|saga.deadline");
    awaitRows(
        "SELECT kind, effect_type, status FROM effects WHERE cause = 'P-3' ORDER BY 1",
        "NOTICE|parcel.lost|ISSUED",
        "TASK|look|CANCELLED");
    awaitRows("SELECT status FROM events WHERE event_type = 'notice.created'", "PROCESSED");
    awaitRows("SELECT count(*) FROM outbox", "0");
  }

  /** The result of a dry run over what the ledger keeps of a source. */
  private static String dryRunOfLedger(String source) throws Exception {
    String dryRuns = "/admin/dry-runs";
    String id =
        call(
                "POST",
                dryRuns,
                "{\"origin\":\"LEDGER\",\"filter\":{\"sources\":[\"%s\"]}}".formatted(source))
            .path("dryRunId")
            .asText();
    await()
        .until(
            () -> !call("GET", dryRuns + "/" + id, null).path("status").asText().equals("RUNNING"));
    return call("GET", dryRuns + "/" + id, null).toString();
  }

  private static JsonNode call(String method, String path, String body) throws Exception {
    String token =
        new DevelopmentToken(
                "default", "tester", List.of(Role.OPERATOR), List.of(), Duration.ofHours(1))
            .sign(DevelopmentSecrets.in(folder.resolve(".tidegate")).tokenKey());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(system.system().gatewayUrl() + path))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    return Json.parse(
        HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofByteArray()).body());
  }

  private static void publish(String id, String type, Instant time, String body) throws Exception {
    system.publish(
        body.getBytes(UTF_8),
        Map.of(
            "source",
            "warehouse",
            "notification_id",
            id,
            "event_type",
            type,
            "ce-time",
            time.toString()));
  }

  @Test
  void aSourceInAJarHasItsTableAndItsRows() throws Exception {
    system.publish(
        "{\"parcel\":\"P-1\",\"shelf\":\"A4\",\"weight\":2.50}".getBytes(UTF_8),
        Map.of(
            "source", "warehouse",
            "notification_id", "scan-1",
            "event_type", "parcel.scanned",
            "ce-time", "2026-03-02T08:00:00Z"));
    awaitRows("SELECT parcel_id, shelf, weight_in_kg FROM parcels", "P-1|A4|2.50");
  }

  @Test
  void aChangedFileIsTakenOverAndOneWithMistakesIsNot() throws Exception {
    String text =
        """
        source: garden
        event: { id: body:/id, type: body:/type, time: { from: body:/at, as: sequence } }
        tables:
          garden_beds: { key: { bed: text }, groups: { plant: { plant: text } } }
        events:
          planted:
            rows: [ { table: garden_beds, key: { bed: payload.bed }, set: { plant: payload.plant } } ]
        """;
    Path file = sources.resolve("garden.yaml");
    Files.writeString(file, text);
    plant(1, "north", "beans");
    // Also what is sent while the pipeline starts anew.
    plant(2, "south", "peas");
    String beds = "SELECT bed, plant FROM garden_beds ORDER BY bed";
    await()
        .untilAsserted(
            () ->
                assertThat(system.sql("SELECT to_regclass('garden_beds') IS NULL"))
                    .containsExactly("f"));
    // Whatever the pipeline took before it knew the source was unhandled, and is sent once more.
    plant(3, "north", "beans");
    plant(4, "south", "peas");
    awaitRows(beds, "north|beans", "south|peas");
    // The gateway has the handlers of now, too.
    assertThat(dryRunOfLedger("garden"))
        .contains("\"succeeded\":4", "\"table\":\"garden_beds\"", "\"rowsSame\":2");

    Files.writeString(file, text.replace("payload.plant }", "payload.plant +}"));
    process.awaitOutput(
        Pattern.compile("cannot be used. Those that run stay:\\s+--sources: .*:7: "));
    plant(5, "north", "corn");
    awaitRows(beds, "north|corn", "south|peas");

    Files.writeString(file, text.replace("plant: text", "plant: bigint"));
    process.awaitOutput(Pattern.compile("the column garden_beds.plant must be bigint and is text"));

    Files.writeString(
        file,
        text.replace("plant: text", "plant: text, note: text")
            .replace("payload.plant }", "payload.plant, note: '\"new\"' }"));
    process.awaitOutput(
        Pattern.compile("(?s)cannot be used.*The sources have changed: the pipeline"));
    for (int i = 10; i < 60; i++) {
      plant(i, "bed " + i, "kale");
    }
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.sql(
                            "SELECT count(*), count(note) > 0 FROM garden_beds WHERE plant = 'kale'"))
                    .as("nothing is lost while the pipeline starts anew")
                    .containsExactly("50|t"));
    plant(60, "north", "leek");
    await()
        .untilAsserted(
            () ->
                assertThat(system.sql("SELECT plant, note FROM garden_beds WHERE bed = 'north'"))
                    .containsExactly("leek|new"));
    assertThat(process.isAlive()).isTrue();
  }

  private static void plant(int number, String bed, String plant) throws Exception {
    system.publish(
        "{\"id\":\"g-%1$d\",\"type\":\"planted\",\"at\":%1$d,\"bed\":\"%2$s\",\"plant\":\"%3$s\"}"
            .formatted(number, bed, plant)
            .getBytes(UTF_8),
        Map.of("source", "garden"));
  }

  /** Every command of docs/own-events.md, in its order; what a person edits is the page's file. */
  @Test
  void theTenMinutesLeadFromCurlToSql() throws Exception {
    String page = Files.readString(Repository.ROOT.resolve("docs/own-events.md"));
    int port = URI.create(system.system().gatewayUrl()).getPort();
    String shown = "";
    for (MatchResult found : BLOCK.matcher(page).results().toList()) {
      String block = found.group(2);
      if (found.group(1).equals("yaml")) {
        Files.writeString(folder.resolve("shop.yaml"), block);
      } else if (block.contains("./tidegate up")) {
        assertThat(block).contains("./tidegate up --sources sources/");
      } else {
        shown = run(block.replace("localhost:8080", "localhost:" + port));
        if (block.contains("curl ")) {
          assertThat(shown.split("evt_", -1)).hasSize(4);
          await()
              .untilAsserted(
                  () ->
                      assertThat(system.sql("SELECT count(*) FROM events WHERE source = 'shop'"))
                          .containsExactly("3"));
        } else if (block.contains("sources draft")) {
          assertThat(Files.readString(folder.resolve("shop.yaml"))).contains("source: shop");
          assertThat(run("./tidegate sources check shop.yaml")).startsWith("shop: ");
        } else if (block.contains("sources try")) {
          assertThat(shown).contains("shop_orders [o-1]").contains("\"status\":\"paid\"");
        } else if (block.contains("sources apply")) {
          assertThat(shown).contains("CREATE TABLE shop_orders (");
          process.awaitOutput(Pattern.compile("The sources have changed: the pipeline"));
        } else if (block.contains("replay start")) {
          assertThat(shown).contains("3 events read, 3 replayed");
          awaitRows(
              "SELECT order_id, status, total, email FROM shop_orders",
              "o-1|paid|51.5|ada@example.com");
          awaitRows(
              "SELECT line, sku, quantity FROM shop_order_lines ORDER BY line",
              "1|tea|2",
              "2|cup|1");
        }
      }
    }
    assertThat(shown).contains("paid").contains("cup");
  }

  private static String run(String script) throws Exception {
    ProcessBuilder bash =
        new ProcessBuilder("bash", "-euo", "pipefail", "-c", script)
            .directory(folder.toFile())
            .redirectErrorStream(true);
    bash.environment().remove("TIDEGATE_DATA");
    Process running = bash.start();
    String output = new String(running.getInputStream().readAllBytes(), UTF_8);
    assertThat(running.waitFor(Patience.LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(running.exitValue()).as("%s%n%s", script, output).isZero();
    return output;
  }

  private static void awaitRows(String query, String... rows) {
    await().untilAsserted(() -> assertThat(system.sql(query)).containsExactly(rows));
  }
}
