package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventHandler;
import java.util.List;

/**
 * A container appeared or its terminal told something new of it: the included container and
 * shipment as they are now. The changeset repeats what the container says, and is not needed.
 */
final class ContainerHandler implements EventHandler {
  static final List<String> EVENT_TYPES = List.of("container.created", "container.updated");

  @Override
  public List<Upsert> handle(Event event) {
    return ResourceMappings.included(
        event,
        JsonApiDocument.of(event.payload()),
        ResourceMappings.SHIPMENT,
        ResourceMappings.CONTAINER);
  }
}
