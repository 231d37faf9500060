package dev.tidegate.transforms.handlers.example;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.handlers.Saga;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A parcel that is missed is looked for, until it is scanned. */
final class MissingParcelSaga implements Saga<MissingParcelSaga.State> {
  private static final long serialVersionUID = 1L;

  record State(String shelf, int looked) {}

  @Override
  public String name() {
    return "search";
  }

  @Override
  public Optional<String> instanceOf(Event event) {
    return switch (event.eventType()) {
      case "parcel.missed", "parcel.scanned" ->
          Optional.ofNullable(event.payload().path("parcel").textValue());
      default -> Optional.empty();
    };
  }

  @Override
  public State start() {
    return new State(null, 0);
  }

  @Override
  public State apply(State state, Event event, Step step) {
    switch (event.eventType()) {
      case "parcel.missed" -> {
        step.effect(
            Effect.task("look")
                .key("look")
                .payload(Json.mapper().createObjectNode().put("last_seen_on", state.shelf))
                .build());
        step.deadline("give up", event.asOf().plus(Duration.ofDays(3)));
        step.waitFor("the parcel");
      }
      case "parcel.scanned" -> {
        step.revoke("look");
        step.clear("give up");
        step.complete();
        return new State(event.payload().path("shelf").textValue(), state.looked);
      }
      case "task.completed" -> {
        return new State(state.shelf, state.looked + 1);
      }
      default -> {}
    }
    return state;
  }

  @Override
  public State deadlinePassed(State state, String deadline, Instant due, Step step) {
    step.revoke("look");
    step.effect(Effect.notice("parcel.lost", "insurance").key("lost").build());
    step.complete();
    return state;
  }

  @Override
  public JsonNode toJson(State state) {
    return Json.mapper().createObjectNode().put("shelf", state.shelf).put("looked", state.looked);
  }
}
