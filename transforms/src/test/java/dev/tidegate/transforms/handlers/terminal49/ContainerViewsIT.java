package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The views of containers, their deadlines, and of those without a shipment. */
class ContainerViewsIT extends ViewFixture {
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
        "true; ; []; true; false",
        "true; true; []; true; false",
        "true; ; [{\"name\": \"customs\", \"status\": \"pending\"}]; true; false",
        "true; ; [{\"name\": \"customs\", \"status\": \"hold\"}]; false; true",
        "true; ; [{\"status\": \"pending\"}, {\"status\": \"hold\"}]; false; true",
        "true; ; [\"customs\", {\"status\": \"hold\"}]; false; true",
        "false; ; []; false; false",
        "; ; []; false; false",
        // It is not known that it is available, or that nothing holds it.
        "true; false; []; false; false",
        "true; ; ; false; null",
        "true; ; null; false; null",
        "true; ; {}; false; null",
        "true; ; {\"name\": \"customs\", \"status\": \"hold\"}; false; null",
        "true; ; {\"status\": \"pending\"}; false; null",
        "true; ; \"hold\"; false; null",
        "true; ; false; false; null",
        "true; ; 0; false; null",
        "true; ; [\"customs\"]; false; null",
        "true; ; [null]; false; null",
        "true; ; [[]]; false; null",
        "true; ; [[{\"status\": \"pending\"}]]; false; null",
        "true; ; [{}]; false; null",
        "true; ; [{\"name\": \"customs\"}]; false; null",
        "true; ; [{\"status\": null}]; false; null",
        "true; ; [{\"status\": \"HOLD\"}]; false; null",
        "true; ; [{\"status\": [\"pending\"]}]; false; null",
        "true; ; [{\"status\": \"pending\"}, {\"status\": \"inspection\"}]; false; null"
      })
  void readyForPickupIsWhatIsKnownToBeAvailableAndNotOnHold(
      Boolean available, Boolean known, String holds, boolean ready, String onHold)
      throws Exception {
    rows.insert(
        "containers",
        "t49_container_id, available_for_pickup, availability_known, holds_at_pod_terminal",
        "c",
        available,
        known,
        json(holds));

    assertThat(rows.read("containers_current", "ready_for_pickup, on_hold"))
        .containsExactly(ready + " | " + onHold);
  }

  @ParameterizedTest
  @CsvSource({
    // A terminal's link may mean a rail terminal, and a place's a metropolitan area.
    "terminal, port, terminal, port",
    "rail_terminal, metro_area, rail_terminal, metro_area",
    "terminal, metro_area, terminal, metro_area",
    // What has the ID and is of another kind is another thing.
    "port, terminal, null, null",
    "metro_area, rail_terminal, null, null"
  })
  void aLinkMeansThePlaceOfItsKind(
      String terminalType, String placeType, String terminal, String place) throws SQLException {
    rows.insert(
            "containers",
            "t49_container_id, t49_pod_terminal_id, t49_pickup_facility_id",
            "c",
            "1",
            "1")
        .insert(
            "locations", "t49_location_id, location_type, name", "1", terminalType, terminalType)
        .insert(
            "locations",
            "t49_location_id, location_type, name, locode",
            "2",
            placeType,
            placeType,
            "USLAX");
    milestone("e", "vessel_arrived", MONDAY, "t49_location_id, t49_terminal_id", "2", "1");

    assertThat(rows.read("containers_current", "pod_terminal_name, pickup_facility_name"))
        .containsExactly(terminal + " | " + terminal);
    assertThat(rows.read("container_timeline", "location_name, location_locode, terminal_name"))
        .containsExactly(
            place + " | " + (place.equals("null") ? "null" : "USLAX") + " | " + terminal);
  }

  @Test
  void theLocationIsThatOfTheLatestMilestoneThatHasOne() throws SQLException {
    container();
    rows.insert(
        "locations", "t49_location_id, location_type, locode", "oakland", "metro_area", "USOAK");
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
        .insert("locations", "t49_location_id, location_type, name", "pier", "terminal", "Pier 400")
        .insert(
            "locations",
            "t49_location_id, location_type, name",
            "yard",
            "rail_terminal",
            "Shippers Yard");

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
        .containsAll(columns("containers").stream().filter(name -> !isVersion(name)).toList())
        .noneMatch(ContainerViewsIT::isVersion);
  }

  private static boolean isVersion(String column) {
    return column.endsWith("_version") || column.equals("column_versions");
  }

  @Test
  void theLatestEventHasTimePlaceAndVessel() throws SQLException {
    container();
    rows.insert("vessels", "t49_vessel_id, name, imo", "v", "EVER GIVEN", "9811000")
        .insert(
            "locations",
            "t49_location_id, location_type, name, locode",
            "l",
            "port",
            "Los Angeles",
            "USLAX")
        .insert("locations", "t49_location_id, location_type, name", "t", "terminal", "Pier 400");
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
          (tenant_id, t49_event_id, resource_type, t49_container_id, event_type, event_timestamp)
        SELECT tenant_id, t49_container_id || '-' || day, 'transport_event', t49_container_id,
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

    assertThat(rows.read("container_deadlines", "kind, timezone")).contains("pickup_lfd | " + zone);
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

  private static List<String> columns(String relation) throws SQLException {
    return column(
        "SELECT column_name FROM information_schema.columns"
            + " WHERE table_schema = 'public' AND table_name = '%s'".formatted(relation));
  }
}
