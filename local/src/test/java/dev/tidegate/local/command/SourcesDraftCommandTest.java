package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A draft is written, checked, tried over samples and history, and compared with what comes. */
class SourcesDraftCommandTest {
  private static final Instant RECEIVED = Instant.parse("2026-11-28T10:00:00Z");

  @TempDir private Path folder;
  private Path samples;
  private Path data;
  private Path file;

  @BeforeEach
  void samples() throws IOException {
    samples = folder.resolve("events.ndjson");
    data = folder.resolve("data");
    file = folder.resolve("pay.yaml");
    try (var events = SourcesDraftCommandTest.class.getResourceAsStream("stripe-events.ndjson")) {
      Files.copy(events, samples);
    }
  }

  /** An archive of the samples: each was received a second after the one before it. */
  private SampleArchive archive() throws IOException {
    SampleArchive archive = new SampleArchive(data.resolve("archive"), null);
    int number = 0;
    for (String line : Files.readAllLines(samples)) {
      JsonNode event = Json.parse(line.getBytes(StandardCharsets.UTF_8));
      received(archive, "pay", RECEIVED.plusSeconds(number++), event);
    }
    return archive;
  }

  private static void received(SampleArchive archive, String source, Instant time, JsonNode event)
      throws IOException {
    String id = event.path("id").asText();
    archive.received(
        id,
        time,
        Map.of(
            "source",
            source,
            "event_type",
            event.path("type").asText(),
            "payload",
            event,
            "payload_sha256",
            "%064x".formatted(id.hashCode() & 0xFFFFFFFFL)));
  }

  private CommandRun draft(String... arguments) {
    return run("draft --source pay", arguments);
  }

  private static CommandRun run(String command, String... arguments) {
    List<String> words = new java.util.ArrayList<>(List.of("sources"));
    words.addAll(List.of(command.split(" ")));
    words.addAll(List.of(arguments));
    return CommandRun.of(words.toArray(String[]::new));
  }

  @Test
  void aDraftOfSamplesIsCheckedAndTakesThem() throws IOException {
    CommandRun drafted = draft(samples.toString(), "--output", file.toString());
    assertThat(drafted.exitCode()).as(drafted.err()).isZero();
    assertThat(drafted.out()).isEmpty();
    assertThat(drafted.err()).contains("is drafted from 41 events");
    assertThat(draft(samples.toString()).out()).isEqualTo(Files.readString(file));
    assertThat(Files.readString(file))
        .contains("id: body:/id  # guessed: in 41 of 41 events, 41 different")
        .contains("time: { from: body:/created, as: unix-seconds }")
        .contains("hosted_invoice_url:  # in 8 of 13 events, together")
        .contains("customer.updated: { as: customer.created }  # 3 events");

    assertThat(run("check", file.toString()).out()).isEqualTo("pay: 6 tables, 12 event types\n");
    CommandRun tried = run("try", file.toString(), "--with", samples.toString());
    assertThat(tried.exitCode()).isZero();
    assertThat(tried.out())
        .contains("pay_subscription_items [sub_01, si_011]")
        .endsWith("41 events: 70 rows, 0 without rows declared for their type, 0 would fail\n");
    CommandRun drift = run("drift", file.toString(), "--with", samples.toString());
    assertThat(drift.err()).startsWith("41 events: 0 fields that the file does not know");
  }

  @Test
  void aFileThatIsThereIsNotWrittenOver() throws IOException {
    Files.writeString(file, "mine");
    CommandRun refused = draft(samples.toString(), "--output", file.toString());
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("--force").hasLineCount(1);
    assertThat(Files.readString(file)).isEqualTo("mine");
    assertThat(draft(samples.toString(), "--output", file.toString(), "--force").exitCode())
        .isZero();
    assertThat(Files.readString(file)).startsWith("# A draft of the source pay");
  }

  @Test
  void theArchivesUnhandledEventsAreDrafted() throws IOException {
    SampleArchive archive = archive();
    received(archive, "other", RECEIVED, Json.parse("{\"id\":\"x\",\"type\":\"y\"}".getBytes()));
    CommandRun all = draft("--from", "archive", "--data", data.toString());
    assertThat(all.exitCode()).as(all.err()).isZero();
    // The archive tells the message's own ID and type, too; the body's count.
    assertThat(all.out()).isEqualTo(draft(samples.toString()).out());

    for (String type : List.of("customer.created", "customer.updated", "customer.deleted")) {
      archive.ended("evt", "APPLIED", RECEIVED, Map.of("source", "pay", "event_type", type));
    }
    CommandRun unhandled = draft("--data", data.toString());
    assertThat(unhandled.out()).contains("from 31 events").doesNotContain("pay_customers");
    assertThat(draft("--all", "--data", data.toString()).out()).isEqualTo(all.out());
    assertThat(draft("--all", "--since", "2026-11-28T10:00:30Z", "--data", data.toString()).out())
        .contains("from 11 events");
    assertThat(draft("--tenant", "nobody", "--data", data.toString()).err())
        .contains("There is no event to draft from. With --all");
  }

