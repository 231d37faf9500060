package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tidegate.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What applications read of Terminal49's tables through the views. */
class ViewsIT {
  static final TestDatabase DATABASE = TestDatabase.create();

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TRANSPORT = "container.transport.";
  private static final String MONDAY = "2026-03-02T08:00:00Z";
  private static final String TUESDAY = "2026-03-03T08:00:00Z";
  private static final String WEDNESDAY = "2026-03-04T08:00:00Z";

  /** The views that belong to tenants. */
  private static final List<String> VIEWS =
      List.of(
          "active_shipments_summary",
          "container_deadlines",
          "container_timeline",
          "containers_current",
          "containers_with_latest_event",
          "unlinked_containers",
          "webhook_deliveries",
          "webhook_processing_stats");

  private static Connection connection;

  /** A tenant of each test's own. */
  private TenantRows rows;

  @BeforeAll
  static void connect() throws SQLException {
    connection = DATABASE.connect();
    execute("SET TIME ZONE 'UTC'");
  }

  @AfterAll
  static void disconnect() throws SQLException {
    connection.close();
  }

  @BeforeEach
  void beAnotherTenant() {
    rows = TenantRows.ofNewTenant(connection);
  }

  @Nested
  class StateMachine {
    @Test
    void knowsExactlyTheTypesThatAreHandled() throws SQLException {
      assertThat(column("SELECT event_type FROM container_milestones"))
          .containsExactlyInAnyOrderElementsOf(TransportHandler.EVENT_TYPES);
    }

    @Test
    void everyTypeHasAPlaceOfItsOwnInTheJourney() throws SQLException {
      assertThat(column("SELECT milestone_order FROM container_milestones"))
          .doesNotHaveDuplicates()
          .hasSize(TransportHandler.EVENT_TYPES.size());
    }

    @Test
    void estimatesAndNothingElseTellNoStatus() throws SQLException {
      List<String> estimates =
          TransportHandler.EVENT_TYPES.stream()
              .filter(type -> type.startsWith(TRANSPORT + "estimated."))
              .toList();

      assertThat(column("SELECT event_type FROM container_milestones WHERE is_estimate"))
          .containsExactlyInAnyOrderElementsOf(estimates);
      assertThat(column("SELECT event_type FROM container_milestones WHERE status IS NULL"))
          .containsExactlyInAnyOrderElementsOf(estimates);
      assertThat(column("SELECT event_type FROM container_milestones WHERE inland_status IS NULL"))
          .containsExactlyInAnyOrderElementsOf(estimates);
    }

    @ParameterizedTest
    @CsvSource({
      "empty_out, new, new",
      "full_in, new, new",
      "vessel_loaded, on_ship, on_ship",
      "vessel_departed, on_ship, on_ship",
      "transshipment_arrived, on_ship, on_ship",
      "transshipment_discharged, on_ship, on_ship",
      "transshipment_loaded, on_ship, on_ship",
      "transshipment_departed, on_ship, on_ship",
      "feeder_arrived, on_ship, on_ship",
      "feeder_discharged, on_ship, on_ship",
      "feeder_loaded, on_ship, on_ship",
      "feeder_departed, on_ship, on_ship",
      "vessel_arrived, on_ship, on_ship",
      "vessel_berthed, on_ship, on_ship",
      "vessel_discharged, grounded, awaiting_inland_transfer",
      "rail_loaded, on_rail, on_rail",
      "rail_departed, on_rail, on_rail",
      "rail_arrived, on_rail, on_rail",
      "rail_unloaded, grounded, grounded",
      "arrived_at_inland_destination, grounded, grounded",
      "available, available, available",
      "not_available, not_available, not_available",
      "full_out, picked_up, picked_up",
      "delivered, delivered, delivered",
      "empty_in, empty_returned, empty_returned"
    })
    void aMilestoneTellsAStatus(String milestone, String status, String inlandStatus)
        throws SQLException {
      rows.insert("shipments", "t49_shipment_id, port_of_discharge_locode", "port", "USLAX")
          .insert("shipments", "t49_shipment_id, destination_locode", "inland", "USCHI")
          .insert("containers", "t49_container_id", "alone")
          .insert("containers", "t49_container_id, t49_shipment_id", "to-port", "port")
          .insert("containers", "t49_container_id, t49_shipment_id", "to-inland", "inland");
      for (String container : List.of("alone", "to-port", "to-inland")) {
        milestone("e-" + container, milestone, MONDAY, "t49_container_id", container);
      }

      assertThat(
              rows.read(
                  "containers_current",
                  "t49_container_id, current_status, status_source, status_since"))
          .containsExactly(
              "alone | " + status + " | milestones | 2026-03-02 08:00:00+00",
              "to-inland | " + inlandStatus + " | milestones | 2026-03-02 08:00:00+00",
              "to-port | " + status + " | milestones | 2026-03-02 08:00:00+00");
      assertThat(rows.read("container_timeline", "t49_container_id, status"))
          .containsExactly(
              "alone | " + status, "to-inland | " + inlandStatus, "to-port | " + status);
    }

    @ParameterizedTest
    @CsvSource({
      // destination and port of discharge by locode, then by ID
      "USCHI, USLAX, , , awaiting_inland_transfer",
      "USCHI, , , , awaiting_inland_transfer",
      "USLAX, USLAX, , , grounded",
      ", USLAX, , , grounded",
      ", , chicago, los-angeles, awaiting_inland_transfer",
      ", , chicago, , awaiting_inland_transfer",
      ", , los-angeles, los-angeles, grounded",
      ", , , los-angeles, grounded",
      "USLAX, USLAX, metropolis, los-angeles, grounded",
    })
    void anInlandDestinationIsOneOtherThanThePortOfDischarge(
        String destination, String port, String destinationId, String portId, String status)
        throws SQLException {
      rows.insert(
              "shipments",
              "t49_shipment_id, destination_locode, port_of_discharge_locode, "
                  + "t49_destination_id, t49_port_of_discharge_id",
              "s",
              destination,
              port,
              destinationId,
              portId)
          .insert("containers", "t49_container_id, t49_shipment_id", "c", "s");
      milestone("e", "vessel_discharged", MONDAY);

      assertThat(status()).containsExactly(status + " | milestones");
    }

