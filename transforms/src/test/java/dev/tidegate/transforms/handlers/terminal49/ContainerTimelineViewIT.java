package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A container's milestones and estimates in order, with the names of what they refer to. */
class ContainerTimelineViewIT extends ViewFixture {
  @Test
  void namesAreThoseOfTheJoinedResourcesNow() throws SQLException {
    String place = "t49_location_id, location_type, name, locode";
    rows.insert("containers", "t49_container_id, number, t49_shipment_id", "c", "MSCU1234567", "s")
        .insert("vessels", "t49_vessel_id, name, imo", "v", "EVER GIVEN", "9811000")
        .insert("locations", place, "l", "port", "Los Angeles", "USLAX")
        .insert("locations", place, "t", "terminal", "Pier 400", "XXXXX");
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
        .containsExactly("e | 012E | EVER GIVEN | 9811000 | Los Angeles | USLAX | Pier 400 | ais");
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
        .containsExactly("e | null | EVER GIVEN | 9811000 | Los Angeles | USLAX | Pier 400 | null");
  }

  @Test
  void whereAStoredResourceHasNoNameTheEventsOwnStands() throws SQLException {
    rows.insert("vessels", "t49_vessel_id, imo", "v", "9811000")
        .insert("locations", "t49_location_id, location_type", "l", "port")
        .insert("locations", "t49_location_id, location_type", "t", "terminal");
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
        "t",
        "Pier 400");

    assertThat(names())
        .containsExactly("e | null | EVER GIVEN | 9811000 | Los Angeles | null | Pier 400 | null");
  }

  @Test
  void theEventsOwnLocodeOutranksItsLocations() throws SQLException {
    rows.insert("locations", "t49_location_id, location_type, locode", "l", "port", "USLAX");
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

    assertThat(rows.read("container_timeline", "t49_event_id, t49_container_id, container_number"))
        .containsExactly("e1 | null | null", "e2 | not stored | null");
  }

  private List<String> names() throws SQLException {
    return rows.read(
        "container_timeline",
        "t49_event_id, voyage_number, vessel_name, vessel_imo, location_name, "
            + "location_locode, terminal_name, data_source");
  }
}
