package dev.tidegate.transforms.handlers.terminal49;

import static dev.tidegate.schemas.Column.indexedText;
import static dev.tidegate.schemas.Column.jsonb;
import static dev.tidegate.schemas.Column.jsonbByField;
import static dev.tidegate.schemas.Column.numeric;
import static dev.tidegate.schemas.Column.text;
import static dev.tidegate.schemas.Column.timestamptz;
import static dev.tidegate.transforms.handlers.terminal49.Terminal49Tables.EXTRA;

import dev.tidegate.schemas.Table;

/** What shipments and milestones refer to: vessels, and places of every kind. */
final class PlaceTables {
  static final Table VESSELS =
      Table.named("vessels")
          .key(indexedText("t49_vessel_id"))
          .group("identity", text("name"), indexedText("imo"), text("mmsi"))
          .group(
              "position",
              numeric("latitude"),
              numeric("longitude"),
              numeric("nautical_speed_knots"),
              numeric("navigational_heading_degrees"),
              timestamptz("position_timestamp"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  /**
   * Ports, metropolitan areas, terminals and rail terminals. Links point to any of them, and one
   * join finds their names. {@code location_type} is part of the key, because an ID is unique
   * within its type only.
   */
  static final Table LOCATIONS =
      Table.named("locations")
          .key(indexedText("t49_location_id"))
          .key(indexedText("location_type"))
          .group("identity", text("name"))
          .group("place", indexedText("locode"), text("country_code"), text("time_zone"))
          .group("coordinates", numeric("latitude"), numeric("longitude"))
          .group("city", text("city"))
          .group("state_abbr", text("state_abbr"))
          .group("facility", text("nickname"), text("firms_code"))
          .group("facility_codes", text("smdg_code"), text("bic_facility_code"))
          .group("facility_type", text("facility_type"))
          .group("address", text("street"), text("state"), text("zip"), text("country"))
          .group("provided_data", jsonb("provided_data"))
          .group("port", indexedText("t49_port_id"))
          .group("metro_area", indexedText("t49_metro_area_id"))
          .group(EXTRA, jsonbByField(EXTRA))
          .build();

  private PlaceTables() {}
}
