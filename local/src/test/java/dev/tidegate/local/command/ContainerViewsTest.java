package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.temporal.ChronoUnit.DAYS;
import static java.time.temporal.ChronoUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.bigquery.AnalystView;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.files.JsonLines;
import dev.tidegate.transforms.handlers.EventSources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the views on containers and shipments read from notifications. */
class ContainerViewsTest {
  private static final Instant NOW = Instant.now().truncatedTo(SECONDS);
  private static final Map<String, Object> NO_COLUMNS = Map.of();

  private static final List<String> ODD_VALUES =
      List.of(
          "null",
          "true",
          "[]",
          "{}",
          "[[null]]",
          "{\"a\": {\"b\": [1]}}",
          "\"\"",
          "\"a\\u0000b\"",
          "\"\\ud83d\"",
          "\"infinity\"",
          "\"0000-01-01T00:00:00Z\"",
          "\"99999-01-01T00:00:00Z\"",
          "\"0001-01-01T00:00:00Z\"",
          "\"9999-12-31T23:59:59.999999999Z\"",
          "1e400",
          "-0.0",
          "1e-999",
          "123456789012345678901234567890");

  @TempDir private Path folder;
  private Connection duckdb;
  private SampleArchive archive;
  private int messages;

  @BeforeEach
  void connect() throws SQLException {
    duckdb = DriverManager.getConnection("jdbc:duckdb:");
    archive = new SampleArchive(folder, duckdb);
  }

  @AfterEach
  void disconnect() throws SQLException {
    duckdb.close();
  }

  @Test
  void aMilestoneSaysWhoseItIsWhereAndOnWhat() throws Exception {
    receive("160-b1-vessel-arrived", NO_COLUMNS);
    assertThat(
            archive.rows(
                "SELECT container_number, bill_of_lading, event_type, is_estimate,"
                    + " event_timestamp, timezone, location_locode, location_name, terminal_name,"
                    + " vessel_name, vessel_imo, voyage_number, data_source, invalidated_at,"
                    + " notified_at FROM container_milestones"))
        .containsExactly(
            "FRTU4551909|FJRX7741209|container.transport.vessel_arrived|false|"
                + "2025-09-19T10:20:00Z|America/New_York|USNYC|New York / New Jersey|"
                + "East Bay Marine Terminal|FJORD SKUA|9990031|208W|shipping_line|null|"
                + "2025-09-19T14:05:00Z");
    assertThat(
            archive.rows(
                "SELECT transport_event_id, container_id, shipment_id FROM container_milestones"))
        .containsExactly(
            "3b6f89d1-140c-51da-ae31-18064a4116dc|d0e61909-f8a2-5b07-9e32-e8d315fec779|"
                + "da03ed6f-093e-5a63-8807-b963a14ec4ad");
  }

  @Test
  void inlandPlacesAndEstimatesAreMilestonesToo() throws Exception {
    receive("210-b1-rail-unloaded", NO_COLUMNS);
    receive("200-b1-estimated-inland-arrival", NO_COLUMNS);
    assertThat(
            archive.rows(
                "SELECT event_type, is_estimate, location_name, terminal_name"
                    + " FROM container_milestones ORDER BY 1"))
        .containsExactly(
            "container.transport.estimated.arrived_at_inland_destination|true|null|null",
            "container.transport.rail_unloaded|false|Chicago|Lakeside Intermodal Ramp");
  }

  @Test
  void whatANotificationLeavesOutIsNull() throws Exception {
    receive("230-b1-available-nothing-included", NO_COLUMNS);
    receive("150-a2-estimated-vessel-arrived", NO_COLUMNS);
    // Bodies that JSON does not carry.
    Map<String, String> bytes = Map.of("event_type", "container.transport.full_in", "body", "AP9o");
    archive.received("bytes", NOW, bytes).received("other bytes", NOW, bytes);
    assertThat(
            archive.rows(
                "SELECT transport_event_id, container_number, shipment_id, event_timestamp,"
                    + " location_locode FROM container_milestones ORDER BY event_type"))
        .containsExactly(
            "705052e4-e744-5bfb-adf1-118929e3ab10|null|null|null|null",
            "c0fe0726-c3eb-5231-8219-226abd217908|null|null|2025-10-02T07:00:00Z|USLAX",
            "null|null|null|null|null",
            "null|null|null|null|null");
  }