    @Test
    void theContainersShipmentCountsAndWithoutOneThatOfTheEvent() throws SQLException {
      rows.insert("shipments", "t49_shipment_id, destination_locode", "inland", "USCHI")
          .insert("shipments", "t49_shipment_id", "port")
          .insert("containers", "t49_container_id, t49_shipment_id", "linked", "port")
          .insert("containers", "t49_container_id", "unlinked");
      for (String container : List.of("linked", "unlinked")) {
        milestone(
            "e-" + container,
            "vessel_discharged",
            MONDAY,
            "t49_container_id, t49_shipment_id",
            container,
            "inland");
      }

      assertThat(rows.read("containers_current", "t49_container_id, current_status"))
          .containsExactly("linked | grounded", "unlinked | awaiting_inland_transfer");
      assertThat(rows.read("container_timeline", "t49_container_id, t49_shipment_id"))
          .containsExactly("linked | port", "unlinked | inland");
    }

    @Test
    void theLatestTimeWinsWhateverCameLast() throws SQLException {
      container();
      milestone("e1", "full_out", WEDNESDAY);
      milestone("e2", "vessel_loaded", MONDAY);
      milestone("e3", "empty_in", TUESDAY);

      assertThat(status()).containsExactly("picked_up | milestones");
      assertThat(latestEvent()).containsExactly("e1");
    }

    @Test
    void aMilestoneWithoutATimeGivesWayToOneWithIt() throws SQLException {
      container();
      milestone("e1", "empty_in", null);
      milestone("e2", "vessel_loaded", MONDAY);

      assertThat(status()).containsExactly("on_ship | milestones");
      assertThat(latestEvent()).containsExactly("e2");
    }

    @Test
    void aMilestoneWithoutATimeIsBetterThanNone() throws SQLException {
      container();
      milestone("e", "empty_in", null);

      assertThat(rows.read("containers_current", "current_status, status_source, status_since"))
          .containsExactly("empty_returned | milestones | null");
    }

    @ParameterizedTest
    @CsvSource({
      "vessel_discharged, available, available",
      "available, not_available, not_available",
      "available, full_out, picked_up",
      "rail_arrived, rail_unloaded, grounded",
      "vessel_berthed, vessel_discharged, grounded",
      "rail_loaded, vessel_discharged, on_rail",
      "empty_in, empty_out, empty_returned"
    })
    void ofOneTimeTheLaterInTheJourneyWins(String one, String other, String status)
        throws SQLException {
      container();
      milestone("e1", one, MONDAY);
      milestone("e2", other, MONDAY);
      rows.insert("containers", "t49_container_id", "reversed");
      milestone("e3", other, MONDAY, "t49_container_id", "reversed");
      milestone("e4", one, MONDAY, "t49_container_id", "reversed");

      assertThat(status()).containsExactly(status + " | milestones", status + " | milestones");
    }

    @Test
    void ofOneTypeAndTimeTheIdDecidesByteByByte() throws SQLException {
      container();
      milestone("B", "full_out", MONDAY, "location_locode", "USLGB");
      milestone("a", "full_out", MONDAY, "location_locode", "USLAX");
      milestone("A", "full_out", MONDAY, "location_locode", "USOAK");

      assertThat(latestEvent()).containsExactly("a");
      assertThat(rows.read("containers_current", "location_locode")).containsExactly("USLAX");
    }

    @Test
    void whatTheProviderTookBackDoesNotCount() throws SQLException {
      container();
      milestone("e1", "vessel_loaded", MONDAY);
      milestone("e2", "full_out", TUESDAY, "invalidated_at", WEDNESDAY);

      assertThat(status()).containsExactly("on_ship | milestones");
      assertThat(latestEvent()).containsExactly("e1");
      assertThat(rows.read("container_timeline", "t49_event_id")).containsExactly("e1");
    }

    @Test
    void estimatesAndChangedDeadlinesDoNotCount() throws SQLException {
      container();
      milestone("e1", "vessel_loaded", MONDAY);
      milestone("e2", "estimated.arrived_at_inland_destination", TUESDAY);
      event("e3", "container.pickup_lfd.changed", WEDNESDAY);
      event("e4", "container.transport.of_the_future", WEDNESDAY);

      assertThat(status()).containsExactly("on_ship | milestones");
      assertThat(latestEvent()).containsExactly("e1");
    }

    @Test
    void withoutAMilestoneAContainerIsNew() throws SQLException {
      container();
      milestone("e", "estimated.vessel_arrived", TUESDAY);

      assertThat(rows.read("containers_current", "current_status, status_source, status_since"))
          .containsExactly("new | none | null");
    }

    @Test
    void theNotificationsTypeOutranksTheReportedOneWhichStandsInForIt() throws SQLException {
      container();
      event("e1", null, MONDAY, "reported_event_type", TRANSPORT + "vessel_loaded");
      event(
          "e2",
          TRANSPORT + "estimated.vessel_arrived",
          TUESDAY,
          "reported_event_type",
          TRANSPORT + "full_out");

      assertThat(status()).containsExactly("on_ship | milestones");
      assertThat(rows.read("container_timeline", "event_type, is_estimate"))
          .containsExactly(
              TRANSPORT + "estimated.vessel_arrived | true", TRANSPORT + "vessel_loaded | false");
    }

    @Test
    void whatTheProviderSaysOutranksTheMilestones() throws SQLException {
      rows.insert("containers", "t49_container_id, current_status", "c", "off_dock");
      milestone("e", "full_out", MONDAY);

      assertThat(rows.read("containers_current", "current_status, status_source, status_since"))
          .containsExactly("off_dock | provider | null");
      assertThat(rows.read("containers_with_latest_event", "current_status, latest_event_type"))
          .containsExactly("off_dock | container.transport.full_out");
    }

