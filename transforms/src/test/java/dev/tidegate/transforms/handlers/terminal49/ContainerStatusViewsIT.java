package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Version;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Random;
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

  @ParameterizedTest
  @CsvSource({
    "pod_arrived_at, on_ship, on_ship",
    "pod_discharged_at, grounded, awaiting_inland_transfer",
    "pod_full_out_at, picked_up, picked_up",
    "pod_rail_loaded_at, on_rail, on_rail",
    "pod_rail_departed_at, on_rail, on_rail",
    "ind_ata_at, on_rail, on_rail",
    "ind_rail_unloaded_at, grounded, grounded",
    "final_destination_full_out_at, picked_up, picked_up",
    "empty_terminated_at, empty_returned, empty_returned"
  })
  void aTimeOfItsRowTellsAStatus(String column, String status, String inlandStatus)
      throws SQLException {
    rows.insert("shipments", "t49_shipment_id, destination_locode", "inland", "USCHI")
        .insert("containers", "t49_container_id, " + column, "c", MONDAY)
        .insert(
            "containers", "t49_container_id, t49_shipment_id, " + column, "i", "inland", MONDAY);

    assertThat(
            rows.read(
                "containers_current",
                "t49_container_id, current_status, status_source, status_evidence, status_since"))
        .containsExactly(
            "c | %s | times | %s | 2026-03-02 08:00:00+00".formatted(status, column),
            "i | %s | times | %s | 2026-03-02 08:00:00+00".formatted(inlandStatus, column));
  }

  @ParameterizedTest
  @CsvSource({
    // The row says that a later stage was reached: an earlier one does not count, whatever its
    // time.
    "pod_discharged_at, vessel_arrived, grounded, pod_discharged_at",
    "pod_discharged_at, vessel_berthed, grounded, pod_discharged_at",
    "pod_full_out_at, vessel_discharged, picked_up, pod_full_out_at",
    "pod_full_out_at, available, picked_up, pod_full_out_at",
    "empty_terminated_at, delivered, empty_returned, empty_terminated_at",
    "pod_rail_loaded_at, vessel_discharged, on_rail, pod_rail_loaded_at",
    // The same or a later stage counts where it is later.
    "pod_discharged_at, available, available, container.transport.available",
    "pod_arrived_at, vessel_discharged, grounded, container.transport.vessel_discharged",
    "pod_full_out_at, delivered, delivered, container.transport.delivered"
  })
  void itDoesNotContradictTheTimesOfItsRow(
      String column, String laterMilestone, String status, String evidence) throws SQLException {
    rows.insert("containers", "t49_container_id, " + column, "c", MONDAY);
    milestone("e", laterMilestone, TUESDAY);

    assertThat(rows.read("containers_current", "current_status, status_evidence"))
        .containsExactly(status + " | " + evidence);
  }

  /** It leaves the port's terminal for the railway, and is picked up at its destination. */
  @Test
  void onItsWayInlandAContainerGoesOnAfterItLeftThePort() throws SQLException {
    rows.insert("shipments", "t49_shipment_id, destination_locode", "s", "USCHI")
        .insert(
            "containers",
            "t49_container_id, t49_shipment_id, pod_discharged_at, pod_full_out_at",
            "c",
            "s",
            MONDAY,
            TUESDAY);
    assertThat(status()).containsExactly("picked_up | times");
    milestone("e", "rail_loaded", WEDNESDAY);

    assertThat(status()).containsExactly("on_rail | milestones");
  }

  @ParameterizedTest
  @CsvSource({
    "on_ship, pod_arrived_at, on_ship, provider",
    "on_ship, pod_discharged_at, grounded, times",
    "available, pod_full_out_at, picked_up, times",
    "picked_up, empty_terminated_at, empty_returned, times",
    "off_dock, pod_discharged_at, off_dock, provider",
    "never_heard_of, empty_terminated_at, never_heard_of, provider"
  })
  void theProvidersStatusDoesNotContradictTheRowEither(
      String told, String column, String status, String source) throws SQLException {
    rows.insert(
        "containers",
        "t49_container_id, current_status, status_version, " + column,
        "c",
        told,
        version("2026-03-04T08:00:00Z"),
        MONDAY);

    assertThat(status()).containsExactly(status + " | " + source);
  }

  /** Whatever comes after whatever: what is kept is what the rule says. */
  @Test
  void whatIsKeptIsWhatTheRuleSays() throws SQLException {
    Random random = new Random(20);
    List<String> types = List.of("vessel_loaded", "vessel_discharged", "available", "full_out");
    List<String> times = List.of(MONDAY, TUESDAY, WEDNESDAY);
    List<String> steps =
        List.of(
            "INSERT INTO containers (tenant_id, t49_container_id, t49_shipment_id)"
                + " VALUES ('%1$s', 'c%2$d', 's%2$d') ON CONFLICT DO NOTHING",
            "UPDATE containers SET pod_discharged_at = '%4$s'"
                + " WHERE tenant_id = '%1$s' AND t49_container_id = 'c%2$d'",
            "UPDATE containers SET pod_full_out_at = NULL, t49_shipment_id = NULL"
                + " WHERE tenant_id = '%1$s' AND t49_container_id = 'c%2$d'",
            "UPDATE containers SET current_status = 'off_dock'"
                + " WHERE tenant_id = '%1$s' AND t49_container_id = 'c%2$d'",
            "INSERT INTO container_events (tenant_id, t49_event_id, resource_type, event_type,"
                + " event_timestamp, t49_container_id, t49_shipment_id, t49_location_id)"
                + " VALUES ('%1$s', 'e%6$d', 'transport_event', 'container.transport.%3$s', '%4$s',"
                + " 'c%2$d', 's%2$d', 'l%2$d')",
            "UPDATE container_events SET invalidated_at = now()"
                + " WHERE tenant_id = '%1$s' AND t49_event_id = 'e%5$d'",
            "UPDATE container_events SET t49_container_id = 'c%2$d'"
                + " WHERE tenant_id = '%1$s' AND t49_event_id = 'e%5$d'",
            "DELETE FROM container_events WHERE tenant_id = '%1$s' AND t49_event_id = 'e%5$d'",
            "INSERT INTO shipments (tenant_id, t49_shipment_id, destination_locode)"
                + " VALUES ('%1$s', 's%2$d', 'USCHI') ON CONFLICT DO NOTHING",
            "UPDATE shipments SET destination_locode = NULL"
                + " WHERE tenant_id = '%1$s' AND t49_shipment_id = 's%2$d'",
            "INSERT INTO locations (tenant_id, t49_location_id, location_type, locode)"
                + " VALUES ('%1$s', 'l%2$d', 'port', 'US%2$d') ON CONFLICT DO NOTHING",
            "UPDATE locations SET locode = 'CN%2$d'"
                + " WHERE tenant_id = '%1$s' AND t49_location_id = 'l%2$d'",
            "DELETE FROM containers WHERE tenant_id = '%1$s' AND t49_container_id = 'c%2$d'");
    String columns =
        "t49_container_id, current_status, status_source, status_evidence, status_since,"
            + " location_locode";
    for (int step = 0; step < 600; step++) {
      execute(
          steps
              .get(random.nextInt(steps.size()))
              .formatted(
                  rows.tenant(),
                  random.nextInt(4),
                  types.get(random.nextInt(types.size())),
                  times.get(random.nextInt(times.size())),
                  random.nextInt(1 + step),
                  step));
      if (step % 7 == 0) {
        execute("SELECT refresh_container_statuses(100)");
      }
      assertThat(rows.read("containers_current", columns))
          .as("after step %d", step)
          .isEqualTo(rows.read("container_status_rule", columns));
    }
    assertThat(rows.read("containers_current", "current_status")).isNotEmpty();
  }

  /** A milestone that commits late is not passed over by who works off the marks. */
  @Test
  void aLateCommitIsNotPassedOver() throws SQLException {
    container();
    milestone("e1", "vessel_loaded", MONDAY);
    try (Connection late = DATABASE.connect();
        Connection other = DATABASE.connect()) {
      late.setAutoCommit(false);
      TenantRows.of(rows.tenant(), late)
          .insert(
              "container_events",
              "t49_event_id, event_type, event_timestamp, t49_container_id",
              "e2",
              TRANSPORT + "full_out",
              TUESDAY,
              "c");
      // Its mark is locked until it ends, so that it is left.
      execute(other, "SELECT refresh_container_statuses(100)");
      assertThat(status()).containsExactly("on_ship | milestones");
      late.commit();
      assertThat(status()).containsExactly("picked_up | milestones");
      execute(other, "SELECT refresh_container_statuses(100)");
      assertThat(status()).containsExactly("picked_up | milestones");
    }
    assertThat(rows.read("container_statuses", "current_status, previous_status, status_evidence"))
        .containsExactly("picked_up | null | container.transport.full_out");
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private List<String> status() throws SQLException {
    return rows.read("containers_current", "current_status, status_source");
  }

  private List<String> latestEvent() throws SQLException {
    return rows.read("containers_with_latest_event", "latest_t49_event_id");
  }
}
