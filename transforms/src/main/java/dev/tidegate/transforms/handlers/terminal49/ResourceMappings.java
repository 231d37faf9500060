package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Upsert;
import java.util.ArrayList;
import java.util.List;

/** Terminal49's resources and the rows they become. */
final class ResourceMappings {
  static final ResourceMapping SHIPMENT =
      ResourceMapping.of("shipment", Terminal49Tables.SHIPMENTS)
          .attributesOf("facts", "details")
          .relationship("port_of_lading", "t49_port_of_lading_id")
          .relationship("port_of_discharge", "t49_port_of_discharge_id")
          .relationship("pod_terminal", "t49_pod_terminal_id")
          .relationship("destination", "t49_destination_id")
          .relationship("destination_terminal", "t49_destination_terminal_id")
          .build();

  static final ResourceMapping CONTAINER =
      ResourceMapping.of("container", Terminal49Tables.CONTAINERS)
          .attributesOf("identity", "state", "details", "status", "deadlines", "rail")
          .relationship("shipment", "t49_shipment_id", "shipment")
          .relationship("pod_terminal", "t49_pod_terminal_id")
          .relationship("pickup_facility", "t49_pickup_facility_id")
          .build();

  static final ResourceMapping TRANSPORT_EVENT =
      ResourceMapping.of("transport_event", Terminal49Tables.CONTAINER_EVENTS)
          .attributesOf("facts", "invalidation")
          .attribute("event", "reported_event_type")
          .attribute("timestamp", "event_timestamp")
          .relationship("container", "t49_container_id", "container")
          .relationship("shipment", "t49_shipment_id", "shipment")
          .relationship("vessel", "t49_vessel_id")
          .relationship("location", "t49_location_id")
          .relationship("terminal", "t49_terminal_id")
          .build();

  static final ResourceMapping TRACKING_REQUEST =
      ResourceMapping.of("tracking_request", Terminal49Tables.TRACKING_REQUESTS)
          .attributesOf("facts", "retries", "shipment_tags", "tags")
          .attribute("updated_at", "t49_updated_at")
          .relationship("tracked_object", "t49_shipment_id", "shipment")
          .build();

  private ResourceMappings() {}

  /**
   * What {@code document} says of the resources of these mappings' types: one upsert for each that
   * is included and says anything, whatever the notification is about.
   */
  static List<Upsert> included(Event event, JsonApiDocument document, ResourceMapping... mappings) {
    List<Upsert> rows = new ArrayList<>();
    for (ResourceMapping mapping : mappings) {
      document
          .included(mapping.resourceType())
          .map(resource -> mapping.row(event, resource).build())
          .filter(row -> !row.groups().isEmpty())
          .forEach(rows::add);
    }
    return rows;
  }
}