    @Test
    void anotherContainersMilestonesAreItsOwn() throws SQLException {
      container();
      milestone("e1", "full_out", MONDAY, "t49_container_id", "another");
      milestone("e2", "full_out", MONDAY, "t49_container_id", (Object) null);

      assertThat(status()).containsExactly("new | none");
    }
  }

  @Nested
  class Containers {
    @ParameterizedTest
    @CsvSource({
      "dry, 20, 1.00",
      "dry, 40, 2.00",
      "dry, 45, 2.25",
      "dry, 10, 0.50",
      "dry, , null",
      "reefer, 20, 1.00",
      "reefer, 40, 2.00",
      "reefer, 45, 2.25",
      "reefer, 10, 0.50",
      "reefer, , null",
      "40HC, 20, 1.00",
      ", 40, 2.00"
    })
    void twentyFootEquivalentsFollowFromTheLength(String type, Integer length, String teu)
        throws SQLException {
      rows.insert(
          "containers", "t49_container_id, equipment_type, equipment_length", "c", type, length);

      assertThat(rows.read("containers_current", "teu")).containsExactly(teu);
      assertThat(rows.read("containers_with_latest_event", "teu")).containsExactly(teu);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = ';',
        value = {
          "true; ; true",
          "true; []; true",
          "true; [{\"name\": \"customs\", \"status\": \"pending\"}]; true",
          "true; [{\"name\": \"customs\", \"status\": \"hold\"}]; false",
          "true; [{\"status\": \"pending\"}, {\"status\": \"hold\"}]; false",
          "false; []; false",
          "; []; false"
        })
    void readyForPickupIsAvailableAndNotOnHold(Boolean available, String holds, boolean ready)
        throws Exception {
      rows.insert(
          "containers",
          "t49_container_id, available_for_pickup, holds_at_pod_terminal",
          "c",
          available,
          json(holds));

      assertThat(rows.read("containers_current", "ready_for_pickup"))
          .containsExactly(String.valueOf(ready));
    }

    @Test
    void theLocationIsThatOfTheLatestMilestoneThatHasOne() throws SQLException {
      container();
      rows.insert("locations", "t49_location_id, locode", "oakland", "USOAK");
      milestone("e1", "vessel_departed", MONDAY, "location_locode", "CNSHA");
      milestone("e2", "vessel_arrived", TUESDAY, "t49_location_id", "oakland");
      milestone("e3", "vessel_discharged", WEDNESDAY, "t49_location_id", "not stored");
      milestone("e4", "estimated.vessel_arrived", WEDNESDAY, "location_locode", "USLAX");

      assertThat(rows.read("containers_current", "current_status, location_locode"))
          .containsExactly("grounded | USOAK");
    }

    @Test
    void shipmentAndPlacesAreNamed() throws SQLException {
      rows.insert(
              "containers",
              "t49_container_id, t49_shipment_id, t49_pod_terminal_id, " + "t49_pickup_facility_id",
              "c",
              "s",
              "pier",
              "yard")
          .insert("containers", "t49_container_id", "without")
          .insert(
              "shipments",
              "t49_shipment_id, bill_of_lading_number, shipping_line_scac",
              "s",
              "BL1",
              "MAEU")
          .insert("locations", "t49_location_id, name", "pier", "Pier 400")
          .insert("locations", "t49_location_id, name", "yard", "Shippers Yard");

      assertThat(
              rows.read(
                  "containers_current",
                  "t49_container_id, bill_of_lading_number, shipping_line_scac, "
                      + "pod_terminal_name, pickup_facility_name"))
          .containsExactly(
              "c | BL1 | MAEU | Pier 400 | Shippers Yard", "without | null | null | null | null");
    }

    @Test
    void everyFactOfAContainerIsThere() throws SQLException {
      assertThat(columns("containers_current"))
          .containsAll(
              columns("containers").stream().filter(name -> !name.endsWith("_version")).toList())
          .noneMatch(name -> name.endsWith("_version"));
    }

