package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Table;
import java.util.List;

/**
 * The tables Terminal49's notifications feed. Names are those that applications around Terminal49
 * already query; types follow its resource schemas. Unknown values of its enums are kept, so that
 * they are plain texts.
 *
 * <p>The groups follow what occurs together in notifications (DESIGN.md, promise 2). An attribute
 * Terminal49 added over the years is missing from older payloads: groups named {@code details} hold
 * those. A group that was never written takes no space in a row. A written group takes space for
 * its version, so groups are split only where the payloads need it.
 */
final class Terminal49Tables {
  /**
   * The group and column of attributes that have no column of their own, as fields of one object.
   */
  static final String EXTRA = "extra";

  /**
   * The tables in the order in which batches lock them. Vessels and places come last: nearly every
   * batch writes the same few of them, and the last locks are held for the shortest time.
   */
  static final List<Table> ALL =
      List.of(
          ShipmentTables.SHIPMENTS,
          ContainerTables.CONTAINERS,
          ContainerTables.CONTAINER_EVENTS,
          ContainerTables.CONTAINER_CHANGES,
          ShipmentTables.SHIPMENT_EVENTS,
          ShipmentTables.TRACKING_REQUESTS,
          DocumentTables.DOCUMENTS,
          DocumentTables.DOCUMENT_REPRESENTATIONS,
          DocumentTables.EMAIL_SUBMISSIONS,
          PlaceTables.VESSELS,
          PlaceTables.LOCATIONS);

  private Terminal49Tables() {}
}
