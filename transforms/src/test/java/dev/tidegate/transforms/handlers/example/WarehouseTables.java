package dev.tidegate.transforms.handlers.example;

import static dev.tidegate.schemas.Column.indexedText;
import static dev.tidegate.schemas.Column.numeric;
import static dev.tidegate.schemas.Column.timestamptz;

import dev.tidegate.schemas.Table;

/** What a warehouse tells of its parcels. */
final class WarehouseTables {
  static final Table PARCELS =
      Table.named("parcels")
          .key(indexedText("parcel_id"))
          .group("place", indexedText("shelf"), timestamptz("scanned_at"))
          .group("weight", numeric("weight_in_kg"))
          .build();

  private WarehouseTables() {}
}
