package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;

class ShipmentHandlerTest {
  private static final String TYPE = "shipment.estimated.arrival";

  @Test
  void anEstimateIsAnEventOfItsShipment() {
    assertThat(
            Notification.of(TYPE)
                .about("estimated_event", "e-7")
                .including(Fixtures.ESTIMATED_EVENT)
                .including(Fixtures.PORT)
                .row(Terminal49Tables.SHIPMENT_EVENTS))
        .containsOnly(
            entry("tenant_id", "acme"),
            entry("t49_event_id", "e-7"),
            entry("event_type", TYPE),
            entry("reported_event_type", TYPE),
            entry("event_timestamp", "2026-03-09T14:00:00Z"),
            entry("timezone", "America/Los_Angeles"),
            entry("voyage_number", "011E"),
            entry("created_at", "2026-03-02T07:59:00Z"),
            entry("location_locode", "USLAX"),
            entry("data_source", "shipping_line"),
            entry("t49_shipment_id", "s-1"),
            entry("t49_vessel_id", "v-1"),
            entry("vessel_name", null),
            entry("vessel_imo", null),
            entry("t49_location_id", "p-lax"),
            entry("location_name", "Los Angeles"));
  }

  @Test
  void itsTimeMayHaveTheOtherName() {
    assertThat(
            Notification.of(TYPE)
                .about("estimated_event", "e-7")
                .including(Fixtures.ESTIMATED_EVENT.replace("estimated_timestamp", "timestamp"))
                .row(Terminal49Tables.SHIPMENT_EVENTS))
        .containsEntry("event_timestamp", "2026-03-09T14:00:00Z")
        .doesNotContainKey("extra");
    assertThat(
            Notification.of(TYPE)
                .about("estimated_event", "e-7")
                .including(
                    Fixtures.ESTIMATED_EVENT.replace(
                        "'timezone'", "'timestamp': 'kept', 'timezone'"))
                .row(Terminal49Tables.SHIPMENT_EVENTS))
        .containsEntry("event_timestamp", "2026-03-09T14:00:00Z")
        .containsEntry("extra", "{\"timestamp\":\"kept\"}");
  }

  @Test
  void anEstimateThatIsNotIncludedIsStoredByWhatItsNotificationSays() {
    assertThat(
            Notification.of(TYPE)
                .about("estimated_event", "e-8")
                .row(Terminal49Tables.SHIPMENT_EVENTS))
        .containsOnly(
            entry("tenant_id", "acme"), entry("t49_event_id", "e-8"), entry("event_type", TYPE));
  }
}
