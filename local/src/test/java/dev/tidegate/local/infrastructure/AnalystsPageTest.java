package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.local.command.CommandRun;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.files.NdjsonFolder;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.EventSources;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What docs/analysts.md has people type, on an archive that the pipeline's writers have written.
 */
class AnalystsPageTest {
  private static final Path PAGE = Repository.ROOT.resolve("docs/analysts.md");
  private static final String DEMO = "/dev/tidegate/local/demo/";

  private static final Instant NOW = Instant.now();

  /** The archive's place below the working directory, as the page has it. */
  private static final String ARCHIVE = ".tidegate/archive";

  @TempDir private Path directory;
  private int notifications;

  @BeforeEach
  void archiveTheDemo() throws IOException {
    Path archive = directory.resolve(ARCHIVE);
    EventSource terminal49 = EventSources.installed().named("terminal49");
    List<RawEvent> events = new ArrayList<>();
    for (String name : resource("index").lines().toList()) {
      byte[] body = resource(name).getBytes(StandardCharsets.UTF_8);
      NotificationIdentity identity = terminal49.identify(body);
      events.add(
          RawEvent.builder()
              .tenantId("default")
              .source("terminal49")
              .notificationId(identity.notificationId())
              .eventType(identity.eventType())
              .messageId("m" + events.size())
              .publishTime(NOW.minus(Duration.ofDays(events.size() % 2)))
              .attributes(Map.of("some", "attribute"))
              .body(body)
              .build());
    }
    notifications = events.size();
    try (NdjsonFolder<RawEvent> folder =
            new NdjsonFolder<>(archive, ArchiveTable.rawEvents(EventSources.installed()));
        NdjsonFolder<EventOutcome> outcomes =
            new NdjsonFolder<>(archive, ArchiveTable.EVENT_OUTCOMES)) {
      for (RawEvent event : events) {
        folder.append(event);
        outcomes.append(
            EventOutcome.committed(event, EventOutcome.Status.APPLIED, NOW, NOW.plusMillis(1)));
        outcomes.append(EventOutcome.repeated(event.toBuilder().messageId("again").build(), NOW));
      }
      folder.sync();
      outcomes.sync();
    }
    // One day's file is complete, and the other's still grows.
    Path day = Repository.files(archive.resolve("raw_events"), "").get(0);
    Path complete = Repository.files(day, ".ndjson").get(0);
    try (OutputStream compressed =
        new GZIPOutputStream(Files.newOutputStream(Path.of(complete + ".gz")))) {
      Files.copy(complete, compressed);
    }
    Files.delete(complete);
    Files.createSymbolicLink(directory.resolve("schemas"), Repository.ROOT.resolve("schemas"));
  }

  private static String resource(String name) throws IOException {
    try (InputStream file = AnalystsPageTest.class.getResourceAsStream(DEMO + name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static List<String> blocks(String language) throws IOException {
    return Pattern.compile("(?ms)^```" + language + "\n(.*?)^```$")
        .matcher(Files.readString(PAGE))
        .results()
        .map(block -> block.group(1))
        .toList();
  }

  @Test
  void everyQueryOfThePageIsAnswered() throws IOException {
    List<String> queries = new ArrayList<>(blocks("sql"));
    Matcher command =
        Pattern.compile("(?m)^\\./tidegate query (?:--output csv )?\"([^\"]+)\"")
            .matcher(Files.readString(PAGE));
    while (command.find()) {
      queries.add(command.group(1));
    }
    assertThat(queries).hasSizeGreaterThan(14);
    for (String query : queries) {
      CommandRun run =
          CommandRun.of(
              "query", "--output=json", "--archive", directory.resolve(ARCHIVE).toString(), query);
      assertThat(run.err()).as(query).isEmpty();
      JsonNode rows = Json.parse(run.out().getBytes(StandardCharsets.UTF_8));
      // Nothing has failed here.
      if (!query.contains("failed_events\n") && !query.contains("dead_letters_by")) {
        assertThat(rows).as(query).isNotEmpty();
      }
    }
  }

  /** Where Python lacks the libraries, the next test is skipped, and this one is what is left. */
  @Test
  void thePythonLinesKnowEveryTypeOfTheTables() throws IOException {
    TreeSet<String> types = new TreeSet<>();
    for (ArchiveTable<?> table : ArchiveTable.all()) {
      Path definition = Repository.BIGQUERY.resolve(table.name() + ".json");
      Json.parse(Files.readAllBytes(definition))
          .forEach(column -> types.add(column.get("type").textValue()));
    }
    // Texts on a line, unless the lines say otherwise.
    types.removeAll(List.of("STRING", "JSON", "BYTES"));
    List<String> python = blocks("python");
    assertThat(python).hasSize(4);
    assertThat(python.get(0))
        .contains("Path(\"" + Repository.ROOT.relativize(Repository.BIGQUERY) + "\")");
    for (String lines : python.subList(1, 4)) {
      assertThat(
              Pattern.compile("(?m)^    \"([A-Z]+)\":")
                  .matcher(lines)
                  .results()
                  .map(found -> found.group(1))
                  .filter(type -> !type.equals("STRING")))
          .containsExactlyInAnyOrderElementsOf(types);
    }
  }

  @Test
  void pandasPolarsAndPyarrowReadTheArchiveWithThePagesLines() throws IOException {
    Command shell = Command.in(directory);
    assumeTrue(Command.isInstalled("python3"), "there is no python3");
    assumeTrue(
        shell.run("python3", "-c", "import pandas, polars, pyarrow").exitCode() == 0,
        "python3 has no pandas, polars or pyarrow: pip install pandas polars pyarrow");
    for (String table : List.of("raw_events", "event_outcomes")) {
      List<String> lines = new ArrayList<>(blocks("python"));
      lines.add(
          """
          polars_rows = rows.collect()
          for read in (polars_rows, frame, arrow):
              print(len(read))
          time = "received_at"
          print(polars_rows[time].min().timestamp() == frame[time].min().timestamp())
          print(arrow[time].to_pylist() == polars_rows[time].to_list())
          print(sorted(map(str, set(arrow["date"].to_pylist()))) == sorted(map(str, set(polars_rows["date"]))))
          print(sorted(set(frame["date"].dt.strftime("%Y-%m-%d"))) == sorted(map(str, set(polars_rows["date"]))))
          print(frame["message_id"].tolist() == polars_rows["message_id"].to_list() == arrow["message_id"].to_pylist())
          """);
      if (table.equals("raw_events")) {
        lines.add(
            """
            texts = polars_rows["payload"].to_list()
            objects = frame["payload"].tolist()
            print(all(
                (json.loads(text) if text else None) == (object if isinstance(object, dict) else None)
                for text, object in zip(texts, objects)))
            print(sum(text is not None for text in texts) > 30, polars_rows["body"].null_count() > 30)
            """);
      }
      String program =
          String.join("\n", lines).replace("table = \"raw_events\"", "table = \"" + table + "\"");
      Command.Result result = shell.run("python3", "-W", "error::FutureWarning", "-c", program);
      assertThat(result.errors()).isEmpty();
      int rows = table.equals("raw_events") ? notifications : 2 * notifications;
      List<String> checks =
          new ArrayList<>(
              List.of("" + rows, "" + rows, "" + rows, "True", "True", "True", "True", "True"));
      if (table.equals("raw_events")) {
        checks.addAll(List.of("True", "True True"));
      }
      List<String> printed = result.lines();
      assertThat(printed.subList(printed.size() - checks.size(), printed.size()))
          .as(result.output())
          .isEqualTo(checks);
    }
  }
}
