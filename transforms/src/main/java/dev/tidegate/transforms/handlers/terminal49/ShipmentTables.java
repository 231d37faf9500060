package dev.tidegate.transforms.handlers.terminal49;

import static dev.tidegate.schemas.Column.bigint;
import static dev.tidegate.schemas.Column.bool;
import static dev.tidegate.schemas.Column.indexedText;
import static dev.tidegate.schemas.Column.jsonb;
import static dev.tidegate.schemas.Column.jsonbByField;
import static dev.tidegate.schemas.Column.text;
import static dev.tidegate.schemas.Column.timestamptz;
import static dev.tidegate.transforms.handlers.terminal49.Terminal49Tables.EXTRA;

import dev.tidegate.schemas.Table;

/** Shipments, their estimates, and the requests that started tracking them. */
final class ShipmentTables {
  static final Table SHIPMENTS =
      Table.named("shipments")
          .key(indexedText("t49_shipment_id"))
          .group(
              "facts",
              indexedText("bill_of_lading_number"),
              indexedText("shipping_line_scac"),
              text("shipping_line_name"),
              jsonb("ref_numbers"),
              indexedText("port_of_lading_locode"),
              text("port_of_lading_name"),
              indexedText("port_of_discharge_locode"),
              text("port_of_discharge_name"),
              indexedText("destination_locode"),
              text("destination_name"),
              text("pod_vessel_name"),
              text("pod_vessel_imo"),
              text("pod_voyage_number"),
              timestamptz("pol_etd_at"),
              timestamptz("pol_atd_at"),
              text("pol_timezone"),
              timestamptz("pod_eta_at"),
              timestamptz("pod_ata_at"),
              text("pod_timezone"),
              timestamptz("destination_eta_at"),
              timestamptz("destination_ata_at"),
              text("destination_timezone"),
              timestamptz("created_at"))
          .group(
              "details",
              indexedText("normalized_number"),
              text("shipping_line_short_name"),
              text("customer_name"),
              jsonb("tags"),
              timestamptz("pod_original_eta_at"),
              timestamptz("line_tracking_last_attempted_at"),
              timestamptz("line_tracking_last_succeeded_at"),
              timestamptz("line_tracking_stopped_at"),
              text("line_tracking_stopped_reason"))
          .group(
              "places",
              indexedText("t49_port_of_lading_id"),
              indexedText("t49_port_of_discharge_id"),
              indexedText("t49_pod_terminal_id"),
              indexedText("t49_destination_id"))
          .group("destination_terminal", indexedText("t49_destination_terminal_id"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  /** Estimates of a shipment's arrival: each a row of its own, so that they can be compared. */
  static final Table SHIPMENT_EVENTS =
      Table.named("shipment_events")
          .key(indexedText("t49_event_id"))
          .group("type", indexedText("event_type"))
          .group(
              "facts",
              text("reported_event_type"),
              timestamptz("event_timestamp"),
              text("timezone"),
              text("voyage_number"),
              timestamptz("created_at"))
          .group("place", indexedText("location_locode"))
          .group("origin", text("data_source"))
          .group("shipment", indexedText("t49_shipment_id"))
          .group("vessel", indexedText("t49_vessel_id"), text("vessel_name"), text("vessel_imo"))
          .group("location", indexedText("t49_location_id"), text("location_name"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  /**
   * Requests to track a number. {@code last_event_type} is the type of the newest notification.
   * Nothing else is known of a request that no notification included.
   */
  static final Table TRACKING_REQUESTS =
      Table.named("tracking_requests")
          .key(indexedText("t49_tracking_request_id"))
          .group("type", indexedText("last_event_type"))
          .group(
              "facts",
              indexedText("request_number"),
              text("request_type"),
              indexedText("scac"),
              indexedText("status"),
              text("failed_reason"),
              jsonb("ref_numbers"),
              timestamptz("created_at"))
          .group("retries", bool("is_retrying"), bigint("retry_count"))
          .group("shipment_tags", jsonb("shipment_tags"))
          .group("tags", jsonb("tags"))
          // The provider's updated_at; that name is taken by the table's own.
          .group("provider_update", timestamptz("t49_updated_at"))
          .group("shipment", indexedText("t49_shipment_id"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  private ShipmentTables() {}
}
