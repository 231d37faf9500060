package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Relationship;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.ResourceId;
import java.util.List;
import java.util.Optional;

/**
 * A milestone of a container, or an estimate of one: a row of {@code container_events}, and
 * whatever else the notification includes of the container and its shipment.
 *
 * <p>Several of these types arrive without the transport event, its container, or anything at all
 * included. The row is written all the same, keyed by what the notification refers to, and says no
 * more than the notification does.
 */
final class TransportHandler implements EventHandler {
  static final List<String> EVENT_TYPES =
      List.of(
          "container.transport.empty_out",
          "container.transport.full_in",
          "container.transport.vessel_loaded",
          "container.transport.vessel_departed",
          "container.transport.transshipment_arrived",
          "container.transport.transshipment_discharged",
          "container.transport.transshipment_loaded",
          "container.transport.transshipment_departed",
          "container.transport.feeder_arrived",
          "container.transport.feeder_discharged",
          "container.transport.feeder_loaded",
          "container.transport.feeder_departed",
          "container.transport.vessel_arrived",
          "container.transport.vessel_berthed",
          "container.transport.vessel_discharged",
          "container.transport.available",
          "container.transport.not_available",
          "container.transport.full_out",
          "container.transport.delivered",
          "container.transport.empty_in",
          "container.transport.rail_loaded",
          "container.transport.rail_departed",
          "container.transport.rail_arrived",
          "container.transport.rail_unloaded",
          "container.transport.arrived_at_inland_destination",
          "container.transport.estimated.vessel_departed",
          "container.transport.estimated.vessel_arrived",
          "container.transport.estimated.arrived_at_inland_destination");

  /** Names never stand on the transport event itself, only on what it relates to. */
  private static final List<RelatedName> RELATED_NAMES =
      List.of(
          new RelatedName("vessel", "name", "vessel_name"),
          new RelatedName("vessel", "imo", "vessel_imo"),
          new RelatedName("location", "name", "location_name"),
          new RelatedName("terminal", "name", "terminal_name"));

  @Override
  public List<Upsert> handle(Event event) {
    JsonApiDocument document = JsonApiDocument.of(event.payload());
    List<Upsert> rows =
        ResourceMappings.included(
            event, document, ResourceMappings.SHIPMENT, ResourceMappings.CONTAINER);
    document
        .referenceTo(ResourceMappings.TRANSPORT_EVENT.resourceType())
        .map(reference -> containerEvent(event, document, reference))
        .ifPresent(rows::add);
    return rows;
  }

  private static Upsert containerEvent(
      Event event, JsonApiDocument document, ResourceId reference) {
    Optional<Resource> transportEvent = document.find(reference);
    Upsert.Builder row =
        transportEvent
            .map(resource -> ResourceMappings.TRANSPORT_EVENT.row(event, resource))
            .orElseGet(() -> ResourceMappings.TRANSPORT_EVENT.row(event, reference.id()));
    row.set("event_type", event.eventType());
    transportEvent.ifPresent(resource -> setRelatedNames(row, document, resource));
    return row.build();
  }

  private static void setRelatedNames(
      Upsert.Builder row, JsonApiDocument document, Resource transportEvent) {
    for (RelatedName related : RELATED_NAMES) {
      Optional<Relationship> relationship = transportEvent.relationship(related.relationship());
      if (relationship.isEmpty()) {
        continue;
      }
      Optional<ResourceId> target = relationship.get().target();
      if (target.isEmpty()) {
        row.set(related.column(), null);
      } else {
        // What is not included, or without attributes, tells no name: the row keeps what it has.
        target
            .flatMap(document::find)
            .map(Resource::attributes)
            .filter(attributes -> !attributes.isEmpty())
            .map(attributes -> attributes.path(related.attribute()))
            .ifPresent(name -> row.set(related.column(), name.isMissingNode() ? null : name));
      }
    }
  }

  /**
   * A column that holds an attribute of a related resource.
   *
   * @param relationship the transport event's relationship to it
   * @param attribute its attribute
   * @param column the column of {@code container_events}
   */
  private record RelatedName(String relationship, String attribute, String column) {}
}
