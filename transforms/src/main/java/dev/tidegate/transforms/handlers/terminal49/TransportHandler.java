package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Event;
import java.util.List;

/**
 * A milestone of a container, or an estimate of one.
 *
 * <p>Several of these types come without the transport event, its container, or any included
 * resource. Such an event is a row of {@code container_events} without a container.
 */
final class TransportHandler extends NotificationHandler {
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

  TransportHandler() {
    super(ResourceMappings.TRANSPORT_EVENT);
  }

  @Override
  void addNotification(Event event, JsonApiDocument document, NotificationRows rows) {
    subjectRow(document, rows).ifPresent(row -> row.set("event_type", event.eventType()));
  }
}
