package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Version;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What containers, shipments and tracking requests become, whichever notification brings them. */
class IncludedResourcesTest {
  private static final String UPDATED = "container.updated";

  @ParameterizedTest
  @ValueSource(strings = {"container.created", UPDATED, "shipment.estimated.arrival"})
  void whateverIsIncludedIsStored(String type) {
    List<Upsert> rows =
        Notification.of(type)
            .including(Fixtures.SHIPMENT)
            .including(Fixtures.PORT)
            .including(Fixtures.CONTAINER)
            .including(Fixtures.CONTAINER.replace("c-1", "c-2"))
            .rows();

    assertThat(rows)
        .extracting(Upsert::key)
        .contains(
            List.of("acme", "s-1"),
            List.of("acme", "p-lax", "port"),
            List.of("acme", "c-1"),
            List.of("acme", "c-2"));
    String time =
        new Version(Instant.parse("2026-03-02T08:00:00Z"), "", "0".repeat(64))
            .text()
            .substring(0, 18);
    assertThat(rows)
        .extracting(upsert -> upsert.version().text())
        .allMatch(v -> v.startsWith(time));
  }

  @Test
  void aContainerFillsItsColumns() {
    Map<String, String> row =
        Notification.of(UPDATED).including(Fixtures.CONTAINER).row(Terminal49Tables.CONTAINERS);

    assertThat(row)
        .contains(
            entry("t49_container_id", "c-1"),
            entry("t49_shipment_id", "s-1"),
            entry("t49_pod_terminal_id", "t-1"),
            entry("number", "NBLU2048175"),
            entry("seal_number", null),
            entry("created_at", "2026-02-01T09:00:01Z"),
            entry("equipment_length", "40"),
            entry("weight_in_lbs", "38120.50"),
            entry("available_for_pickup", "false"),
            entry("pickup_lfd", "2026-03-07T08:00:00Z"),
            entry("fees_at_pod_terminal", "[]"),
            entry(
                "holds_at_pod_terminal",
                "[{\"name\":\"customs\",\"status\":\"hold\",\"description\":null}]"))
        .doesNotContainKeys(
            "current_status",
            "pickup_lfd_terminal",
            "ind_eta_at",
            "t49_pickup_facility_id",
            "extra");
  }

  @Test
  void aShipmentFillsItsColumns() {
    Map<String, String> row =
        Notification.of(UPDATED).including(Fixtures.SHIPMENT).row(Terminal49Tables.SHIPMENTS);

    assertThat(row)
        .contains(
            entry("t49_shipment_id", "s-1"),
            entry("bill_of_lading_number", "NBLX26020011"),
            entry("normalized_number", "26020011"),
            entry("pod_eta_at", "2026-03-01T11:30:00Z"),
            entry("ref_numbers", "[\"PO-77\"]"),
            entry("line_tracking_stopped_reason", "account_closed"),
            entry("t49_port_of_discharge_id", "p-lax"),
            entry("t49_destination_id", null),
            entry("t49_destination_terminal_id", null))
        .doesNotContainKey("extra");
  }

  @Test
  void aContainerWhoseShipmentIsSaidToBeNoneLosesItsLink() {
    String orphan =
        "{'id':'c-1','type':'container','attributes':{'number':'NBLU2048175'},"
            + "'relationships':{'shipment':{'data':null}}}";

    assertThat(Notification.of(UPDATED).including(orphan).row(Terminal49Tables.CONTAINERS))
        .containsEntry("t49_shipment_id", null);
  }

  @Test
  void aContainerThatDoesNotSpeakOfItsShipmentKeepsItsLink() {
    String silent = "{'id':'c-1','type':'container','attributes':{'number':'NBLU2048175'}}";

    assertThat(Notification.of(UPDATED).including(silent).row(Terminal49Tables.CONTAINERS))
        .containsOnlyKeys("tenant_id", "t49_container_id", "number");
  }

  @Test
  void aContainerWhoseShipmentIsNotIncludedIsLinkedAllTheSame() {
    Notification notification = Notification.of(UPDATED).including(Fixtures.CONTAINER);

    assertThat(notification.rows()).extracting(Upsert::table).containsExactly("containers");
    assertThat(notification.row(Terminal49Tables.CONTAINERS))
        .containsEntry("t49_shipment_id", "s-1");
  }

