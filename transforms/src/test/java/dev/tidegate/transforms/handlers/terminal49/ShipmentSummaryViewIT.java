package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The summary of the shipments that are still tracked. */
class ShipmentSummaryViewIT extends ViewFixture {
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
    String place = "t49_location_id, location_type, name, locode";
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
        .insert("locations", place, "pol", "port", "Ningbo", "CNNGB")
        .insert("locations", place, "pod", "port", "Los Angeles", "USLAX")
        .insert("locations", place, "ind", "metro_area", "Chicago", "USCHI")
        .insert("locations", place, "pier", "terminal", "Pier 400", null)
        .insert("locations", place, "ramp", "rail_terminal", "Joliet Ramp", null);

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
    rows.insert("containers", "t49_container_id, t49_shipment_id, equipment_length", "c", "o", 40);

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
            rows.read("active_shipments_summary", "container_count, " + String.join(" + ", GROUPS)))
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

    assertThat(
            rows.read("active_shipments_summary", "containers_on_hold, containers_of_unknown_hold"))
        .containsExactly("1 | 2");
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