    @Test
    void theLatestEventHasTimePlaceAndVessel() throws SQLException {
      container();
      rows.insert("vessels", "t49_vessel_id, name, imo", "v", "EVER GIVEN", "9811000")
          .insert("locations", "t49_location_id, name, locode", "l", "Los Angeles", "USLAX")
          .insert("locations", "t49_location_id, name", "t", "Pier 400");
      milestone(
          "e",
          "vessel_arrived",
          MONDAY,
          "timezone, voyage_number, t49_vessel_id, t49_location_id, t49_terminal_id",
          "America/Los_Angeles",
          "012E",
          "v",
          "l",
          "t");
      rows.insert("containers", "t49_container_id", "without");

      assertThat(
              rows.read(
                  "containers_with_latest_event",
                  "t49_container_id, latest_event_type, latest_event_timestamp, "
                      + "latest_event_timezone, latest_voyage_number, latest_vessel_name, "
                      + "latest_vessel_imo, latest_location, latest_location_name, "
                      + "latest_terminal_name"))
          .containsExactly(
              "c | container.transport.vessel_arrived | 2026-03-02 08:00:00+00"
                  + " | America/Los_Angeles | 012E | EVER GIVEN | 9811000 | USLAX | Los Angeles"
                  + " | Pier 400",
              "without | null | null | null | null | null | null | null | null | null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"containers_current", "containers_with_latest_event"})
    void oneContainerIsFoundWithoutReadingTheEventsOfOthers(String view) throws SQLException {
      rows.query(
          """
          WITH boxes AS (
            INSERT INTO containers (tenant_id, t49_container_id)
            SELECT ?, 'c' || box FROM generate_series(1, 2000) box
            RETURNING tenant_id, t49_container_id)
          INSERT INTO container_events
            (tenant_id, t49_event_id, t49_container_id, event_type, event_timestamp)
          SELECT tenant_id, t49_container_id || '-' || day, t49_container_id,
                 'container.transport.vessel_loaded', now() - day * interval '1 day'
          FROM boxes, generate_series(1, 8) day
          RETURNING t49_event_id
          """);
      execute("ANALYZE containers, container_events");

      String plan =
          String.join(
              "\n",
              rows.query(
                  "EXPLAIN SELECT * FROM %s WHERE tenant_id = ? AND t49_container_id = 'c7'"
                      .formatted(view)));

      assertThat(plan)
          .contains("using container_events_container on container_events")
          .doesNotContain("Seq Scan on container_events")
          .doesNotContain("Seq Scan on containers");
    }

    @Test
    void eachKnownDeadlineIsARowWithItsZone() throws SQLException {
      rows.insert(
              "containers",
              "t49_container_id, number, t49_shipment_id, pod_timezone, "
                  + "final_destination_timezone, pickup_lfd, pickup_lfd_line, "
                  + "pickup_lfd_terminal, pickup_lfd_rail, pickup_appointment_at",
              "c",
              "MSCU1234567",
              "s",
              "America/Los_Angeles",
              "America/Chicago",
              "2026-03-03T08:00:00Z",
              "2026-03-03T08:00:00Z",
              "2026-03-04T08:00:00Z",
              "2026-03-05T06:00:00Z",
              "2026-03-02T17:00:00Z")
          .insert("containers", "t49_container_id", "without");

      assertThat(
              rows.read(
                  "container_deadlines",
                  "kind, deadline_at, timezone, t49_container_id, container_number, "
                      + "t49_shipment_id"))
          .containsExactly(
              "pickup_appointment | 2026-03-02 17:00:00+00 | America/Los_Angeles | c | MSCU1234567"
                  + " | s",
              "pickup_lfd | 2026-03-03 08:00:00+00 | America/Los_Angeles | c | MSCU1234567 | s",
              "pickup_lfd_line | 2026-03-03 08:00:00+00 | America/Los_Angeles | c | MSCU1234567"
                  + " | s",
              "pickup_lfd_rail | 2026-03-05 06:00:00+00 | America/Chicago | c | MSCU1234567 | s",
              "pickup_lfd_terminal | 2026-03-04 08:00:00+00 | America/Los_Angeles | c | MSCU1234567"
                  + " | s");
    }

    @ParameterizedTest
    @CsvSource({
      // line, terminal and rail, of a last free day at TUESDAY
      ", , 2026-03-03T08:00:00Z, America/Chicago",
      ", , 2026-03-04T08:00:00Z, America/Los_Angeles",
      ", , , America/Los_Angeles",
      "2026-03-03T08:00:00Z, , 2026-03-03T08:00:00Z, America/Los_Angeles",
      ", 2026-03-03T08:00:00Z, 2026-03-03T08:00:00Z, America/Los_Angeles"
    })
    void theLastFreeDayHasTheZoneOfWhereItComesFrom(
        String line, String terminal, String rail, String zone) throws SQLException {
      rows.insert(
          "containers",
          "t49_container_id, pod_timezone, final_destination_timezone, pickup_lfd, "
              + "pickup_lfd_line, pickup_lfd_terminal, pickup_lfd_rail",
          "c",
          "America/Los_Angeles",
          "America/Chicago",
          TUESDAY,
          line,
          terminal,
          rail);

      assertThat(rows.read("container_deadlines", "kind, timezone"))
          .contains("pickup_lfd | " + zone);
    }

    @Test
    void aContainerWithoutAShipmentSaysWhy() throws SQLException {
      rows.insert("shipments", "t49_shipment_id", "stored")
          .insert("containers", "t49_container_id, t49_shipment_id", "c1", "stored")
          .insert("containers", "t49_container_id, t49_shipment_id", "c2", "not stored")
          .insert("containers", "t49_container_id, number", "c3", "MSCU1234567");

      assertThat(
              rows.read("unlinked_containers", "t49_container_id, number, t49_shipment_id, reason"))
          .containsExactly(
              "c2 | null | not stored | shipment_not_stored",
              "c3 | MSCU1234567 | null | no_shipment_named");
    }
  }

  @Nested
  class Timeline {
    @Test
    void namesAreThoseOfTheJoinedResourcesNow() throws SQLException {
      rows.insert(
              "containers", "t49_container_id, number, t49_shipment_id", "c", "MSCU1234567", "s")
          .insert("vessels", "t49_vessel_id, name, imo", "v", "EVER GIVEN", "9811000")
          .insert("locations", "t49_location_id, name, locode", "l", "Los Angeles", "USLAX")
          .insert("locations", "t49_location_id, name, locode", "t", "Pier 400", "XXXXX");
      milestone(
          "e",
          "vessel_arrived",
          MONDAY,
          "timezone, voyage_number, data_source, t49_vessel_id, vessel_name, "
              + "vessel_imo, t49_location_id, location_name, t49_terminal_id, terminal_name",
          "America/Los_Angeles",
          "012E",
          "ais",
          "v",
          "old name",
          "old IMO",
          "l",
          "old place",
          "t",
          "old terminal");

      assertThat(
              rows.read(
                  "container_timeline",
                  "t49_container_id, container_number, t49_shipment_id, event_type, "
                      + "event_timestamp, timezone"))
          .containsExactly(
              "c | MSCU1234567 | s | container.transport.vessel_arrived | 2026-03-02 08:00:00+00"
                  + " | America/Los_Angeles");
      assertThat(names())
          .containsExactly(
              "e | 012E | EVER GIVEN | 9811000 | Los Angeles | USLAX | Pier 400 | ais");
    }

    @Test
    void whereAResourceIsNotStoredTheEventsOwnNameStands() throws SQLException {
      milestone(
          "e",
          "vessel_arrived",
          MONDAY,
          "t49_vessel_id, vessel_name, vessel_imo, location_locode, location_name, "
              + "t49_terminal_id, terminal_name",
          "not stored",
          "EVER GIVEN",
          "9811000",
          "USLAX",
          "Los Angeles",
          "not stored",
          "Pier 400");

      assertThat(names())
          .containsExactly(
              "e | null | EVER GIVEN | 9811000 | Los Angeles | USLAX | Pier 400 | null");
    }

    @Test
    void whereAStoredResourceHasNoNameTheEventsOwnStands() throws SQLException {
      rows.insert("vessels", "t49_vessel_id, imo", "v", "9811000")
          .insert("locations", "t49_location_id", "l");
      milestone(
          "e",
          "vessel_arrived",
          MONDAY,
          "t49_vessel_id, vessel_name, t49_location_id, location_name, "
              + "t49_terminal_id, terminal_name",
          "v",
          "EVER GIVEN",
          "l",
          "Los Angeles",
          "l",
          "Pier 400");

      assertThat(names())
          .containsExactly(
              "e | null | EVER GIVEN | 9811000 | Los Angeles | null | Pier 400 | null");
    }

    @Test
    void theEventsOwnLocodeOutranksItsLocations() throws SQLException {
      rows.insert("locations", "t49_location_id, locode", "l", "USLAX");
      milestone("e1", "vessel_arrived", MONDAY, "t49_location_id, location_locode", "l", "USLGB");
      milestone("e2", "vessel_arrived", MONDAY, "t49_location_id", "l");

      assertThat(rows.read("container_timeline", "t49_event_id, location_locode"))
          .containsExactly("e1 | USLGB", "e2 | USLAX");
    }

    @Test
    void milestonesAndEstimatesAreToldApartAndNothingElseIsListed() throws SQLException {
      container();
      milestone("e1", "estimated.vessel_arrived", MONDAY);
      milestone("e2", "vessel_arrived", TUESDAY);
      event("e3", "container.updated", TUESDAY);
      event("e4", "container.pickup_lfd.changed", TUESDAY);
      event("e5", null, TUESDAY);

      assertThat(
              rows.read("container_timeline", "t49_event_id, is_estimate, milestone_order, status"))
          .containsExactly("e1 | true | 140 | null", "e2 | false | 150 | on_ship");
    }

    @Test
    void anEventOfAnUnknownContainerIsListedToo() throws SQLException {
      milestone("e1", "available", MONDAY, "t49_container_id", (Object) null);
      milestone("e2", "available", MONDAY, "t49_container_id", "not stored");

      assertThat(
              rows.read("container_timeline", "t49_event_id, t49_container_id, container_number"))
          .containsExactly("e1 | null | null", "e2 | not stored | null");
    }

    private List<String> names() throws SQLException {
      return rows.read(
          "container_timeline",
          "t49_event_id, voyage_number, vessel_name, vessel_imo, location_name, "
              + "location_locode, terminal_name, data_source");
    }
  }

  @Nested
  class Shipments {
    private static final String[] GROUPS = {
      "containers_new",
      "containers_on_ship",
      "containers_at_terminal",
      "containers_in_transit_inland",
      "containers_available",
      "containers_picked_up",
      "containers_delivered",
      "containers_empty_returned",
      "containers_of_other_status"
    };

    @Test
    void onlyThoseStillTrackedAreListed() throws SQLException {
      rows.insert("shipments", "t49_shipment_id", "tracked")
          .insert("shipments", "t49_shipment_id, line_tracking_stopped_at", "stopped", MONDAY);

      assertThat(rows.read("active_shipments_summary", "t49_shipment_id, container_count, teu"))
          .containsExactly("tracked | 0 | 0");
    }

    @Test
    void portsAndTerminalsAreNamed() throws SQLException {
      rows.insert(
              "shipments",
              "t49_shipment_id, bill_of_lading_number, port_of_lading_locode, "
                  + "port_of_lading_name, pod_vessel_name, pod_eta_at",
              "told",
              "BL1",
              "CNSHA",
              "Shanghai",
              "EVER GIVEN",
              MONDAY)
          .insert(
              "shipments",
              "t49_shipment_id, t49_port_of_lading_id, t49_port_of_discharge_id, "
                  + "t49_destination_id, t49_pod_terminal_id, t49_destination_terminal_id",
              "joined",
              "pol",
              "pod",
              "ind",
              "pier",
              "ramp")
          .insert("locations", "t49_location_id, name, locode", "pol", "Ningbo", "CNNGB")
          .insert("locations", "t49_location_id, name, locode", "pod", "Los Angeles", "USLAX")
          .insert("locations", "t49_location_id, name, locode", "ind", "Chicago", "USCHI")
          .insert("locations", "t49_location_id, name", "pier", "Pier 400")
          .insert("locations", "t49_location_id, name", "ramp", "Joliet Ramp");

      assertThat(
              rows.read(
                  "active_shipments_summary",
                  "t49_shipment_id, bill_of_lading_number, port_of_lading_locode, "
                      + "port_of_lading_name, port_of_discharge_locode, port_of_discharge_name, "
                      + "destination_locode, destination_name, pod_terminal_name, "
                      + "destination_terminal_name, pod_vessel_name, pod_eta_at"))
          .containsExactly(
              "joined | null | CNNGB | Ningbo | USLAX | Los Angeles | USCHI | Chicago | Pier 400"
                  + " | Joliet Ramp | null | null",
              "told | BL1 | CNSHA | Shanghai | null | null | null | null | null | null"
                  + " | EVER GIVEN | 2026-03-02 08:00:00+00");
    }

    @Test
    void lengthsAddUpAndUnknownOnesAreCounted() throws SQLException {
      rows.insert("shipments", "t49_shipment_id", "s");
      Integer[] lengths = {20, 40, 45, null, null};
      for (int i = 0; i < lengths.length; i++) {
        rows.insert(
            "containers",
            "t49_container_id, t49_shipment_id, equipment_type, equipment_length",
            "c" + i,
            "s",
            "dry",
            lengths[i]);
      }
      rows.insert(
          "containers", "t49_container_id, t49_shipment_id, equipment_length", "c", "o", 40);

      assertThat(
              rows.read(
                  "active_shipments_summary", "container_count, teu, containers_of_unknown_length"))
          .containsExactly("5 | 5.25 | 2");
    }

    @ParameterizedTest
    @CsvSource({
      "new, containers_new",
      "on_ship, containers_on_ship",
      "grounded, containers_at_terminal",
      "not_available, containers_at_terminal",
      "awaiting_inland_transfer, containers_at_terminal",
      "on_rail, containers_in_transit_inland",
      "available, containers_available",
      "off_dock, containers_available",
      "picked_up, containers_picked_up",
      "dropped, containers_picked_up",
      "loaded, containers_picked_up",
      "delivered, containers_delivered",
      "empty_returned, containers_empty_returned",
      "teleported, containers_of_other_status"
    })
    void everyStatusIsInOneGroup(String status, String group) throws SQLException {
      rows.insert("shipments", "t49_shipment_id", "s")
          .insert(
              "containers", "t49_container_id, t49_shipment_id, current_status", "c", "s", status);

      assertThat(rows.read("active_shipments_summary", group)).containsExactly("1");
      assertThat(
              rows.read(
                  "active_shipments_summary", "container_count, " + String.join(" + ", GROUPS)))
          .containsExactly("1 | 1");
    }

    @Test
    void statusesDerivedFromMilestonesAreCounted() throws SQLException {
      rows.insert("shipments", "t49_shipment_id", "s")
          .insert("containers", "t49_container_id, t49_shipment_id", "c", "s");
      milestone("e", "rail_departed", MONDAY);

      assertThat(rows.read("active_shipments_summary", "containers_in_transit_inland"))
          .containsExactly("1");
    }

    @Test
    void holdsAreCountedPendingOnesAreNot() throws Exception {
      rows.insert("shipments", "t49_shipment_id", "s");
      String[] holds = {
        "[{\"status\": \"hold\"}]", "[{\"status\": \"pending\"}]", "[]", "{}", "null"
      };
      for (int i = 0; i < holds.length; i++) {
        rows.insert(
            "containers",
            "t49_container_id, t49_shipment_id, holds_at_pod_terminal",
            "c" + i,
            "s",
            json(holds[i]));
      }

      assertThat(rows.read("active_shipments_summary", "containers_on_hold")).containsExactly("1");
    }

    @ParameterizedTest
    @CsvSource({
      "current_status, picked_up",
      "current_status, dropped",
      "current_status, loaded",
      "current_status, delivered",
      "current_status, empty_returned",
      "pod_full_out_at, 2026-03-01T00:00:00Z",
      "final_destination_full_out_at, 2026-03-01T00:00:00Z",
      "empty_terminated_at, 2026-03-01T00:00:00Z"
    })
    void theNextLastFreeDayIsOneOfAContainerThatIsStillThere(String gone, String value)
        throws SQLException {
      rows.insert("shipments", "t49_shipment_id", "s")
          .insert(
              "containers",
              "t49_container_id, t49_shipment_id, pickup_lfd, " + gone,
              "c1",
              "s",
              MONDAY,
              value)
          .insert("containers", "t49_container_id, t49_shipment_id, pickup_lfd", "c2", "s", TUESDAY)
          .insert(
              "containers", "t49_container_id, t49_shipment_id, pickup_lfd", "c3", "s", WEDNESDAY);

      assertThat(rows.read("active_shipments_summary", "next_pickup_lfd"))
          .containsExactly("2026-03-03 08:00:00+00");
    }
  }

  @Nested
  class Webhooks {
    @Test
    void whatWasNotStoredIsNotCompleted() throws Exception {
      Instant processed = Instant.parse(MONDAY);
      notification("n1", "PROCESSED", processed);
      notification("n2", "UNHANDLED", processed);
      notification(
          "n3", "DEAD_LETTER", processed, "error_class, error_message", "INVALID", "no container");
      notification("n4", "PROCESSED", processed, "source", "another");

      assertThat(
              rows.read(
                  "webhook_deliveries",
                  "t49_notification_id, processing_status, error_class, processing_error"))
          .containsExactly(
              "n1 | completed | null | null",
              "n2 | received | null | null",
              "n3 | failed | INVALID | no container");
    }

    @Test
    void aDeliveryIsThatOfTheLedger() throws Exception {
      notification(
          "n1",
          "PROCESSED",
          Instant.parse(MONDAY),
          "payload_stored_on, signature_valid, processing_duration_ms",
          "2026-03-02",
          true,
          12.5);
      payload("n1", "2026-03-01", "superseded");
      payload("n1", "2026-03-02", "pending");
      notification("n2", "PROCESSED", Instant.parse(MONDAY));
      // Of this one the payload was dropped.
      notification("n3", "PROCESSED", Instant.parse(MONDAY), "payload_stored_on", "2026-02-01");

      assertThat(
              rows.read(
                  "webhook_deliveries",
                  "t49_notification_id, event_type, delivery_status, signature_valid, "
                      + "processing_duration_ms, received_at, processed_at, raw_payload"))
          .containsExactly(
              "n1 | container.created | pending | true | 12.5 | 2026-03-02 07:59:59+00"
                  + " | 2026-03-02 08:00:00+00"
                  + " | {\"data\": {\"attributes\": {\"delivery_status\": \"pending\"}}}",
              "n2 | container.created | null | null | null | 2026-03-02 07:59:59+00"
                  + " | 2026-03-02 08:00:00+00 | null",
              "n3 | container.created | null | null | null | 2026-03-02 07:59:59+00"
                  + " | 2026-03-02 08:00:00+00 | null");
    }

    @Test
    void payloadsAreNotLookedAtWhereNobodyAsksForThem() throws SQLException {
      assertThat(column("EXPLAIN SELECT * FROM webhook_processing_stats"))
          .noneMatch(line -> line.contains("event_payloads"));
      assertThat(column("EXPLAIN SELECT raw_payload FROM webhook_deliveries"))
          .anyMatch(line -> line.contains("event_payloads"));
    }

    @Test
    void theLastDayIsCountedByHourTypeAndStatus() throws SQLException {
      Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS).minus(Duration.ofHours(2));
      Instant next = hour.plus(Duration.ofHours(1));
      notification("n1", "PROCESSED", hour, "processing_duration_ms", 10);
      notification(
          "n2", "PROCESSED", next.minus(Duration.ofMillis(1)), "processing_duration_ms", 30);
      notification("n3", "PROCESSED", hour);
      notification("n4", "DEAD_LETTER", hour, "processing_duration_ms", 5);
      notification("n5", "PROCESSED", next, "processing_duration_ms", 7);
      notification("n6", "UNHANDLED", hour, "event_type", "container.of_the_future");
      notification("n7", "PROCESSED", hour, "source", "another");
      notification("n8", "PROCESSED", Instant.now().minus(Duration.ofHours(25)));

      assertThat(
              rows.read(
                  "webhook_processing_stats",
                  "extract(epoch FROM hour)::bigint, event_type, processing_status, count, "
                      + "avg_duration_ms, max_duration_ms"))
          .containsExactlyInAnyOrder(
              hour.getEpochSecond() + " | container.created | completed | 3 | 20 | 30",
              hour.getEpochSecond() + " | container.created | failed | 1 | 5 | 5",
              next.getEpochSecond() + " | container.created | completed | 1 | 7 | 7",
              hour.getEpochSecond() + " | container.of_the_future | received | 1 | null | null");
    }

    @Test
    void anHourIsOneOfUtcInEveryZone() throws SQLException {
      Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS).minus(Duration.ofHours(2));
      notification("n1", "PROCESSED", hour.plus(Duration.ofMinutes(10)));
      notification("n2", "PROCESSED", hour.plus(Duration.ofMinutes(50)));

      execute("SET TIME ZONE 'Asia/Kolkata'");
      try {
        assertThat(rows.read("webhook_processing_stats", "extract(epoch FROM hour)::bigint, count"))
            .containsExactly(hour.getEpochSecond() + " | 2");
      } finally {
        execute("SET TIME ZONE 'UTC'");
      }
    }
  }

