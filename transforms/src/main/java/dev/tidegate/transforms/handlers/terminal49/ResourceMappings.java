package dev.tidegate.transforms.handlers.terminal49;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toUnmodifiableMap;

import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Terminal49's resources and the rows they become. */
final class ResourceMappings {
  static final ResourceMapping SHIPMENT =
      new ResourceMapping("shipment", Terminal49Tables.SHIPMENTS)
          .attributesOf("facts", "details")
          .relationship("port_of_lading", "t49_port_of_lading_id")
          .relationship("port_of_discharge", "t49_port_of_discharge_id")
          .relationship("pod_terminal", "t49_pod_terminal_id")
          .relationship("destination", "t49_destination_id")
          .relationship("destination_terminal", "t49_destination_terminal_id");

  static final ResourceMapping CONTAINER =
      new ResourceMapping("container", Terminal49Tables.CONTAINERS)
          .attributesOf("identity", "state", "details", "status", "rail")
          .attributesOf("pickup_lfd", "pickup_appointment")
          .nested("import_deadlines", "pickup_lfd_terminal", "pickup_lfd_rail", "pickup_lfd_line")
          .relationship("shipment", "t49_shipment_id", "shipment")
          .relationship("pod_terminal", "t49_pod_terminal_id")
          .relationship("pickup_facility", "t49_pickup_facility_id");

  static final ResourceMapping TRANSPORT_EVENT =
      containerEvent("transport_event")
          .relationship(
              "vessel", "t49_vessel_id", Map.of("name", "vessel_name", "imo", "vessel_imo"))
          .relationship("location", "t49_location_id", Map.of("name", "location_name"));

  static final ResourceMapping CONTAINER_CREATED_EVENT = containerEvent("container_created_event");

  /** Its changeset becomes {@code container_changes}. */
  static final ResourceMapping CONTAINER_UPDATED_EVENT =
      containerEvent("container_updated_event").elsewhere(ContainerChanges.CHANGESET);

  static final ResourceMapping CONTAINER_POD_TERMINAL_CHANGED_EVENT =
      containerEvent("container_pod_terminal_changed_event");

  static final ResourceMapping ESTIMATED_EVENT =
      new ResourceMapping("estimated_event", Terminal49Tables.SHIPMENT_EVENTS)
          .attributesOf("facts", "place", "origin")
          .attribute("event", "reported_event_type")
          .attribute("estimated_timestamp", "event_timestamp")
          .standIn("timestamp", "estimated_timestamp")
          .relationship("shipment", "t49_shipment_id", "shipment")
          .relationship(
              "vessel", "t49_vessel_id", Map.of("name", "vessel_name", "imo", "vessel_imo"))
          .relationship("port", "t49_location_id", Map.of("name", "location_name"));

  static final ResourceMapping TRACKING_REQUEST =
      new ResourceMapping("tracking_request", Terminal49Tables.TRACKING_REQUESTS)
          .attributesOf("facts", "retries", "shipment_tags", "tags")
          .attribute("updated_at", "t49_updated_at")
          .relationship("tracked_object", "t49_shipment_id", "shipment");

  static final ResourceMapping VESSEL =
      new ResourceMapping("vessel", Terminal49Tables.VESSELS).attributesOf("identity", "position");

  static final ResourceMapping DOCUMENT =
      new ResourceMapping("document", Terminal49Tables.DOCUMENTS)
          .attributesOf("facts", "details", "origin", "file_url", "classification")
          .attribute("updated_at", "t49_updated_at")
          .relationship("email_submission", "t49_email_submission_id")
          .relationship("last_document_representation", "t49_document_representation_id")
          .relationships("shipments", "t49_shipment_ids")
          .relationships("cargos", "t49_container_ids");

  static final ResourceMapping DOCUMENT_REPRESENTATION =
      new ResourceMapping("document_representation", Terminal49Tables.DOCUMENT_REPRESENTATIONS)
          .attributesOf("facts")
          .attribute("updated_at", "t49_updated_at");

  static final ResourceMapping EMAIL_SUBMISSION =
      new ResourceMapping("email_submission", Terminal49Tables.EMAIL_SUBMISSIONS)
          .attributesOf("facts", "details")
          .attribute("from", "from_addresses")
          .attribute("to", "to_addresses")
          .attribute("cc", "cc_addresses")
          .attribute("updated_at", "t49_updated_at");

  private static final Map<String, ResourceMapping> BY_RESOURCE_TYPE =
      Stream.concat(
              Stream.of(
                  SHIPMENT,
                  CONTAINER,
                  TRANSPORT_EVENT,
                  CONTAINER_CREATED_EVENT,
                  CONTAINER_UPDATED_EVENT,
                  CONTAINER_POD_TERMINAL_CHANGED_EVENT,
                  ESTIMATED_EVENT,
                  TRACKING_REQUEST,
                  VESSEL,
                  DOCUMENT,
                  DOCUMENT_REPRESENTATION,
                  EMAIL_SUBMISSION),
              Stream.of("port", "metro_area", "terminal", "rail_terminal")
                  .map(ResourceMappings::location))
          .collect(toUnmodifiableMap(ResourceMapping::resourceType, identity()));

  /** Types that Terminal49 documents and that have no table. Only the archive has them. */
  private static final Set<String> WITHOUT_TABLE =
      Set.of(
          "account",
          "customer",
          "party",
          "raw_event",
          "shipping_line",
          "terminal_fee",
          "terminal_hold",
          "user",
          "webhook",
          "webhook_notification");

  /** The rule for the type of a resource. */
  static final String KNOWN_TYPE = "must be a type of resource that Terminal49 documents";

  private ResourceMappings() {}

  /** Whether Terminal49 documents resources of {@code type}, with a table here or without. */
  static boolean isKnown(String type) {
    return BY_RESOURCE_TYPE.containsKey(type) || WITHOUT_TABLE.contains(type);
  }

  /** Adds the rows of every resource that {@code document} includes. */
  static void addIncluded(NotificationRows rows, JsonApiDocument document) {
    for (JsonApiDocument.Resource resource : document.included()) {
      ResourceMapping mapping = BY_RESOURCE_TYPE.get(resource.id().type());
      if (mapping != null) {
        mapping.addTo(rows, document, resource);
      } else if (!isKnown(resource.id().type())) {
        rows.warn(resource.pointer() + "/type", KNOWN_TYPE);
      }
      ContainerChanges.addOf(rows, document, resource);
    }
  }

  /** The mapping that all events of a container share. */
  private static ResourceMapping containerEvent(String resourceType) {
    return new ResourceMapping(resourceType, Terminal49Tables.CONTAINER_EVENTS)
        .attributesOf("facts", "value", "invalidation")
        .attribute("event", "reported_event_type")
        .attribute("timestamp", "event_timestamp")
        .relationship("container", "t49_container_id", "container")
        .relationship("shipment", "t49_shipment_id", "shipment")
        .relationship("terminal", "t49_terminal_id", Map.of("name", "terminal_name"));
  }

  private static ResourceMapping location(String resourceType) {
    return new ResourceMapping(resourceType, Terminal49Tables.LOCATIONS)
        .attributesOf("identity", "place", "coordinates", "city", "state_abbr")
        .attributesOf("facility", "facility_codes", "facility_type", "address", "provided_data")
        .attribute("code", "locode")
        .relationship("port", "t49_port_id")
        .relationship("metro_area", "t49_metro_area_id");
  }
}
