package dev.tidegate.transforms.handlers.terminal49;

import static dev.tidegate.schemas.Column.bigint;
import static dev.tidegate.schemas.Column.bool;
import static dev.tidegate.schemas.Column.indexedText;
import static dev.tidegate.schemas.Column.jsonb;
import static dev.tidegate.schemas.Column.numeric;
import static dev.tidegate.schemas.Column.text;
import static dev.tidegate.schemas.Column.timestamptz;

import dev.tidegate.schemas.Table;
import java.util.List;

/**
 * The tables Terminal49's notifications feed. Names are those that applications around Terminal49
 * already query; types follow its resource schemas. Unknown values of its enums are kept, so that
 * they are plain texts.
 *
 * <p>The groups follow what occurs together in notifications (DESIGN.md, promise 2). An attribute
 * Terminal49 added over the years is missing from older payloads: {@code details} holds those. A
 * group that was never written costs a row nothing; a written one costs some 130 bytes for its
 * version, so that groups are not split without a reason in the payloads.
 */
final class Terminal49Tables {
  /** The group and column of attributes that have no column of their own, as one object. */
  static final String EXTRA = "extra";

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
          .group(EXTRA, jsonb(EXTRA))
          .build();

  static final Table CONTAINERS =
      Table.named("containers")
          .key(indexedText("t49_container_id"))
          .group("identity", indexedText("number"), text("seal_number"), timestamptz("created_at"))
          .group(
              "state",
              text("equipment_type"),
              bigint("equipment_length"),
              text("equipment_height"),
              numeric("weight_in_lbs"),
              bool("availability_known"),
              bool("available_for_pickup"),
              timestamptz("pickup_lfd"),
              jsonb("holds_at_pod_terminal"),
              jsonb("fees_at_pod_terminal"),
              timestamptz("pod_arrived_at"),
              timestamptz("pod_discharged_at"),
              timestamptz("pod_full_out_at"),
              timestamptz("final_destination_full_out_at"),
              timestamptz("empty_terminated_at"))
          .group(
              "details",
              jsonb("ref_numbers"),
              timestamptz("pickup_appointment_at"),
              text("location_at_pod_terminal"),
              text("pod_full_out_chassis_number"),
              timestamptz("terminal_checked_at"),
              timestamptz("pod_last_tracking_request_at"),
              timestamptz("shipment_last_tracking_request_at"),
              text("pod_timezone"),
              text("final_destination_timezone"),
              text("empty_terminated_timezone"))
          .group("shipment", indexedText("t49_shipment_id"))
          .group("pod_terminal", indexedText("t49_pod_terminal_id"))
          .group("pickup_facility", indexedText("t49_pickup_facility_id"))
          .group("status", indexedText("current_status"))
          .group("deadlines", jsonb("import_deadlines"))
          .group(
              "rail",
              text("pod_rail_carrier_scac"),
              text("ind_rail_carrier_scac"),
              timestamptz("pod_rail_loaded_at"),
              timestamptz("pod_rail_departed_at"),
              timestamptz("ind_eta_at"),
              timestamptz("ind_ata_at"),
              timestamptz("ind_rail_unloaded_at"))
          .group(EXTRA, jsonb(EXTRA))
          .build();

  /**
   * Milestones, estimates among them. {@code event_type} is the notification's: all that is known
   * when the transport event is not included, and in older notifications the truth where the
   * transport event's own name ({@code reported_event_type}) differs: it calls an estimate an
   * arrival. Names of vessels and places live in related resources, which are included or not
   * independently of each other.
   */
  static final Table CONTAINER_EVENTS =
      Table.named("container_events")
          .key(indexedText("t49_event_id"))
          .group("type", indexedText("event_type"))
          .group(
              "facts",
              text("reported_event_type"),
              timestamptz("event_timestamp"),
              text("timezone"),
              indexedText("location_locode"),
              text("voyage_number"),
              text("data_source"),
              timestamptz("created_at"))
          .group(
              "links",
              indexedText("t49_container_id"),
              indexedText("t49_shipment_id"),
              indexedText("t49_vessel_id"),
              indexedText("t49_location_id"),
              indexedText("t49_terminal_id"))
          .group("vessel", text("vessel_name"), text("vessel_imo"))
          .group("location", text("location_name"))
          .group("terminal", text("terminal_name"))
          .group("invalidation", timestamptz("invalidated_at"))
          .group(EXTRA, jsonb(EXTRA))
          .build();

  static final Table TRACKING_REQUESTS =
      Table.named("tracking_requests")
          .key(indexedText("t49_tracking_request_id"))
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
          .group(EXTRA, jsonb(EXTRA))
          .build();

  /** In the order in which batches lock them. */
  static final List<Table> ALL =
      List.of(SHIPMENTS, CONTAINERS, CONTAINER_EVENTS, TRACKING_REQUESTS);

  private Terminal49Tables() {}
}