  @Nested
  class EveryView {
    @Test
    void isTestedHere() throws SQLException {
      List<String> expected = new ArrayList<>(VIEWS);
      expected.add("container_milestones");

      assertThat(column("SELECT viewname FROM pg_views WHERE schemaname = 'public'"))
          .containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void beginsWithTheTenantButTheStateMachine() throws SQLException {
      assertThat(
              column(
                  """
                  SELECT table_name FROM information_schema.columns
                  JOIN information_schema.views USING (table_schema, table_name)
                  WHERE table_schema = 'public' AND ordinal_position = 1
                    AND column_name = 'tenant_id'
                  """))
          .containsExactlyInAnyOrderElementsOf(VIEWS);
    }

    @Test
    void isAskedByTheExamplesOfTheDocumentationWhichRun() throws Exception {
      String page = Files.readString(Path.of("../docs/tables.md"));
      List<String> examples =
          Pattern.compile("```sql\\R(.+?)```", Pattern.DOTALL)
              .matcher(page)
              .results()
              .map(example -> example.group(1))
              .toList();

      for (String example : examples) {
        execute(example);
      }
      for (String view : VIEWS) {
        assertThat(examples).as(view).anyMatch(example -> example.contains("FROM " + view));
      }
    }

    @Test
    void saysWhatItIs() throws SQLException {
      assertThat(
              column(
                  """
                  SELECT viewname FROM pg_views
                  WHERE schemaname = 'public'
                    AND obj_description(viewname::regclass, 'pg_class') IS NULL
                  """))
          .isEmpty();
    }

    @Test
    void isUntouchedByAnotherTenantsRowsOfTheSameIds() throws Exception {
      TenantRows bare = rows;
      bare.insert("containers", "t49_container_id, t49_shipment_id", "x", "x")
          .insert("shipments", "t49_shipment_id, t49_pod_terminal_id", "y", "x")
          .insert("containers", "t49_container_id, t49_pod_terminal_id", "z", "x");
      milestone(
          "z",
          "vessel_loaded",
          MONDAY,
          "t49_container_id, t49_vessel_id, t49_location_id, t49_terminal_id, " + "t49_shipment_id",
          "z",
          "x",
          "x",
          "x",
          "x");
      TenantRows full = TenantRows.ofNewTenant(connection);
      fill(full, "x", json("[]"), "2026-03-02T08:00:00Z", 40);
      Map<String, List<String>> before = new LinkedHashMap<>();
      for (TenantRows tenant : List.of(bare, full)) {
        for (String view : VIEWS) {
          before.put(tenant.tenant() + view, tenant.readAll(view));
        }
      }

      fill(TenantRows.ofNewTenant(connection), "x", json("[]"), "2026-03-09T08:00:00Z", 20);

      for (TenantRows tenant : List.of(bare, full)) {
        for (String view : VIEWS) {
          assertThat(tenant.readAll(view)).as(view).isEqualTo(before.get(tenant.tenant() + view));
        }
      }
      // The comparison is worth something: there is something to compare.
      for (String view : VIEWS) {
        assertThat(full.readAll(view)).as(view).isNotEmpty();
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          " ",
          "Mars/Olympus_Mons",
          "'; DROP TABLE containers; --",
          "99999999999999999999999999",
          "NaN",
          "infinity",
          "{\"broken\": ",
          "%s %1$n \\ \\x00 \t\n",
          "\u0001\u202e\uffff",
          "\ud83d\udea2"
        })
    void readsWhateverTextThereIs(String text) throws Exception {
      fill(rows, text, TextNode.valueOf(text), MONDAY, 40);

      assertThatEveryViewCanBeRead();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "null",
          "1",
          "true",
          "\"hold\"",
          "[]",
          "{}",
          "[[], 1, null, \"status\", {\"status\": [\"hold\"]}]",
          "{\"status\": \"hold\"}",
          "{\"data\": [1]}",
          "{\"data\": {\"attributes\": {\"delivery_status\": {\"a\": [1e400]}}}}"
        })
    void readsWhateverJsonThereIs(String json) throws Exception {
      fill(rows, "x", json(json), MONDAY, 40);

      assertThatEveryViewCanBeRead();
    }

