package dev.tidegate.transforms.handlers.example;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.HandlerOutput;
import dev.tidegate.transforms.handlers.PayloadSchema;

/** A parcel was seen on a shelf; some scanners weigh it too. */
final class ParcelScannedHandler implements EventHandler {
  static final String EVENT_TYPE = "parcel.scanned";

  private static final PayloadSchema SCHEMA = PayloadSchema.named("warehouse/parcel-scanned");

  @Override
  public void validate(Event event) {
    SCHEMA.check(event.payload());
  }

  @Override
  public HandlerOutput handle(Event event) {
    JsonNode parcel = event.payload();
    Upsert.Builder row =
        Upsert.into(WarehouseTables.PARCELS, event)
            .key("parcel_id", parcel.get("parcel"))
            .set("shelf", parcel.get("shelf"))
            .set("scanned_at", event.asOf());
    if (parcel.has("weight")) {
      row.set("weight_in_kg", parcel.get("weight"));
    }
    return HandlerOutput.of(row.build());
  }
}
