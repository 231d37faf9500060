package dev.tidegate.transforms.handlers.terminal49;

import static dev.tidegate.schemas.Column.bigint;
import static dev.tidegate.schemas.Column.bool;
import static dev.tidegate.schemas.Column.indexedText;
import static dev.tidegate.schemas.Column.jsonb;
import static dev.tidegate.schemas.Column.jsonbByField;
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
 * <p>The groups follow what occurs together in notifications (docs/design.md, promise 2). An
 * attribute Terminal49 added over the years is missing from older payloads: groups named {@code
 * details} hold those. A group that was never written takes no space in a row. A written group
 * takes space for its version, so groups are split only where the payloads need it.
 */
final class Terminal49Tables {
  /**
   * The group and column of attributes that have no column of their own, as fields of one object.
   */
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
   * Requests to track a number. {@code last_event_type} is the type of the newest notification. If
   * no notification includes the request, nothing else is known of it.
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

  /** Documents. {@code extraction_status} comes from the newest notification. */
  static final Table DOCUMENTS =
      Table.named("documents")
          .key(indexedText("t49_document_id"))
          .group("extraction", indexedText("extraction_status"))
          .group("facts", indexedText("document_type"), text("file_name"))
          .group(
              "details",
              text("name"),
              text("file_content_type"),
              bigint("file_size_bytes"),
              timestamptz("created_at"),
              // The provider's updated_at; that name is taken by the table's own.
              timestamptz("t49_updated_at"))
          .group("origin", text("source"))
          .group("file_url", text("file_url"))
          .group("classification", text("document_type_manual"), text("classification_notes"))
          .group("email_submission", indexedText("t49_email_submission_id"))
          .group("representation", indexedText("t49_document_representation_id"))
          .group("shipments", jsonb("t49_shipment_ids"))
          .group("containers", jsonb("t49_container_ids"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  static final Table DOCUMENT_REPRESENTATIONS =
      Table.named("document_representations")
          .key(indexedText("t49_document_representation_id"))
          .group(
              "facts",
              text("schema_version"),
              jsonb("payload"),
              timestamptz("created_at"),
              timestamptz("t49_updated_at"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  static final Table EMAIL_SUBMISSIONS =
      Table.named("email_submissions")
          .key(indexedText("t49_email_submission_id"))
          .group("facts", text("subject"), jsonb("from_addresses"), timestamptz("sent_at"))
          .group(
              "details",
              jsonb("to_addresses"),
              jsonb("cc_addresses"),
              text("message_id"),
              text("body_preview"),
              timestamptz("created_at"),
              timestamptz("t49_updated_at"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  static final Table VESSELS =
      Table.named("vessels")
          .key(indexedText("t49_vessel_id"))
          .group("identity", text("name"), indexedText("imo"), text("mmsi"))
          .group(
              "position",
              numeric("latitude"),
              numeric("longitude"),
              numeric("nautical_speed_knots"),
              numeric("navigational_heading_degrees"),
              timestamptz("position_timestamp"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  /**
   * Ports, metropolitan areas, terminals and rail terminals. Links point to any of them, and one
   * join finds their names. {@code location_type} is part of the key, because an ID is unique
   * within its type only.
   */
  static final Table LOCATIONS =
      Table.named("locations")
          .key(indexedText("t49_location_id"))
          .key(indexedText("location_type"))
          .group("identity", text("name"))
          .group("place", indexedText("locode"), text("country_code"), text("time_zone"))
          .group("coordinates", numeric("latitude"), numeric("longitude"))
          .group("city", text("city"))
          .group("state_abbr", text("state_abbr"))
          .group("facility", text("nickname"), text("firms_code"))
          .group("facility_codes", text("smdg_code"), text("bic_facility_code"))
          .group("facility_type", text("facility_type"))
          .group("address", text("street"), text("state"), text("zip"), text("country"))
          .group("provided_data", jsonb("provided_data"))
          .group("port", indexedText("t49_port_id"))
          .group("metro_area", indexedText("t49_metro_area_id"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  /**
   * The tables in the order in which batches lock them. Vessels and places come last: nearly every
   * batch writes the same few of them, and the last locks are held for the shortest time.
   */
  static final List<Table> ALL =
      List.of(
          SHIPMENTS,
          CONTAINERS,
          CONTAINER_EVENTS,
          CONTAINER_CHANGES,
          SHIPMENT_EVENTS,
          TRACKING_REQUESTS,
          DOCUMENTS,
          DOCUMENT_REPRESENTATIONS,
          EMAIL_SUBMISSIONS,
          VESSELS,
          LOCATIONS);

  private Terminal49Tables() {}
}