    @ParameterizedTest
    @CsvSource({
      "infinity, 9223372036854775807",
      "-infinity, -9223372036854775808",
      "294276-12-31T23:59:59Z, 0",
      "4713-01-01T00:00:00Z BC, -1"
    })
    void readsWhateverTimeAndNumberThereIs(String time, long number) throws Exception {
      fill(rows, "x", json("[]"), time, number);

      for (String view : VIEWS) {
        rows.readAll(view);
      }
      assertThat(rows.readAll("containers_current")).hasSize(2);
    }

    private void assertThatEveryViewCanBeRead() throws SQLException {
      for (String view : VIEWS) {
        assertThat(rows.readAll(view)).as(view).isNotEmpty();
      }
    }
  }

  private void container() throws SQLException {
    rows.insert("containers", "t49_container_id", "c");
  }

  /** A milestone, of the container "c" unless another is given. */
  private void milestone(String id, String name, String time) throws SQLException {
    event(id, TRANSPORT + name, time);
  }

  private void milestone(String id, String name, String time, String columns, Object... more)
      throws SQLException {
    event(id, TRANSPORT + name, time, columns, more);
  }

  private void event(String id, String type, String time) throws SQLException {
    event(id, type, time, "t49_container_id", "c");
  }

  private void event(String id, String type, String time, String columns, Object... more)
      throws SQLException {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("t49_event_id", id);
    values.put("event_type", type);
    values.put("event_timestamp", time);
    values.put("t49_container_id", "c");
    values.putAll(TenantRows.columns(columns, more));
    rows.insert("container_events", values);
  }

