package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Version;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The status that follows from a container's milestones. */
class ContainerStatusViewsIT extends ViewFixture {
  @Test
  void knowsExactlyTheTypesThatAreHandled() throws SQLException {
    assertThat(column("SELECT event_type FROM container_milestones"))
        .containsExactlyInAnyOrderElementsOf(Terminal49.MILESTONES);
  }

  @Test
  void everyTypeHasAPlaceOfItsOwnInTheJourney() throws SQLException {
    assertThat(column("SELECT milestone_order FROM container_milestones"))
        .doesNotHaveDuplicates()
        .hasSize(Terminal49.MILESTONES.size());
  }

  @Test
  void estimatesAndNothingElseTellNoStatus() throws SQLException {
    List<String> estimates =
        Terminal49.MILESTONES.stream()
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
        .containsExactly("alone | " + status, "to-inland | " + inlandStatus, "to-port | " + status);
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

  @ParameterizedTest
  @CsvSource({
    // The provider's status is as old as the notification that told it, a milestone as it happened.
    "2026-03-02T07:59:59.999999Z, picked_up | milestones | 2026-03-02 08:00:00+00",
    "2026-03-02T08:00:00.000000Z, off_dock | provider | null",
    "2026-03-02T08:00:00.000001Z, off_dock | provider | null",
    "2026-03-03T00:00:00.000000Z, off_dock | provider | null",
    // A notification without a time is older than all that has one.
    "0001-01-01T00:00:00.000000Z, picked_up | milestones | 2026-03-02 08:00:00+00",
    ", off_dock | provider | null",
    // Nor is what no version can be newer than anything.
    "no version, picked_up | milestones | 2026-03-02 08:00:00+00"
  })
  void theNewerOfWhatTheProviderSaysAndWhatHappenedCounts(String told, String status)
      throws SQLException {
    rows.insert(
        "containers",
        "t49_container_id, current_status, status_version",
        "c",
        "off_dock",
        told == null ? null : version(told));
    milestone("e1", "full_out", MONDAY);
    milestone("e2", "estimated.vessel_arrived", WEDNESDAY);
    milestone("e3", "empty_in", null);

    assertThat(rows.read("containers_current", "current_status, status_source, status_since"))
        .containsExactly(status);
    assertThat(rows.read("containers_with_latest_event", "current_status, latest_event_type"))
        .containsExactly(status.split(" ", 2)[0] + " | container.transport.full_out");
  }

  private static String version(String time) {
    return time.equals("no version")
        ? "\\x"
        : new Version(Instant.parse(time), "n-1", "0".repeat(64)).text();
  }

  @Test
  void aMilestoneWithoutATimeIsNotNewerThanWhatTheProviderSays() throws SQLException {
    rows.insert(
        "containers",
        "t49_container_id, current_status, status_version",
        "c",
        "off_dock",
        version("0001-01-01T00:00:00Z"));
    milestone("e", "full_out", null);

    assertThat(status()).containsExactly("off_dock | provider");
  }

  @Test
  void anotherContainersMilestonesAreItsOwn() throws SQLException {
    container();
    milestone("e1", "full_out", MONDAY, "t49_container_id", "another");
    milestone("e2", "full_out", MONDAY, "t49_container_id", (Object) null);

    assertThat(status()).containsExactly("new | none");
  }

  private List<String> status() throws SQLException {
    return rows.read("containers_current", "current_status, status_source");
  }

  private List<String> latestEvent() throws SQLException {
    return rows.read("containers_with_latest_event", "latest_t49_event_id");
  }
}
