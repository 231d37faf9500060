package dev.tidegate.transforms.convergence;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A kind of resource that notifications include: the attributes that occur together, and what it
 * relates to. Attributes are texts unless another type follows their name.
 */
@SuppressWarnings("ImmutableEnumChecker") // The lists are unmodifiable.
enum ResourceKind {
  CONTAINER(
      "c",
      4,
      List.of(
          "identity: number, seal_number, created_at time",
          "state: equipment_type, equipment_length integer, equipment_height, weight_in_lbs number,"
              + " availability_known flag, available_for_pickup flag, pickup_lfd time,"
              + " holds_at_pod_terminal objects, fees_at_pod_terminal objects, pod_arrived_at time,"
              + " pod_discharged_at time, pod_full_out_at time, final_destination_full_out_at time,"
              + " empty_terminated_at time",
          "details: ref_numbers texts, pickup_appointment_at time, location_at_pod_terminal,"
              + " pod_full_out_chassis_number, terminal_checked_at time, pod_timezone",
          "status: current_status",
          "deadlines: import_deadlines deadlines",
          "rail: pod_rail_carrier_scac, pod_rail_loaded_at time, ind_eta_at time, ind_ata_at time",
          "unmapped: added_later, added_last object"),
      List.of("shipment: shipment", "pod_terminal: terminal", "pickup_facility: terminal")),
  SHIPMENT(
      "s",
      3,
      List.of(
          "facts: bill_of_lading_number, shipping_line_scac, shipping_line_name, ref_numbers texts,"
              + " port_of_lading_locode, port_of_discharge_locode, destination_locode,"
              + " pod_vessel_name, pod_vessel_imo, pod_voyage_number, pol_etd_at time,"
              + " pol_atd_at time, pod_eta_at time, pod_ata_at time, destination_eta_at time,"
              + " pod_timezone, created_at time",
          "details: normalized_number, customer_name, tags texts, pod_original_eta_at time,"
              + " line_tracking_stopped_at time, line_tracking_stopped_reason",
          "unmapped: added_later"),
      List.of(
          "port_of_lading: port",
          "port_of_discharge: port",
          "pod_terminal: terminal",
          "destination: port metro_area",
          "destination_terminal: terminal rail_terminal",
          "line_tracking_stopped_by_user: user",
          "containers: many container")),
  TRANSPORT_EVENT(
      "e",
      4,
      List.of(
          "facts: event, timestamp time, timezone, location_locode, voyage_number, data_source,"
              + " created_at time",
          "invalidation: invalidated_at time",
          "value: value time",
          "unmapped: added_later"),
      List.of(
          "container: container",
          "shipment: shipment",
          "vessel: vessel",
          "location: port metro_area",
          "terminal: terminal rail_terminal")),
  TRACKING_REQUEST(
      "r",
      2,
      List.of(
          "facts: request_number, request_type, scac, status, failed_reason, ref_numbers texts,"
              + " created_at time",
          "retries: is_retrying flag, retry_count integer",
          "shipment_tags: shipment_tags texts",
          "tags: tags texts",
          "update: updated_at time",
          "unmapped: added_later"),
      List.of("tracked_object: shipment", "customer: user", "user: user")),
  VESSEL(
      "v",
      2,
      List.of(
          "names: name, imo, mmsi",
          "position: latitude number, longitude number, nautical_speed_knots integer,"
              + " position_timestamp time"),
      List.of()),
  PORT(
      "p",
      2,
      List.of(
          "names: name, code, country_code, time_zone",
          "coordinates: latitude coordinate, longitude coordinate",
          "place: state_abbr, city"),
      List.of()),
  METRO_AREA("m", 1, List.of("names: name, code, country_code, time_zone"), List.of()),
  TERMINAL(
      "t",
      2,
      List.of(
          "names: name, nickname, firms_code",
          "details: smdg_code, city, provided_data object, facility_type"),
      List.of("port: port")),
  RAIL_TERMINAL(
      "rt",
      1,
      List.of("names: name, nickname, firms_code", "place: city"),
      List.of("port: port", "metro_area: metro_area")),
  ESTIMATED_EVENT(
      "ee",
      2,
      List.of(
          "facts: event, estimated_timestamp time, timezone, voyage_number, location_locode,"
              + " data_source, created_at time"),
      List.of("shipment: shipment", "port: port", "vessel: vessel")),
  CONTAINER_CREATED_EVENT(
      "cc",
      2,
      List.of("facts: timestamp time, timezone"),
      List.of("container: container", "shipment: shipment")),
  CONTAINER_UPDATED_EVENT(
      "cu",
      3,
      List.of(
          "facts: timestamp time, timezone", "changes: changeset changeset", "source: data_source"),
      List.of("container: container", "terminal: terminal")),
  CONTAINER_POD_TERMINAL_CHANGED_EVENT(
      "ct",
      2,
      List.of("facts: timestamp time, data_source"),
      List.of("container: container", "shipment: shipment", "terminal: terminal")),
  DOCUMENT(
      "d",
      2,
      List.of(
          "names: document_type, file_name, source",
          "file: name, file_content_type, file_size_bytes integer, created_at time,"
              + " updated_at time",
          "link: file_url"),
      List.of(
          "user: user",
          "email_submission: email_submission",
          "last_document_representation: document_representation",
          "shipments: many shipment",
          "cargos: many container")),
  DOCUMENT_REPRESENTATION(
      "dr",
      2,
      List.of("facts: schema_version, payload object, created_at time, updated_at time"),
      List.of()),
  EMAIL_SUBMISSION("em", 1, List.of("facts: subject, from texts, sent_at time"), List.of());

