package dev.tidegate.gateway.events;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.events.JsonReader.Value;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the events of a request. JSON that breaks off refuses the request, for nobody can tell
 * where the next event begins; all other mistakes are one event's.
 */
record RequestReader(EventLimits limits) {
  private static final String EVENTS = "events";

  /** Reads the members of an event's object. */
  @FunctionalInterface
  interface EventReader {
    Outcome read(JsonReader json, Map<String, Value> members, Mistakes mistakes);
  }

  /**
   * The events in {@code body}, in order: one but for batches.
   *
   * @param ids of the caller's events
   * @throws ProblemException {@code INVALID_REQUEST} or {@code INVALID_EVENT} where the request as
   *     a whole is not in order
   */
  List<Outcome> read(ContentMode mode, RequestHeaders headers, byte[] body, NotificationIds ids) {
    Optional<String> key = idempotencyKey(mode, headers);
    Instant now = Instant.now();
    CloudEvents cloudEvents = new CloudEvents(ids, now);
    try {
      if (mode == ContentMode.BINARY_CLOUD_EVENT) {
        return List.of(cloudEvents.readBinary(headers, body));
      }
      boolean isPlain = mode == ContentMode.EVENT || mode == ContentMode.EVENT_BATCH;
      EventReader events = isPlain ? new PlainEvents(ids, key, now) : cloudEvents;
      try (JsonReader json = new JsonReader(body)) {
        json.parser().nextToken();
        List<Outcome> read =
            switch (mode) {
              case EVENT_BATCH -> batch(json, events);
              case CLOUD_EVENT_BATCH -> array(json, events);
              default -> List.of(event(json, events));
            };
        if (json.parser().nextToken() != null) {
          throw unreadable("Send one JSON value, and nothing after it.");
        }
        return read;
      }
    } catch (CharacterCodingException notUtf8) {
      throw unreadable("Send JSON in UTF-8.");
    } catch (StreamConstraintsException beyondBounds) {
      throw unreadable("Send JSON that is less deep.");
    } catch (JsonProcessingException notJson) {
      // Its message quotes what it stumbled over.
      JsonLocation at = notJson.getLocation();
      throw unreadable(
          at == null
              ? "Send JSON."
              : "Send JSON. It breaks off in line %d, column %d."
                  .formatted(at.getLineNr(), at.getColumnNr()));
    } catch (IOException impossible) {
      throw new UncheckedIOException("an array can always be read", impossible);
    }
  }

  private Outcome event(JsonReader json, EventReader events) throws IOException {
    String at = json.pointer();
    Mistakes mistakes = new Mistakes(name -> name.isEmpty() ? at : at + JsonReader.pointer(name));
    JsonParser parser = json.parser();
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      mistakes.add(at, "must be an object");
      if (parser.currentToken() != null) {
        parser.skipChildren();
      }
      return mistakes.refused();
    }
    int start = json.start();
    Map<String, Value> members = json.members(mistakes);
    mistakes.require(
        "",
        !json.isLonger(start, limits.maxBodyBytes()),
        "have at most %d bytes".formatted(limits.maxBodyBytes()));
    return events.read(json, members, mistakes);
  }

  /** An array of events, or an object with such an array in {@code events}. */
  private List<Outcome> batch(JsonReader json, EventReader events) throws IOException {
    JsonParser parser = json.parser();
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      return array(json, events);
    }
    if (parser.nextToken() != JsonToken.FIELD_NAME || !parser.currentName().equals(EVENTS)) {
      throw noBatch("", "must be an array of events, or an object with nothing but events");
    }
    parser.nextToken();
    List<Outcome> read = array(json, events);
    if (parser.nextToken() != JsonToken.END_OBJECT) {
      throw noBatch("", "must have nothing beside events");
    }
    return read;
  }

  private List<Outcome> array(JsonReader json, EventReader events) throws IOException {
    JsonParser parser = json.parser();
    String at = json.pointer();
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw noBatch(at, "must be an array of events");
    }
    List<Outcome> read = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (read.size() == limits.mostEvents()) {
        throw noBatch(at, "must have at most %d events".formatted(limits.mostEvents()));
      }
      read.add(event(json, events));
    }
    if (read.isEmpty()) {
      throw noBatch(at, "must have at least one event");
    }
    return read;
  }

  private static Optional<String> idempotencyKey(ContentMode mode, RequestHeaders headers) {
    List<String> values = headers.getAll(PlainEvents.IDEMPOTENCY_KEY_HEADER);
    if (values.isEmpty()) {
      return Optional.empty();
    }
    if (mode != ContentMode.EVENT) {
      throw badKey(
          mode == ContentMode.EVENT_BATCH
              ? "must be left out: give each event its own idempotencyKey"
              : "must be left out: id and source are a CloudEvent's key");
    }
    // The header's draft standard wants quotes around it, most senders write none.
    Optional<String> key = HeaderText.unquote(values.get(0));
    if (values.size() > 1 || key.isEmpty()) {
      throw badKey("must be there once, with quotes on both sides or none");
    }
    return key;
  }

  private static ProblemException badKey(String detail) {
    return Problem.of(ProblemType.INVALID_REQUEST, "Mend the header, and send it again.")
        .withErrors(List.of(new Problem.Error(PlainEvents.IDEMPOTENCY_KEY_HEADER, detail)))
        .asException();
  }

  private static ProblemException noBatch(String pointer, String detail) {
    return Problem.of(ProblemType.INVALID_EVENT, "Mend the batch, and send it again.")
        .withErrors(List.of(new Problem.Error(pointer, detail)))
        .asException();
  }

  private static ProblemException unreadable(String detail) {
    return Problem.of(ProblemType.INVALID_REQUEST, detail).asException();
  }
}
