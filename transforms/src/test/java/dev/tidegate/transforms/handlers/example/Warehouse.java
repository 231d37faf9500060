package dev.tidegate.transforms.handlers.example;

import dev.tidegate.transforms.handlers.Saga;
import dev.tidegate.transforms.handlers.application.ApplicationEvents;
import java.util.List;
import java.util.Map;

/** The warehouse as a source of events. */
public final class Warehouse extends ApplicationEvents {
  private static final long serialVersionUID = 1L;

  public Warehouse() {
    super(
        "warehouse",
        Map.of(
            ParcelScannedHandler.EVENT_TYPE, new ParcelScannedHandler(),
            ParcelDamagedHandler.EVENT_TYPE, new ParcelDamagedHandler()),
        List.of(WarehouseTables.PARCELS));
  }

  @Override
  public List<Saga<?>> sagas() {
    return List.of(new MissingParcelSaga());
  }
}
