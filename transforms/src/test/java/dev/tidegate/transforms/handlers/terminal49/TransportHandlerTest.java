package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.tidegate.schemas.Upsert;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransportHandlerTest {
  private static final String ARRIVED = "container.transport.vessel_arrived";

  @Test
  void writesTheMilestoneAndAllThatIsIncluded() {
    Notification notification =
        Notification.of(ARRIVED)
            .about("transport_event", "e-1")
            .including(Fixtures.SHIPMENT)
            .including(Fixtures.CONTAINER)
            .including(Fixtures.PORT)
            .including(Fixtures.VESSEL)
            .including(Fixtures.TRANSPORT_EVENT);

    assertThat(notification.rows())
        .extracting(Upsert::table)
        .containsExactlyInAnyOrder(
            "shipments", "containers", "container_events", "vessels", "locations");
    assertThat(notification.row(Terminal49Tables.CONTAINER_EVENTS))
        .containsOnly(
            entry("tenant_id", "acme"),
            entry("t49_event_id", "e-1"),
            entry("resource_type", "transport_event"),
            entry("event_type", ARRIVED),
            entry("reported_event_type", ARRIVED),
            entry("event_timestamp", "2026-03-01T15:00:00Z"),
            entry("timezone", "America/Los_Angeles"),
            entry("location_locode", "USLAX"),
            entry("voyage_number", "011E"),
            entry("data_source", "shipping_line"),
            entry("created_at", "2026-03-02T07:59:58Z"),
            entry("t49_container_id", "c-1"),
            entry("t49_shipment_id", "s-1"),
            entry("t49_vessel_id", "v-1"),
            entry("t49_location_id", "p-lax"),
            entry("t49_terminal_id", null),
            entry("vessel_name", "NIMBUS PETREL"),
            entry("vessel_imo", "9990017"),
            entry("location_name", "Los Angeles"),
            entry("terminal_name", null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"absent", "null", "[]"})
  void withNothingIncludedTheMilestoneIsStoredWithoutAContainer(String included) {
    Notification notification =
        Notification.of("container.transport.available").about("transport_event", "e-9");
    if (!included.equals("absent")) {
      notification.includedIs(included);
    }

    assertThat(notification.rows()).hasSize(1);
    assertThat(notification.row(Terminal49Tables.CONTAINER_EVENTS))
        .containsOnly(
            entry("tenant_id", "acme"),
            entry("t49_event_id", "e-9"),
            entry("resource_type", "transport_event"),
            entry("event_type", "container.transport.available"));
  }

  @Test
  void aTransportEventWithoutRelationshipsSaysNothingOfItsContainer() {
    Notification notification =
        Notification.of("container.transport.estimated.vessel_departed")
            .about("transport_event", "e-2")
            .including(
                """
                {'id': 'e-2', 'type': 'transport_event',
                 'attributes': {'event': 'container.transport.estimated.vessel_departed',
                   'created_at': '2026-03-02T07:00:00Z', 'voyage_number': null,
                   'timestamp': '2026-03-20T07:00:00Z', 'data_source': 't49_operations_team',
                   'location_locode': null, 'timezone': null}}
                """);

    assertThat(notification.row(Terminal49Tables.CONTAINER_EVENTS))
        .containsEntry("event_timestamp", "2026-03-20T07:00:00Z")
        .containsEntry("data_source", "t49_operations_team")
        .containsEntry("timezone", null)
        .doesNotContainKeys("t49_container_id", "vessel_name", "location_name", "terminal_name");
  }

  @Test
  void namesOfWhatIsNotIncludedAreUnknown() {
    Notification notification =
        Notification.of(ARRIVED)
            .about("transport_event", "e-1")
            .including("{'id': 'v-1', 'type': 'vessel'}")
            .including(Fixtures.TRANSPORT_EVENT);

    assertThat(notification.row(Terminal49Tables.CONTAINER_EVENTS))
        .contains(
            entry("t49_vessel_id", "v-1"),
            entry("vessel_name", null),
            entry("vessel_imo", null),
            entry("t49_location_id", "p-lax"),
            entry("location_name", null),
            entry("t49_terminal_id", null),
            entry("terminal_name", null));
  }

  @Test
  void aRelatedResourceOfTheSameIdButAnotherTypeIsNotTaken() {
    Notification notification =
        Notification.of(ARRIVED)
            .about("transport_event", "e-1")
            .including("{'id': 'p-lax', 'type': 'vessel', 'attributes': {'name': 'NOT A PORT'}}")
            .including(Fixtures.TRANSPORT_EVENT);

    assertThat(notification.row(Terminal49Tables.CONTAINER_EVENTS))
        .containsEntry("location_name", null);
  }

  @Test
  void anEstimateThatCallsItselfAnArrivalStaysAnEstimate() {
    Map<String, String> row =
        Notification.of("container.transport.estimated.arrived_at_inland_destination")
            .about("transport_event", "e-1")
            .including(Fixtures.TRANSPORT_EVENT)
            .row(Terminal49Tables.CONTAINER_EVENTS);

    assertThat(row)
        .containsEntry("event_type", "container.transport.estimated.arrived_at_inland_destination")
        .containsEntry("reported_event_type", ARRIVED);
  }

  @Test
  void aMilestoneTakenBackIsMarked() {
    Map<String, String> row =
        Notification.of(ARRIVED)
            .about("transport_event", "e-3")
            .including(
                "{'id':'e-3','type':'transport_event','attributes':"
                    + "{'invalidated_at':'2026-03-02T01:00:00Z','why':'x','reason':null}}")
            .row(Terminal49Tables.CONTAINER_EVENTS);

    assertThat(row)
        .containsEntry("invalidated_at", "2026-03-02T01:00:00Z")
        .containsEntry("extra", "{\"reason\":null,\"why\":\"x\"}")
        .doesNotContainKey("event_timestamp");
  }

  @Test
  void withoutAReferenceWhatIsIncludedIsStoredAllTheSame() {
    Notification notification =
        Notification.of(ARRIVED)
            .about("container", "c-1")
            .including(Fixtures.CONTAINER)
            .including(Fixtures.TRANSPORT_EVENT);

    assertThat(notification.rows())
        .extracting(Upsert::table)
        .containsExactly("containers", "container_events");
    // Which of the two names of its type is right is known of the referenced event alone.
    assertThat(notification.row(Terminal49Tables.CONTAINER_EVENTS))
        .containsEntry("reported_event_type", ARRIVED)
        .doesNotContainKey("event_type");
  }
}