  private void notification(String id, String status, Instant processed) throws SQLException {
    notification(id, status, processed, "event_type", "container.created");
  }

  private void notification(
      String id, String status, Instant processed, String columns, Object... more)
      throws SQLException {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("source", "terminal49");
    values.put("notification_id", id);
    values.put("event_id", UUID.randomUUID().toString());
    values.put("event_type", "container.created");
    values.put("status", status);
    values.put("version", "v");
    values.put("received_at", processed.minusSeconds(1).toString());
    values.put("published_at", processed.minusSeconds(2).toString());
    values.put("processed_at", processed.toString());
    values.put("attributes", Map.of());
    values.putAll(TenantRows.columns(columns, more));
    rows.insert("events", values);
  }

  private void payload(String id, String day, String deliveryStatus) throws Exception {
    rows.insert(
        "event_payloads",
        "source, notification_id, stored_on, payload",
        "terminal49",
        id,
        day,
        json(
            "{\"data\": {\"attributes\": {\"delivery_status\": \"%s\"}}}"
                .formatted(deliveryStatus)));
  }

  private List<String> status() throws SQLException {
    return rows.read("containers_current", "current_status, status_source");
  }

  private List<String> latestEvent() throws SQLException {
    return rows.read("containers_with_latest_event", "latest_t49_event_id");
  }