  @Test
  void aRelationshipToSomethingElseSaysNothing() {
    String odd =
        "{'id':'c-1','type':'container','relationships':{'shipment':{'data':"
            + "{'id':'s-1','type':'cargo'}},'pickup_facility':{'data':"
            + "{'id':'t-2','type':'terminal'}}}}";

    assertThat(Notification.of(UPDATED).including(odd).row(Terminal49Tables.CONTAINERS))
        .containsOnlyKeys("tenant_id", "t49_container_id", "t49_pickup_facility_id");
  }

  @Test
  void attributesWithoutAColumnGoIntoExtraWhole() {
    String container =
        "{'id':'c-1','type':'container','attributes':{'current_status':'teleported',"
            + "'delivered_at':null,'smell':{'like':['fish']},'weight_in_lbs':'100'}}";

    assertThat(Notification.of(UPDATED).including(container).row(Terminal49Tables.CONTAINERS))
        .containsEntry("current_status", "teleported")
        .containsEntry("weight_in_lbs", "100")
        .containsEntry("extra", "{\"delivered_at\":null,\"smell\":{\"like\":[\"fish\"]}}");
  }

  @Test
  void ofTwoContainersOfOneIdTheFirstIsStored() {
    Notification notification =
        Notification.of(UPDATED)
            .including(Fixtures.CONTAINER)
            .including(Fixtures.CONTAINER.replace("reefer", "dry"));

    assertThat(notification.row(Terminal49Tables.CONTAINERS))
        .containsEntry("equipment_type", "reefer");
  }

  @Test
  void aResourceThatSaysNothingIsNoRow() {
    assertThat(
            Notification.of(UPDATED)
                .about("container_updated_event", "u-1")
                .including("{'id':'c-1','type':'container'}")
                .including("{'id':'s-1','type':'shipment','attributes':{},'relationships':null}")
                .rows())
        .extracting(Upsert::table)
        .containsExactly("container_events");
  }

  @Test
  void aTrackingRequestThatSucceededIsStoredWithWhatItLedTo() {
    Notification notification =
        Notification.of("tracking_request.succeeded")
            .about("tracking_request", "r-1")
            .including(Fixtures.CONTAINER)
            .including(Fixtures.SHIPMENT)
            .including(Fixtures.TRACKING_REQUEST);

    assertThat(notification.rows())
        .extracting(Upsert::table)
        .containsExactlyInAnyOrder("shipments", "containers", "tracking_requests");
    assertThat(notification.row(Terminal49Tables.TRACKING_REQUESTS))
        .containsOnly(
            entry("tenant_id", "acme"),
            entry("t49_tracking_request_id", "r-1"),
            entry("last_event_type", "tracking_request.succeeded"),
            entry("request_number", "NBLX26020011"),
            entry("request_type", "bill_of_lading"),
            entry("scac", "NBLX"),
            entry("status", "created"),
            entry("failed_reason", null),
            entry("ref_numbers", "[]"),
            entry("created_at", "2026-02-01T08:59:00Z"),
            entry("is_retrying", "false"),
            entry("retry_count", null),
            entry("shipment_tags", "[\"spring\"]"),
            entry("t49_updated_at", "2026-02-01T09:00:00Z"),
            entry("t49_shipment_id", "s-1"));
  }

  @Test
  void aTrackingRequestThatFailedLedToNoShipment() {
    Map<String, String> row =
        Notification.of("tracking_request.failed")
            .about("tracking_request", "r-2")
            .including(
                """
                {'id': 'r-2', 'type': 'tracking_request',
                 'attributes': {'request_number': 'NBLX0', 'request_type': 'container',
                   'scac': 'NBLX', 'ref_numbers': null, 'created_at': '2026-02-01T08:59:00Z',
                   'status': 'failed', 'failed_reason': 'awaiting_manifest'},
                 'relationships': {'tracked_object': {'data': null}}}
                """)
            .row(Terminal49Tables.TRACKING_REQUESTS);

    assertThat(row)
        .containsEntry("status", "failed")
        .containsEntry("failed_reason", "awaiting_manifest")
        .containsEntry("t49_shipment_id", null)
        .doesNotContainKeys("is_retrying", "t49_updated_at", "shipment_tags");
  }

