package dev.tidegate.transforms.handlers.example;

import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.application.ApplicationEvents;
import java.util.List;
import java.util.Map;

/** The warehouse as a source of events. */
final class Warehouse {
  static final EventSource SOURCE =
      new ApplicationEvents(
          "warehouse",
          Map.of(ParcelScannedHandler.EVENT_TYPE, new ParcelScannedHandler()),
          List.of(WarehouseTables.PARCELS));

  private Warehouse() {}
}
