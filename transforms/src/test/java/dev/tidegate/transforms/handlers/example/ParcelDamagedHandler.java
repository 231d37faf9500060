package dev.tidegate.transforms.handlers.example;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.HandlerOutput;
import java.time.Duration;

/** Has somebody look at a damaged parcel, and tells other systems of it. */
final class ParcelDamagedHandler implements EventHandler {
  private static final long serialVersionUID = 1L;

  static final String EVENT_TYPE = "parcel.damaged";

  @Override
  public HandlerOutput handle(Event event) {
    JsonNode parcel = event.payload().path("parcel");
    Effect inspection =
        Effect.task("inspect")
            .key("inspection")
            .aggregate(parcel.asText())
            .priority(8)
            .dueAt(event.asOf().plus(Duration.ofHours(4)))
            .payload(Json.mapper().createObjectNode().set("parcel", parcel))
            .build();
    Effect blocked =
        Effect.event("parcel.blocked")
            .key("blocked")
            .aggregate(parcel.asText())
            .payload(Json.mapper().createObjectNode().set("parcel", parcel))
            .build();
    return HandlerOutput.of().causing(inspection, blocked);
  }
}
