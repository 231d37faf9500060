package dev.tidegate.transforms.handlers.terminal49;

import static dev.tidegate.schemas.Column.bigint;
import static dev.tidegate.schemas.Column.bool;
import static dev.tidegate.schemas.Column.indexedText;
import static dev.tidegate.schemas.Column.jsonb;
import static dev.tidegate.schemas.Column.jsonbByField;
import static dev.tidegate.schemas.Column.numeric;
import static dev.tidegate.schemas.Column.text;
import static dev.tidegate.schemas.Column.timestamptz;
import static dev.tidegate.transforms.handlers.terminal49.Terminal49Tables.EXTRA;

import dev.tidegate.schemas.Table;

/** Containers, what happened to them, and what was changed about them. */
final class ContainerTables {
  /**
   * Containers. Each deadline is a group of its own: notifications move one at a time, and some
   * name the container without including it.
   */
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
          .group("pickup_lfd", timestamptz("pickup_lfd"))
          .group("pickup_lfd_terminal", timestamptz("pickup_lfd_terminal"))
          .group("pickup_lfd_rail", timestamptz("pickup_lfd_rail"))
          .group("pickup_lfd_line", timestamptz("pickup_lfd_line"))
          .group("pickup_appointment", timestamptz("pickup_appointment_at"))
          .group(
              "rail",
              text("pod_rail_carrier_scac"),
              text("ind_rail_carrier_scac"),
              timestamptz("pod_rail_loaded_at"),
              timestamptz("pod_rail_departed_at"),
              timestamptz("ind_eta_at"),
              timestamptz("ind_ata_at"),
              timestamptz("ind_rail_unloaded_at"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  /**
   * What notifications report about a container: milestones, estimates, changed deadlines, updates.
   * {@code event_type} is the notification's type. Without an included event it is all that is
   * known. In older notifications it is right where the event's own name ({@code
   * reported_event_type}) differs and calls an estimate an arrival.
   *
   * <p>Names of vessels and places live in related resources. They are written with the link they
   * belong to, as null where the related resource is not included: a name never stays behind when
   * its link moves, and {@code vessels} and {@code locations} know it anyway.
   */
  static final Table CONTAINER_EVENTS =
      Table.named("container_events")
          .key(indexedText("t49_event_id"))
          .key(indexedText("resource_type"))
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
          .group("value", jsonb("value"))
          .group("links", indexedText("t49_container_id"), indexedText("t49_shipment_id"))
          .group("vessel", indexedText("t49_vessel_id"), text("vessel_name"), text("vessel_imo"))
          .group("location", indexedText("t49_location_id"), text("location_name"))
          .group("terminal", indexedText("t49_terminal_id"), text("terminal_name"))
          .group("invalidation", timestamptz("invalidated_at"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  /** What an update changed: one row for each field of its changeset. */
  static final Table CONTAINER_CHANGES =
      Table.named("container_changes")
          .key(indexedText("t49_event_id"))
          .key(indexedText("event_type"))
          .key(indexedText("field"))
          .group(
              "change",
              jsonb("before"),
              jsonb("after"),
              timestamptz("changed_at"),
              text("timezone"),
              text("data_source"),
              indexedText("t49_container_id"),
              indexedText("t49_shipment_id"),
              indexedText("t49_terminal_id"))
          .build();

  private ContainerTables() {}
}
