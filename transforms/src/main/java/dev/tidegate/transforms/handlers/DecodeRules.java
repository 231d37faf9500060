package dev.tidegate.transforms.handlers;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import java.util.Optional;

/**
 * The rules that every {@link EventSource#decode} checks. No message quotes the body: people who
 * may not see it read dead letters.
 */
public final class DecodeRules {
  private DecodeRules() {}

  /**
   * Reads {@code event}'s body as a JSON object.
   *
   * @throws PermanentFailureException where it is anything else
   */
  public static JsonNode jsonObject(RawEvent event) {
    JsonNode node;
    try {
      node = event.json();
    } catch (StreamConstraintsException beyondBounds) {
      throw PermanentFailureException.undecodable(
          "the body is nested deeper than %d levels, or holds a name or number beyond bounds"
              .formatted(Json.MAX_DEPTH));
    } catch (JsonProcessingException notJson) {
      // Leaves out Jackson's exception and its message: they quote the body.
      throw PermanentFailureException.undecodable("the body is not JSON" + placeOf(notJson));
    }
    if (!node.isObject()) {
      throw PermanentFailureException.undecodable("the body is JSON, but not an object");
    }
    return node;
  }

  /**
   * Checks that {@code name} is a name.
   *
   * @param what what is named, for the message
   * @throws PermanentFailureException where it is absent or no {@link Event#isName name}
   */
  public static String name(Optional<String> name, String what) {
    if (name.isEmpty()) {
      throw PermanentFailureException.undecodable("there is no " + what);
    }
    if (!Event.isName(name.get())) {
      throw PermanentFailureException.undecodable(
          "the %s must be %s".formatted(what, Event.NAME_RULE));
    }
    return name.get();
  }

  private static String placeOf(JsonProcessingException notJson) {
    JsonLocation location = notJson.getLocation();
    return location == null
        ? ""
        : ": line %d, column %d".formatted(location.getLineNr(), location.getColumnNr());
  }
}