  private final String idPrefix;
  private final int count;
  private final List<AttributeGroup> groups;
  private final List<Relation> relations;

  /**
   * @param idPrefix what the IDs of its resources begin with
   * @param count how many resources of the kind there are
   * @param groups as {@code name: attribute type, attribute type …}
   * @param relations as {@code name: target type …}, or {@code name: many target type}
   */
  ResourceKind(String idPrefix, int count, List<String> groups, List<String> relations) {
    this.idPrefix = idPrefix;
    this.count = count;
    this.groups = groups.stream().map(AttributeGroup::parse).toList();
    this.relations = relations.stream().map(Relation::parse).toList();
  }

  /** The {@code type} of its resources. */
  String type() {
    return name().toLowerCase(Locale.ROOT);
  }

  int count() {
    return count;
  }

  List<AttributeGroup> groups() {
    return groups;
  }

  List<Relation> relations() {
    return relations;
  }

  /**
   * The ID of one of its resources.
   *
   * @param number any number from 1
   */
  String id(int number) {
    return idPrefix + "-" + ((number - 1) % count + 1);
  }

  /** The ID of a resource of that type, which may be one of those that are never included. */
  private static String idOf(String type, int number) {
    return Arrays.stream(values())
        .filter(kind -> kind.type().equals(type))
        .map(kind -> kind.id(number))
        .findFirst()
        .orElseGet(() -> type + "-" + number);
  }

  /** Attributes that occur together. */
  record AttributeGroup(String name, List<Attribute> attributes) {
    private static AttributeGroup parse(String text) {
      int colon = text.indexOf(':');
      List<Attribute> attributes = new ArrayList<>();
      for (String attribute : text.substring(colon + 2).split(", ", -1)) {
        String[] words = attribute.split(" ", 2);
        attributes.add(
            new Attribute(
                words[0],
                words.length == 1
                    ? ValueType.TEXT
                    : ValueType.valueOf(words[1].toUpperCase(Locale.ROOT))));
      }
      return new AttributeGroup(text.substring(0, colon), attributes);
    }
  }

  /** An attribute and what it holds. */
  record Attribute(String name, ValueType type) {}

  /** A relationship and what it may point to. */
  record Relation(String name, boolean toMany, List<String> targetTypes) {
    private static Relation parse(String text) {
      int colon = text.indexOf(':');
      List<String> targets = List.of(text.substring(colon + 2).split(" ", -1));
      boolean many = targets.get(0).equals("many");
      return new Relation(
          text.substring(0, colon), many, many ? targets.subList(1, targets.size()) : targets);
    }

    /** The first of its target types for odd numbers, the last for even ones. */
    String targetType(int number) {
      return targetTypes.get(number % 2 == 1 ? 0 : targetTypes.size() - 1);
    }

    String targetId(int number) {
      return idOf(targetType(number), number);
    }
  }
}