  @Test
  void aTrackingRequestThatIsNotIncludedIsStoredByWhatItsNotificationSays() {
    assertThat(
            Notification.of("tracking_request.awaiting_manifest")
                .about("tracking_request", "r-3")
                .row(Terminal49Tables.TRACKING_REQUESTS))
        .containsOnly(
            entry("tenant_id", "acme"),
            entry("t49_tracking_request_id", "r-3"),
            entry("last_event_type", "tracking_request.awaiting_manifest"));
  }

  @Test
  void vesselsHaveANameAndAPosition() {
    assertThat(Notification.of(UPDATED).including(Fixtures.VESSEL).row(Terminal49Tables.VESSELS))
        .containsOnly(
            entry("tenant_id", "acme"),
            entry("t49_vessel_id", "v-1"),
            entry("name", "NIMBUS PETREL"),
            entry("imo", "9990017"),
            entry("mmsi", "999000170"),
            entry("latitude", "33.7"),
            entry("longitude", "-118.2"));
  }

  @Test
  void portsAndMetropolitanAreasAreLocationsWhoseCoordinatesAreNumbers() {
    assertThat(Notification.of(UPDATED).including(Fixtures.PORT).row(Terminal49Tables.LOCATIONS))
        .contains(
            entry("t49_location_id", "p-lax"),
            entry("location_type", "port"),
            entry("name", "Los Angeles"),
            entry("locode", "USLAX"),
            entry("latitude", "33.728"),
            entry("time_zone", "America/Los_Angeles"))
        .doesNotContainKeys("firms_code", "extra", "t49_port_id");
    assertThat(
            Notification.of(UPDATED)
                .including(Fixtures.PORT.replace("'port'", "'metro_area'"))
                .row(Terminal49Tables.LOCATIONS))
        .containsEntry("location_type", "metro_area");
  }

  @Test
  void terminalsAreLocationsAtAPort() {
    assertThat(
            Notification.of(UPDATED).including(Fixtures.TERMINAL).row(Terminal49Tables.LOCATIONS))
        .contains(
            entry("location_type", "terminal"),
            entry("name", "Pier 9"),
            entry("firms_code", "Z901"),
            entry("provided_data", "{\"pickup_lfd\":true,\"pickup_lfd_notes\":\"\"}"),
            entry("t49_port_id", "p-lax"))
        .doesNotContainKeys("locode", "street", "smdg_code", "extra");
  }

  @Test
  void railTerminalsAreLocationsInAMetropolitanArea() {
    assertThat(
            Notification.of(UPDATED)
                .including(
                    "{'id':'r-9','type':'rail_terminal','attributes':{'name':'Elm Yard',"
                        + "'nickname':'Elm','firms_code':'Z902','city':'Elm'},'relationships':"
                        + "{'port':{'data':null},'metro_area':{'data':"
                        + "{'id':'m-1','type':'metro_area'}}}}")
                .row(Terminal49Tables.LOCATIONS))
        .contains(
            entry("location_type", "rail_terminal"),
            entry("city", "Elm"),
            entry("t49_port_id", null),
            entry("t49_metro_area_id", "m-1"));
  }

  @Test
  void anAttributeThatRepeatsTheIdIsNotKeptTwiceButAnotherIs() {
    String port = "{'id':'p-1','type':'port','attributes':{'id':'%s','name':'Ningbo'}}";

    assertThat(
            Notification.of(UPDATED)
                .including(port.formatted("p-1"))
                .row(Terminal49Tables.LOCATIONS))
        .doesNotContainKey("extra");
    assertThat(
            Notification.of(UPDATED)
                .including(port.formatted("p-2"))
                .row(Terminal49Tables.LOCATIONS))
        .containsEntry("extra", "{\"id\":\"p-2\"}");
  }
}