  @Test
  void theArchivesColumnsStandInForWhatIsLeftOut() throws Exception {
    receive(
        "230-b1-available-nothing-included",
        Map.of(
            "container_id", "c",
            "container_number", "FRTU4551909",
            "shipment_id", "s",
            "bill_of_lading", "b"));
    assertThat(
            archive.rows(
                "SELECT container_id, container_number, shipment_id, bill_of_lading"
                    + " FROM container_milestones"))
        .containsExactly("c|FRTU4551909|s|b");
  }

  @Test
  void theTimeOfANotificationIsNotThatOfItsMilestone() throws Exception {
    ObjectNode body = SampleArchive.demo("160-b1-vessel-arrived").deepCopy();
    for (String timestamp : new String[] {"null", "\"2025-09-19\"", "[\"2025-09-19T10:20:00Z\"]"}) {
      resource(body, "transport_event").set("timestamp", Json.parse(timestamp.getBytes(UTF_8)));
      receive(body, Map.of("tenant_id", timestamp.replaceAll("\\W", "t")));
    }
    resource(body, "transport_event").remove("timestamp");
    receive(body, NO_COLUMNS);
    receive("230-b1-available-nothing-included", NO_COLUMNS);
    assertThat(
            archive.rows("SELECT event_timestamp, notified_at IS NULL FROM container_milestones"))
        .hasSize(5)
        .containsOnly("null|false");
  }

  @Test
  void timesAreReadHoweverTheyAreSpelled() throws Exception {
    for (String time :
        new String[] {"2025-09-19 10:20:00 UTC", "2025-09-19T03:20:00-07:00", "no time"}) {
      ObjectNode body = SampleArchive.demo("160-b1-vessel-arrived").deepCopy();
      resource(body, "transport_event").put("timestamp", time);
      receive(body, Map.of("tenant_id", "t" + time.length()));
    }
    assertThat(archive.rows("SELECT event_timestamp FROM container_milestones ORDER BY 1"))
        .containsExactly("2025-09-19T10:20:00Z", "2025-09-19T10:20:00Z", "null");
  }