  /**
   * A row in each table with a value in each column, IDs being texts as well, so that everything
   * joins; and a container that joins nothing.
   */
  private static void fill(TenantRows rows, String text, JsonNode json, String time, long number)
      throws SQLException {
    for (String table :
        List.of(
            "shipments",
            "containers",
            "container_events",
            "vessels",
            "locations",
            "events",
            "event_payloads")) {
      Map<String, Object> values = new LinkedHashMap<>();
      try (Statement statement = connection.createStatement();
          ResultSet described =
              statement.executeQuery(
                  "SELECT column_name, data_type FROM information_schema.columns"
                      + " WHERE table_schema = 'public' AND table_name = '%s'".formatted(table))) {
        while (described.next()) {
          Object value =
              switch (described.getString(2)) {
                case "text" -> text;
                case "json", "jsonb" -> json;
                case "timestamp with time zone" -> time;
                case "boolean" -> true;
                case "date" -> "2026-03-02";
                case "bigint", "integer", "numeric", "double precision" -> number;
                case "uuid" -> UUID.randomUUID().toString();
                case "bytea" -> null;
                default -> throw new IllegalStateException(described.getString(2));
              };
          if (value != null) {
            values.put(described.getString(1), value);
          }
        }
      }
      switch (table) {
        case "shipments" -> values.remove("line_tracking_stopped_at");
        case "container_events" -> {
          values.remove("invalidated_at");
          values.put("event_type", TRANSPORT + "vessel_discharged");
        }
        case "events" -> {
          values.put("source", "terminal49");
          values.put("status", "PROCESSED");
          values.put("attempts", 1);
          values.put("attributes", Map.of());
          if (!time.contains("infinity") && !time.startsWith("4") && !time.startsWith("294")) {
            values.put("processed_at", Instant.now().minusSeconds(60).toString());
          }
        }
        case "event_payloads" -> values.put("source", "terminal49");
        default -> {}
      }
      rows.insert(table, values);
    }
    rows.insert("containers", "t49_container_id, number", "unlinked-" + text, text);
  }

  private static JsonNode json(String text) throws JsonProcessingException {
    return text == null ? null : JSON.readTree(text);
  }

  private static List<String> columns(String relation) throws SQLException {
    return column(
        "SELECT column_name FROM information_schema.columns"
            + " WHERE table_schema = 'public' AND table_name = '%s'".formatted(relation));
  }

  private static List<String> column(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (result.next()) {
        values.add(result.getString(1));
      }
      return values;
    }
  }

  private static void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
