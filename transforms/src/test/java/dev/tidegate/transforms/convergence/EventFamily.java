package dev.tidegate.transforms.convergence;

import java.util.List;

/** Event types that have one shape. */
@SuppressWarnings("ImmutableEnumChecker") // The list is unmodifiable.
enum EventFamily {
  MILESTONE(
      ResourceKind.TRANSPORT_EVENT,
      "container.transport.vessel_arrived",
      "container.transport.vessel_departed",
      "container.transport.vessel_loaded",
      "container.transport.vessel_discharged",
      "container.transport.transshipment_arrived",
      "container.transport.feeder_departed",
      "container.transport.available",
      "container.transport.not_available",
      "container.transport.full_out",
      "container.transport.empty_in",
      "container.transport.rail_loaded",
      "container.transport.arrived_at_inland_destination"),
  ESTIMATE(
      ResourceKind.TRANSPORT_EVENT,
      "container.transport.estimated.vessel_departed",
      "container.transport.estimated.vessel_arrived",
      "container.transport.estimated.arrived_at_inland_destination"),
  CONTAINER_UPDATED(ResourceKind.CONTAINER_UPDATED_EVENT, "container.updated"),
  CONTAINER_CREATED(ResourceKind.CONTAINER_CREATED_EVENT, "container.created"),
  POD_TERMINAL_CHANGED(
      ResourceKind.CONTAINER_POD_TERMINAL_CHANGED_EVENT, "container.pod_terminal_changed"),
  PICKUP_CHANGED(
      ResourceKind.TRANSPORT_EVENT,
      "container.pickup_lfd.changed",
      "container.pickup_lfd_line.changed",
      "container.pickup_lfd_terminal.changed",
      "container.pickup_lfd_rail.changed",
      "container.pickup_appointment.changed"),
  SHIPMENT_ESTIMATE(ResourceKind.ESTIMATED_EVENT, "shipment.estimated.arrival"),
  TRACKING(
      ResourceKind.TRACKING_REQUEST,
      "tracking_request.succeeded",
      "tracking_request.failed",
      "tracking_request.awaiting_manifest",
      "tracking_request.tracking_stopped"),
  DOCUMENTS(ResourceKind.DOCUMENT, "document.extracted", "document.extraction_failed"),
  UNKNOWN(
      ResourceKind.TRANSPORT_EVENT,
      "shipment.transport.vessel_arrived",
      "container.hold.created",
      "kein Ereignis 😀");

  private final ResourceKind about;
  private final List<String> types;

  EventFamily(ResourceKind about, String... types) {
    this.about = about;
    this.types = List.of(types);
  }

  /** The kind of resource that notifications of the family refer to. */
  ResourceKind about() {
    return about;
  }

  List<String> types() {
    return types;
  }
}
