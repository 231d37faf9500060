package dev.tidegate.transforms.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.files.JsonLines;
import dev.tidegate.transforms.handlers.EventSources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The archive's lines against the BigQuery tables they are loaded into. */
class ArchiveColumnsTest {
  private static final Instant TIME = Instant.parse("2026-03-01T10:15:30.123456789Z");

  /** Names all that has a column. */
  private static final String NOTIFICATION =
      """
      {"data": {"id": "n-1", "type": "webhook_notification",
        "attributes": {"created_at": "2026-03-01T09:00:00Z"},
        "relationships": {"reference_object": {"data": {"id": "r-1", "type": "tracking_request"}}}},
       "included": [
        {"id": "r-1", "type": "tracking_request",
         "attributes": {"request_number": "NBLX1", "weight": 1.50,
           "invalidated_at": "2026-03-01T09:30:00Z"},
         "relationships": {"tracked_object": {"data": {"id": "s-1", "type": "shipment"}}}},
        {"id": "s-1", "type": "shipment", "attributes": {"bill_of_lading_number": "NBLX1"}},
        {"id": "c-1", "type": "container", "attributes": {"number": "NBLU2048175"}}]}
      """;

  private static RawEvent.Builder minimal(String body) {
    return RawEvent.builder()
        .tenantId("acme")
        .source("terminal49")
        .messageId("42")
        .publishTime(TIME)
        .attributes(Map.of())
        .body(body.getBytes(UTF_8));
  }

  private static RawEvent full(String body) {
    Map<String, String> attributes =
        Arrays.stream(EventAttributes.values())
            // The event of a sender, whose source reads it.
            .filter(name -> name != EventAttributes.CAUSATION_ID)
            .collect(Collectors.toMap(EventAttributes::attribute, name -> "value \"\n\0 ü"));
    attributes.put("signature_valid", "true");
    attributes.put("received_at", "2026-02-28T23:59:59Z");
    return minimal(body)
        .notificationId("n-1")
        .eventType("tracking_request.succeeded")
        .attributes(attributes)
        .build();
  }

  private static DeadLetter.Builder letterOf(RawEvent event) {
    return DeadLetter.builder()
        .event(event)
        .stage("Validate")
        .errorClass(ErrorClass.INVALID)
        .errorMessage("wrong")
        .failedAt(TIME);
  }

  /** Name and definition of each column of the BigQuery table. */
  private static Map<String, JsonNode> columnsOf(String table) throws IOException {
    try (InputStream in =
        Json.class.getResourceAsStream("/dev/tidegate/schemas/bigquery/" + table + ".json")) {
      Map<String, JsonNode> columns = new LinkedHashMap<>();
      Json.mapper().readTree(in).forEach(field -> columns.put(field.path("name").asText(), field));
      return columns;
    }
  }

  private static boolean fits(String type, JsonNode value) {
    return switch (type) {
      case "STRING" -> value.isTextual();
      case "INTEGER" -> value.isIntegralNumber();
      case "FLOAT" -> value.isNumber();
      case "BOOLEAN" -> value.isBoolean();
      case "JSON" -> value.isContainerNode();
      case "BYTES" -> value.isTextual() && value.asText().matches("[A-Za-z0-9+/]*={0,2}");
      case "TIMESTAMP" ->
          value.asText().matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?Z");
      default -> false;
    };
  }