  @Test
  void theSendersNewestWordOnATransportEventStands() throws Exception {
    ObjectNode corrected = SampleArchive.demo("160-b1-vessel-arrived").deepCopy();
    data(corrected).put("id", "0");
    attributes(corrected).put("created_at", "2025-09-21T00:00:00Z");
    resource(corrected, "transport_event").put("invalidated_at", "2025-09-20T08:00:00-07:00");
    receive(corrected, NO_COLUMNS);
    // The older one comes later, and twice.
    receive("160-b1-vessel-arrived", Map.of("archived_at", NOW.plusSeconds(60)));
    receive("160-b1-vessel-arrived", Map.of("archived_at", NOW.plusSeconds(90)));
    receive("160-b1-vessel-arrived", Map.of("tenant_id", "other"));
    assertThat(
            archive.rows(
                "SELECT tenant_id, notification_id, invalidated_at FROM container_milestones"
                    + " ORDER BY 1"))
        .containsExactly(
            "acme|0|2025-09-20T15:00:00Z", "other|46a3b712-cb6b-5e1c-83d9-e5b9a4d2e864|null");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9999-12-31T23:59:59Z",
        "2999-01-01T00:00:00Z",
        "99999-01-01T00:00:00Z",
        "infinity",
        "-infinity",
        "epoch",
        "tomorrow",
        "2026-02-30",
        "2030-01-01 (BC) 00:00:00",
        ""
      })
  void aTimeThatCannotBeDoesNotRuleTheViews(String createdAt) throws Exception {
    for (String demo : new String[] {"160-b1-vessel-arrived", "200-b1-estimated-inland-arrival"}) {
      ObjectNode wrong = SampleArchive.demo(demo).deepCopy();
      data(wrong).put("id", "~wrong " + demo);
      attributes(wrong).put("created_at", createdAt);
      resource(wrong, "transport_event").put("voyage_number", "WRONG");
      receive(wrong, NO_COLUMNS);
    }
    assertThat(archive.rows("SELECT DISTINCT voyage_number, notified_at FROM container_milestones"))
        .containsExactly("WRONG|null");
    assertThat(archive.rows("SELECT * FROM shipment_eta_history")).isEmpty();

    receive("160-b1-vessel-arrived", NO_COLUMNS);
    receive("200-b1-estimated-inland-arrival", NO_COLUMNS);
    assertThat(
            archive.rows(
                "SELECT event_type, notified_at IS NULL FROM container_milestones"
                    + " WHERE voyage_number IS DISTINCT FROM 'WRONG' ORDER BY 1"))
        .containsExactly(
            "container.transport.estimated.arrived_at_inland_destination|false",
            "container.transport.vessel_arrived|false");
    assertThat(archive.rows("SELECT change_hours FROM shipment_eta_history"))
        .containsExactly("null");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "33.74056699999999999",
        "1e400",
        "18446744073709551616",
        "1, \"latitude\": 2",
        "\"\\ud83d\"",
        "\"\\u0000\", \"latitude\": \"\\u0000\""
      })
  void aTransportEventIsOneRowHoweverItsBodiesAreKept(String latitude) throws Exception {
    ObjectNode plain = SampleArchive.demo("160-b1-vessel-arrived").deepCopy();
    resource(plain, "vessel").put("latitude", 1);
    String inexact =
        Json.write(plain)
            .replace("\"latitude\":1", "\"latitude\":" + latitude)
            .replace("208W", "209W");
    data(plain).put("id", "0");
    attributes(plain).put("created_at", "2025-09-18T00:00:00Z");
    receive(plain, NO_COLUMNS);
    receiveBody(inexact, NO_COLUMNS);
    assertThat(archive.rows("SELECT payload IS NULL FROM raw_events ORDER BY notification_id"))
        .containsExactly("false", "true");

    // The newer one is kept as bytes, and then the older one.
    String milestones =
        "SELECT voyage_number, container_number, location_locode, location_name, vessel_name,"
            + " event_timestamp, notified_at FROM container_milestones";
    assertThat(archive.rows(milestones))
        .containsExactly(
            "209W|FRTU4551909|USNYC|New York / New Jersey|FJORD SKUA|2025-09-19T10:20:00Z|"
                + "2025-09-19T14:05:00Z");
    data(plain).put("id", "1");
    attributes(plain).put("created_at", "2025-09-20T00:00:00Z");
    receive(plain, NO_COLUMNS);
    assertThat(archive.rows(milestones))
        .containsExactly(
            "208W|FRTU4551909|USNYC|New York / New Jersey|FJORD SKUA|2025-09-19T10:20:00Z|"
                + "2025-09-20T00:00:00Z");
  }

  @Test
  void whatRefersToNoTransportEventStandsForItself() throws Exception {
    for (String reference :
        new String[] {
          "{\"id\": \"\", \"type\": \"transport_event\"}",
          "{\"id\": \"3b6f89d1-140c-51da-ae31-18064a4116dc\", \"type\": \"shipment\"}",
          "null",
          "[]"
        }) {
      for (int copy = 0; copy < 2; copy++) {
        ObjectNode body = SampleArchive.demo("160-b1-vessel-arrived").deepCopy();
        data(body).put("id", reference + copy);
        ((ObjectNode) body.at("/data/relationships/reference_object"))
            .set("data", Json.parse(reference.getBytes(UTF_8)));
        receive(body, NO_COLUMNS);
      }
    }
    // Its notification has the ID of another's transport event.
    ObjectNode named = SampleArchive.demo("160-b1-vessel-arrived").deepCopy();
    data(named).put("id", "3b6f89d1-140c-51da-ae31-18064a4116dc").remove("relationships");
    receive(named, NO_COLUMNS);
    receive("160-b1-vessel-arrived", NO_COLUMNS);
    assertThat(
            archive.rows(
                "SELECT transport_event_id, count(*) FROM container_milestones"
                    + " GROUP BY 1 ORDER BY 1"))
        .containsExactly("3b6f89d1-140c-51da-ae31-18064a4116dc|1", "null|9");
  }

  /** Each attribute of each resource, and each part of the document, is something else. */
  @Test
  void noViewFailsAndNoRowIsLostWhateverStandsInABody() throws Exception {
    int bodies = 0;
    for (String demo :
        new String[] {
          "160-b1-vessel-arrived", "140-a-estimated-arrival-older", "250-a1-container-updated-hold"
        }) {
      JsonNode original = SampleArchive.demo(demo);
      for (String pointer : pointersIn(original, "")) {
        int name = pointer.lastIndexOf('/');
        ObjectNode body = original.deepCopy();
        ((ObjectNode) body.at(pointer.substring(0, name))).put(pointer.substring(name + 1), "HERE");
        for (String value : ODD_VALUES) {
          receiveBody(
              Json.write(body).replace("\"HERE\"", value),
              Map.of("notification_id", pointer + " of " + demo + " is " + value));
          bodies++;
        }
      }
    }
    assertThat(archive.rows("SELECT count(*) FROM raw_events")).containsExactly("" + bodies);
    for (AnalystView view : AnalystView.values()) {
      archive.rows("SELECT * FROM " + view.viewName());
    }
    assertThat(archive.rows("SELECT count(*) FROM events")).containsExactly("" + bodies);
  }

  @Test
  void largeAndDeepBodiesAreRead() throws Exception {
    receiveBody(
        Json.write(SampleArchive.demo("160-b1-vessel-arrived"))
            .replaceFirst("\\{", "{\"large\": \"" + "x".repeat(5 << 20) + "\", "),
        NO_COLUMNS);
    receiveBody(
        Json.write(SampleArchive.demo("160-b1-vessel-arrived"))
            .replaceFirst("\\{", "{\"deep\": " + "[".repeat(1000) + "]".repeat(1000) + ", "),
        Map.of("notification_id", "deep", "event_type", "container.transport.vessel_arrived"));
    String repeated =
        Json.write(SampleArchive.demo("160-b1-vessel-arrived"))
            .replaceFirst("\\{", "{\"a\": 1, \"a\": \"" + "x".repeat(2_900_000) + "\", ");
    receiveBody(repeated, Map.of("tenant_id", "other"));
    for (AnalystView view : AnalystView.values()) {
      archive.rows("SELECT * FROM " + view.viewName());
    }
    assertThat(
            archive.rows(
                "SELECT tenant_id, notification_id, container_number FROM container_milestones"
                    + " ORDER BY ALL"))
        .containsExactly(
            "acme|46a3b712-cb6b-5e1c-83d9-e5b9a4d2e864|FRTU4551909",
            "acme|deep|null",
            "other|46a3b712-cb6b-5e1c-83d9-e5b9a4d2e864|FRTU4551909");
  }

  @Test
  void otherEventsAndThoseOfLongAgoAreLeftOut() throws Exception {
    receive("250-a1-container-updated-hold", NO_COLUMNS);
    receive("370-unknown-type", NO_COLUMNS);
    receive("160-b1-vessel-arrived", Map.of("source", "application"));
    receive("160-b1-vessel-arrived", Map.of("received_at", NOW.minus(401, DAYS)));
    receive("140-a-estimated-arrival-older", Map.of("received_at", NOW.minus(401, DAYS)));
    assertThat(archive.rows("SELECT * FROM container_milestones")).isEmpty();
    assertThat(archive.rows("SELECT * FROM shipment_eta_history")).isEmpty();
  }

  @Test
  void whatChangedOfAContainerIsARowForEachField() throws Exception {
    receive("250-a1-container-updated-hold", NO_COLUMNS);
    receive("260-a1-container-updated-released", NO_COLUMNS);
    receive("260-a1-container-updated-released", NO_COLUMNS);
    receive("270-a1-container-updated-released-other-body", NO_COLUMNS);
    receive("170-b1-pod-terminal-changed", NO_COLUMNS);
    String hold = "[{\"name\":\"customs\",\"status\":\"hold\",\"description\":\"EXAM REQUESTED\"}]";
    String released = "NBLU2048175|%s|2025-10-04T15:29:50Z|terminal|2025-10-04T15:30:00Z";
    assertThat(
            archive.rows(
                "SELECT container_number, field, before, after, changed_at, data_source,"
                    + " notified_at FROM container_changes ORDER BY changed_at, field"))
        .containsExactly(
            "FRTU4551909|pod_terminal|null|9013cdde-02b4-589d-9def-895158d7c5be|"
                + "2025-09-19T14:59:40Z|shipping_line|2025-09-19T15:00:00Z",
            "NBLU2048175|holds_at_pod_terminal|[]|"
                + hold
                + "|2025-10-03T07:59:50Z|terminal|2025-10-03T08:00:00Z",
            released.formatted("available_for_pickup|false|true"),
            released.formatted("holds_at_pod_terminal|" + hold + "|[]"),
            released.formatted("pickup_lfd|null|2025-10-08T07:00:00Z"));
  }

  @Test
  void aChangeThatIsNoPairIsKeptWholeAndAnOldNameIsTodays() throws Exception {
    ObjectNode body = SampleArchive.demo("250-a1-container-updated-hold").deepCopy();
    ObjectNode change = resource(body, "container_updated_event");
    change.set(
        "changeset",
        Json.parse(
            "{\"a\": [1], \"b\": {\"x\": 1}, \"pod_terminal_holds\": [null, []]}".getBytes(UTF_8)));
    change.putNull("timestamp");
    receive(body, NO_COLUMNS);
    assertThat(
            archive.rows(
                "SELECT field, before, after, changed_at FROM container_changes ORDER BY field"))
        .containsExactly(
            "a|null|[1]|null", "b|null|{\"x\":1}|null", "holds_at_pod_terminal|null|[]|null");
  }

  @Test
  void arrivalsMoveInTheSendersOrder() throws Exception {
    receive("130-a-estimated-arrival-newer", NO_COLUMNS);
    receive("140-a-estimated-arrival-older", NO_COLUMNS);
    receive("130-a-estimated-arrival-newer", Map.of("tenant_id", "other"));
    assertThat(
            archive.rows(
                "SELECT tenant_id, bill_of_lading, location_locode, notified_at,"
                    + " estimated_arrival_at, previous_estimated_arrival_at, change_hours"
                    + " FROM shipment_eta_history ORDER BY tenant_id, notified_at"))
        .containsExactly(
            "acme|NBLX25080311|USLAX|2025-09-15T12:00:00Z|2025-10-01T07:00:00Z|null|null",
            "acme|NBLX25080311|USLAX|2025-09-20T12:00:00Z|2025-10-02T07:00:00Z|"
                + "2025-10-01T07:00:00Z|24.0",
            "other|NBLX25080311|USLAX|2025-09-20T12:00:00Z|2025-10-02T07:00:00Z|null|null");
  }

  @Test
  void arrivalsOfContainersAreComparedWithTheirOwn() throws Exception {
    receive("200-b1-estimated-inland-arrival", NO_COLUMNS);
    ObjectNode later = SampleArchive.demo("200-b1-estimated-inland-arrival").deepCopy();
    data(later).put("id", "n2");
    attributes(later).put("created_at", "2025-09-23T00:00:00Z");
    resource(later, "transport_event").put("timestamp", "2025-09-26T05:00:00Z");
    receive(later, NO_COLUMNS);
    ObjectNode ofAnother = later.deepCopy();
    data(ofAnother).put("id", "n3");
    attributes(ofAnother).put("created_at", "2025-09-24T00:00:00Z");
    receive(ofAnother, Map.of("container_id", "another"));
    // It does not say whose it is.
    receive("150-a2-estimated-vessel-arrived", NO_COLUMNS);
    assertThat(
            archive.rows(
                "SELECT container_id, shipment_id, change_hours FROM shipment_eta_history"
                    + " ORDER BY notified_at"))
        .containsExactly(
            "d0e61909-f8a2-5b07-9e32-e8d315fec779|da03ed6f-093e-5a63-8807-b963a14ec4ad|null",
            "d0e61909-f8a2-5b07-9e32-e8d315fec779|da03ed6f-093e-5a63-8807-b963a14ec4ad|-12.0",
            "another|da03ed6f-093e-5a63-8807-b963a14ec4ad|null");
  }

  @Test
  void anotherBodyOfAnEstimateReplacesTheFirst() throws Exception {
    receive("140-a-estimated-arrival-older", NO_COLUMNS);
    ObjectNode other = SampleArchive.demo("140-a-estimated-arrival-older").deepCopy();
    attributes(other).put("created_at", "2025-09-15T12:00:01Z");
    resource(other, "estimated_event").put("estimated_timestamp", "2025-10-03T07:00:00Z");
    receive(other, NO_COLUMNS);
    assertThat(archive.rows("SELECT estimated_arrival_at, change_hours FROM shipment_eta_history"))
        .containsExactly("2025-10-03T07:00:00Z|null");
  }

  private void receive(String demo, Map<String, ?> columns) throws IOException {
    receive(SampleArchive.demo(demo), columns);
  }

  private void receive(JsonNode body, Map<String, ?> columns) throws IOException {
    receiveBody(Json.write(body), columns);
  }

  /** The row that the pipeline writes, with {@code columns} set over it. */
  private void receiveBody(String body, Map<String, ?> columns) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    NotificationIdentity identity = EventSources.installed().named("terminal49").identify(bytes);
    RawEvent event =
        RawEvent.builder()
            .tenantId("acme")
            .source("terminal49")
            .notificationId(identity.notificationId())
            .eventType(identity.eventType())
            .messageId("m" + ++messages)
            .publishTime(NOW)
            .attributes(Map.of())
            .body(bytes)
            .build();
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    new JsonLines(line).write(ArchiveTable.rawEvents(EventSources.installed()), event);
    Map<String, Object> row = new HashMap<>();
    Json.parseRow(line.toByteArray())
        .fields()
        .forEachRemaining(column -> row.put(column.getKey(), column.getValue()));
    row.putAll(columns);
    archive.received(event.identity(), NOW, row);
  }

  private static List<String> pointersIn(JsonNode node, String pointer) {
    List<String> pointers = new ArrayList<>();
    node.fields()
        .forEachRemaining(
            field -> {
              pointers.add(pointer + "/" + field.getKey());
              pointers.addAll(pointersIn(field.getValue(), pointer + "/" + field.getKey()));
            });
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      pointers.addAll(pointersIn(node.get(i), pointer + "/" + i));
    }
    return pointers;
  }

  private static ObjectNode data(JsonNode body) {
    return (ObjectNode) body.get("data");
  }

  private static ObjectNode attributes(JsonNode body) {
    return (ObjectNode) body.at("/data/attributes");
  }

  /** The attributes of the included resource of that type. */
  private static ObjectNode resource(JsonNode body, String type) {
    for (JsonNode resource : body.get("included")) {
      if (resource.get("type").textValue().equals(type)) {
        return (ObjectNode) resource.get("attributes");
      }
    }
    throw new IllegalArgumentException("no " + type);
  }
}