  @Test
  void samplesWithoutATypeAreGivenOne() throws IOException {
    Path orders = Files.writeString(folder.resolve("a.json"), "{\"id\":1,\"total\":\"2.50\"}");
    for (String type : List.of("", " --type orders/create")) {
      CommandRun drafted = run("draft --source shop" + type, orders.toString());
      Files.writeString(file, drafted.out());
      CommandRun tried = run("try", file.toString(), "--with", orders.toString());
      assertThat(tried.out()).contains("1 events: 1 rows, 0 without", "0 would fail");
    }
    assertThat(Files.readString(file)).contains("shop_orders:", "orders/create:");
  }

  @Test
  void withoutAnEventThereIsNoDraft() throws IOException {
    Path bad =
        Files.writeString(folder.resolve("bad.ndjson"), "[]\n" + "[".repeat(1_000) + "\nno\n");
    CommandRun run = draft(bad.toString(), "--output", file.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("no event to draft from: 3 are no JSON objects");
    assertThat(file).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "draft --source Pay x.json",
        "draft --source terminal49 x.json",
        "draft --source pay --all x.json",
        "draft --source pay --type t",
        "draft x.json",
        "try",
        "try stripe --with x.json --since 2026-01-01",
        "try stripe --type x",
        "drift stripe --since soon",
      })
  void mistakesInUsageAreSaid(String arguments) {
    CommandRun run = run(arguments, "--data", folder.toString());
    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).startsWith("tidegate: ");
  }

  @Test
  void theHistoryIsTriedAndItsFailuresAreGrouped() throws IOException {
    Files.writeString(file, draft(samples.toString()).out());
    SampleArchive archive = archive();
    for (int i = 0; i < 3; i++) {
      for (String body :
          List.of(
              "{'id':'bad%d','type':'customer.created','created':'soon'}",
              "{'id':'none%d','type':'customer.created','created':179500%d}",
              "{'id':'seen%d','type':'customer.seen','created':1795000000}")) {
        String json = body.replace('\'', '"').formatted(i, i);
        received(archive, "pay", RECEIVED.plusSeconds(60 + i), Json.parse(json.getBytes()));
      }
    }
    CommandRun run = run("try", file.toString(), "--from", "archive", "--data", data.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .startsWith("Rows\n      10  pay_customers\n      13  pay_invoice_lines\n")
        .contains(
            "Would fail\n" + "       3  INVALID: : required api_version; : required data;",
            "for example none0\n",
            "       3  UNDECODABLE: body:/created must be seconds since 1970, within years 1 to"
                + " 9999, for example bad0\n",
            "No rows are declared for the type\n       3  customer.seen, for example seen0\n",
            "41 of 50 events would succeed\n")
        .doesNotContain("event 1 ");
    CommandRun some =
        run(
            "try",
            file.toString(),
            "--since",
            "2026-11-28T10:01:00Z",
            "--show-rows",
            "--data",
            data.toString());
    assertThat(some.out()).contains("event 1  ", "0 of 9 events would succeed");
    assertThat(run("try", file.toString(), "--tenant", "x", "--data", data.toString()).out())
        .contains("0 of 0 events would succeed");
  }

  @Test
  void valuesThatAreLeftOutAreGrouped() throws IOException {
    Files.writeString(
        file,
        draft(samples.toString())
            .out()
            .replace("name: { type: string }", "name: {}")
            .replace("name: text", "name: bigint"));
    archive();
    CommandRun run = run("try", file.toString(), "--data", data.toString());
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains(
            "Left out: the value is, the event is not\n"
                + "      10  pay_customers.name must be a number (payload.data.object.name), for"
                + " example evt_001\n");
  }

  @Test
  void fieldsThatTheFileDoesNotKnowAreTold() throws IOException {
    Files.writeString(file, draft(samples.toString()).out());
    SampleArchive archive = archive();
    List<String> lines = Files.readAllLines(samples);
    for (int i = 0; i < 3; i++) {
      String changed =
          lines
              .get(i)
              .replace("\"email\"", "\"phone\":\"555-%d\",\"email\"".formatted(i))
              .replace("\"livemode\"", "\"region\":{\"a\":1},\"livemode\"")
              .replace("evt_0", "evt_9");
      received(
          archive,
          "pay",
          RECEIVED.plusSeconds(100),
          Json.parse(changed.getBytes(StandardCharsets.UTF_8)));
    }
    CommandRun run =
        run("drift -o ndjson", file.toString(), "--from", "archive", "--data", data.toString());
    assertThat(run.err()).startsWith("44 events: 2 fields that the file does not know");
    assertThat(run.out().lines())
        .containsExactly(
            "{\"field\":\"/data/object/phone\",\"events\":3,\"inExtra\":true,"
                + "\"eventTypes\":[\"customer.created\"],\"firstAt\":\"2026-11-18T11:08:57Z\","
                + "\"lastAt\":\"2026-11-18T11:13:31Z\",\"valueType\":\"string\","
                + "\"eventId\":\"evt_901\"}",
            "{\"field\":\"/region\",\"events\":3,\"inExtra\":false,"
                + "\"eventTypes\":[\"customer.created\"],\"firstAt\":\"2026-11-18T11:08:57Z\","
                + "\"lastAt\":\"2026-11-18T11:13:31Z\",\"valueType\":\"object\","
                + "\"eventId\":\"evt_901\"}");
    assertThat(run.out()).doesNotContain("555");
    assertThat(
            run("drift -o ndjson --show-values", file.toString(), "--data", data.toString()).out())
        .contains("\"value\":\"\\\"555-0\\\"\"");
  }
}