  private static <T> byte[] lineOf(ArchiveTable<T> table, T value) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    new JsonLines(line).write(table, value);
    return line.toByteArray();
  }

  /** The line's columns, after each was held against its definition. */
  private static <T> Map<String, JsonNode> columnsOf(ArchiveTable<T> table, T value)
      throws IOException {
    byte[] line = lineOf(table, value);
    assertThat(new String(line, UTF_8)).endsWith("}\n").containsOnlyOnce("\n").doesNotContain("\r");
    Map<String, JsonNode> definitions = columnsOf(table.name());
    Map<String, JsonNode> columns = new TreeMap<>();
    Json.parse(line)
        .fields()
        .forEachRemaining(field -> columns.put(field.getKey(), field.getValue()));
    assertThat(definitions.keySet()).containsAll(columns.keySet());
    columns.forEach(
        (name, column) ->
            assertThat(fits(definitions.get(name).path("type").asText(), column))
                .as("%s: %s", name, column)
                .isTrue());
    definitions.forEach(
        (name, definition) -> {
          if (definition.path("mode").asText().equals("REQUIRED")) {
            assertThat(columns).containsKey(name);
          }
        });
    return columns;
  }

  /** BigQuery takes 1,500 load jobs a day for a table; four steps write the outcomes. */
  @Test
  void whatCanWaitIsLoadedSeldom() {
    Archive eachMinute = new Archive.BigQuery("p", "d", Duration.ofMinutes(1));
    Archive eachHour = new Archive.BigQuery("p", "d", Duration.ofHours(1));
    Archive streamed = new Archive.BigQuery("p", "d", null);
    Archive files = new Archive.Files("folder");
    assertThat(eachMinute.unhurried())
        .isEqualTo(new Archive.BigQuery("p", "d", Duration.ofMinutes(15)));
    assertThat(List.of(eachHour.unhurried(), streamed.unhurried(), files.unhurried()))
        .containsExactly(eachHour, streamed, files);
  }

  @Test
  void fullEventFillsEveryColumnOfRawEvents() throws IOException {
    Map<String, JsonNode> columns =
        columnsOf(ArchiveTable.rawEvents(EventSources.installed()), full(NOTIFICATION));
    assertThat(columnsOf("raw_events").keySet())
        .filteredOn(name -> !columns.containsKey(name))
        .containsExactly("body", "approximate_payload");
    assertThat(columns.get("payload").toString())
        .contains("\"weight\":1.50")
        .isEqualTo(NOTIFICATION.replaceAll("\\s", ""));
    assertThat(columns.get("payload_bytes").asInt()).isEqualTo(NOTIFICATION.length());
    assertThat(columns.get("publish_time").asText()).isEqualTo("2026-03-01T10:15:30.123456Z");
    assertThat(columns.get("received_at").asText()).isEqualTo("2026-02-28T23:59:59Z");
    assertThat(columns.get("attributes")).hasSize(EventAttributes.values().length - 1);
    assertThat(columns.get("subject").asText()).isEqualTo("value \"\n\0 ü");
    assertThat(columns.get("event_category").asText()).isEqualTo("tracking_request");
    assertThat(columns.get("event_timestamp").asText()).isEqualTo("2026-03-01T09:00:00Z");
    assertThat(columns.get("as_of").asText()).isEqualTo("2026-03-01T09:00:00Z");
    assertThat(columns.get("invalidated_at").asText()).isEqualTo("2026-03-01T09:30:00Z");
    assertThat(columns.get("shipment_id").asText()).isEqualTo("s-1");
    assertThat(columns.get("container_id").asText()).isEqualTo("c-1");
    assertThat(columns.get("tracking_request_id").asText()).isEqualTo("r-1");
    assertThat(columns.get("bill_of_lading").asText()).isEqualTo("NBLX1");
    assertThat(columns.get("container_number").asText()).isEqualTo("NBLU2048175");
  }

  /** Of one that failed for good; the time in the sink is of those that did not. */
  @Test
  void outcomesTogetherFillEveryColumnOfEventOutcomes() throws IOException {
    RawEvent event = full("{}");
    Map<String, JsonNode> columns =
        columnsOf(ArchiveTable.EVENT_OUTCOMES, EventOutcome.failed(letterOf(event).build()));
    assertThat(columnsOf("event_outcomes").keySet())
        .filteredOn(name -> !columns.containsKey(name))
        .containsExactly("processing_duration_ms");
    assertThat(columns.get("fingerprint").asText())
        .isEqualTo(letterOf(event).build().fingerprint());

    Map<String, JsonNode> applied =
        columnsOf(
            ArchiveTable.EVENT_OUTCOMES,
            EventOutcome.committed(event, EventOutcome.Status.APPLIED, TIME, TIME.plusMillis(25)));
    assertThat(applied.get("status").asText()).isEqualTo("APPLIED");
    assertThat(applied.get("processing_duration_ms").asDouble()).isEqualTo(25.0);
    assertThat(applied.get("latency_ms").asDouble()).isEqualTo(25.0);
    assertThat(applied.get("payload_sha256").asText()).isEqualTo(event.bodySha256());
    assertThat(applied).doesNotContainKeys("stage", "error_class", "fingerprint");
  }

  @Test
  void minimalEventLeavesOnlyNullableColumnsOut() throws IOException {
    Map<String, JsonNode> columns =
        columnsOf(ArchiveTable.rawEvents(EventSources.installed()), minimal("").build());
    assertThat(columns.get("notification_id").asText()).isEqualTo("pubsub-message:42");
    assertThat(columns.get("body").asText()).isEmpty();
    assertThat(columns.get("payload_bytes").asInt()).isZero();
    assertThat(columns).doesNotContainKeys("payload", "event_type", "signature_valid");
  }

  @Test
  void fullLetterFillsEveryColumnOfDeadLetters() throws IOException {
    DeadLetter letter = letterOf(full("[]")).stackTrace("frames\n  at x").build();
    Map<String, JsonNode> columns = columnsOf(ArchiveTable.DEAD_LETTERS, letter);
    assertThat(columnsOf("dead_letters").keySet())
        .filteredOn(name -> !columns.containsKey(name))
        .containsExactly("body");
    assertThat(columns.get("fingerprint").asText()).isEqualTo(letter.fingerprint());
  }

  @Test
  void minimalLetterLeavesOnlyNullableColumnsOut() throws IOException {
    Map<String, JsonNode> columns =
        columnsOf(ArchiveTable.DEAD_LETTERS, letterOf(minimal("no json").build()).build());
    assertThat(columns.get("body").binaryValue()).isEqualTo("no json".getBytes(UTF_8));
    assertThat(columns).doesNotContainKeys("payload", "stack_trace", "request_id");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "{\"a\":1,\"a\":2}", "[1e400]", "{", "\uFEFF{}", "\u0000"})
  void bodyThatJsonCannotCarryIsKeptByteForByte(String body) throws IOException {
    Map<String, JsonNode> columns =
        columnsOf(ArchiveTable.rawEvents(EventSources.installed()), full(body));
    assertThat(columns).doesNotContainKey("payload");
    assertThat(columns.get("body").binaryValue()).isEqualTo(body.getBytes(UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{\"a\":1,\"a\":{\"b\":2}}; {\"a\":{\"b\":2}}",
        "{\"a\":\"x\\u0000\",\"a\":\"\\u0000\"}; {\"a\":\"\uFFFD\"}",
        "{\"\\ud83d\":\"\\ude00\\ud83d\"}; {\"\uFFFD\":\"\uFFFD\uFFFD\"}",
        "[33.74056699999999999,1e400,-1e400,1e-400]; [33.740567,null,null,0.0]",
        "[18446744073709551616,9223372036854775807,1.50]; [1.8446744073709552E+19,9223372036854775807,1.5]",
        "[1,{},[],true,null,\"\\ud83d\"]; [1,{},[],true,null,\"\uFFFD\"]",
        "\uFEFF{\"a\":1}; {\"a\":1}"
      })
  void whatJsonCannotCarryIsApproximated(String body, String approximation) throws IOException {
    Map<String, JsonNode> columns =
        columnsOf(ArchiveTable.rawEvents(EventSources.installed()), full(body));
    assertThat(columns).doesNotContainKey("payload");
    assertThat(columns.get("approximate_payload")).hasToString(approximation);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "1e400", "\"\\ud83d\"", "{", "{\"a\":1,}"})
  void whatIsNoJsonObjectOrArrayHasNoApproximation(String body) throws IOException {
    assertThat(columnsOf(ArchiveTable.rawEvents(EventSources.installed()), full(body)))
        .doesNotContainKey("approximate_payload");
  }

  @Test
  void aRowHoldsABodyTwiceOnlyWhileItStaysSmallEnough() throws IOException {
    String large = "{\"a\":1,\"a\":\"" + "x".repeat(3_000_000) + "\"}";
    String small = "{\"a\":1,\"a\":\"" + "x".repeat(2_999_000) + "\"}";
    assertThat(columnsOf(ArchiveTable.rawEvents(EventSources.installed()), full(large)))
        .containsKey("body")
        .doesNotContainKey("approximate_payload");
    assertThat(columnsOf(ArchiveTable.rawEvents(EventSources.installed()), full(small)))
        .containsKey("approximate_payload");
    assertThat(lineOf(ArchiveTable.rawEvents(EventSources.installed()), full(small)).length)
        .isLessThan(9_000_000);
  }

  /** Texts that a body or an attribute can hold, and no encoding can. */
  @Test
  void halvesOfSurrogatePairsDoNotKeepTheArchiveFromTakingAnEvent() throws IOException {
    String body = NOTIFICATION.replace("NBLU2048175", "NBLU\\ud83d").replace("s-1", "s-\\ude00");
    RawEvent event =
        minimal(body)
            .notificationId("n-\uD83D")
            .eventType("tracking_request.\uDE00")
            .attributes(Map.of("subject", "\uD83Dx", "key \uDE00", "value \uD83D"))
            .build();
    Map<String, JsonNode> columns =
        columnsOf(ArchiveTable.rawEvents(EventSources.installed()), event);
    assertThat(columns.get("container_number").asText()).isEqualTo("NBLU\uFFFD");
    assertThat(columns.get("shipment_id").asText()).isEqualTo("s-\uFFFD");
    assertThat(columns.get("subject").asText()).isEqualTo("\uFFFDx");
    assertThat(columns.get("attributes").path("key \uFFFD").asText()).isEqualTo("value \uFFFD");
  }

  @Test
  void attributesWhoseMendedNamesAreTheSameAreOne() throws IOException {
    RawEvent event =
        minimal("{}").attributes(Map.of("\uD83D", "1", "\uDE00", "2", "nul\0", "\0")).build();
    JsonNode attributes =
        columnsOf(ArchiveTable.rawEvents(EventSources.installed()), event).get("attributes");
    assertThat(attributes).hasSize(2);
    assertThat(attributes.path("nul\0").asText()).isEqualTo("\0");
  }

  @Test
  void eventsArePartitionedByReceiptAndLettersByFailure() {
    assertThat(ArchiveTable.rawEvents(EventSources.installed()).timeOf(full("{}")))
        .isEqualTo("2026-02-28T23:59:59Z");
    assertThat(ArchiveTable.rawEvents(EventSources.installed()).dateColumn())
        .isEqualTo("received_date");
    assertThat(ArchiveTable.DEAD_LETTERS.timeOf(letterOf(full("{}")).build()))
        .isEqualTo("2026-03-01T10:15:30.123456Z");
    assertThat(ArchiveTable.DEAD_LETTERS.dateColumn()).isEqualTo("failed_date");
    assertThat(ArchiveTable.EVENT_OUTCOMES.dateColumn()).isEqualTo("processed_date");
  }
}
