package dev.tidegate.gateway.events;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the events of a request. JSON that breaks off refuses the request, for nobody can tell
 * where the next event begins; all other mistakes are one event's.
 */
final class RequestReader {
  private final EventLimits limits;

  RequestReader(EventLimits limits) {
    this.limits = limits;
  }

  /**
   * The events in {@code body}, in order: one but for batches.
   *
   * @param ids of the caller's events
   * @throws ProblemException {@code INVALID_REQUEST} or {@code INVALID_EVENT} where the request as
   *     a whole is not in order
   */
  List<ReadEvent> read(ContentMode mode, RequestHeaders headers, byte[] body, NotificationIds ids) {
    Optional<String> key = idempotencyKey(mode, headers);
    Instant now = Instant.now();
    try {
      if (mode == ContentMode.BINARY_CLOUD_EVENT) {
        Mistakes mistakes = new Mistakes();
        return List.of(result(BinaryCloudEvents.read(ids, headers, body, now, mistakes), mistakes));
      }
      JsonText text = JsonText.of(body);
      try (JsonParser parser = text.parser()) {
        EventReader events =
            mode == ContentMode.EVENT || mode == ContentMode.EVENT_BATCH
                ? new PlainEvents(ids, text, key, now)::read
                : new StructuredCloudEvents(ids, text, now)::read;
        EnvelopeReader envelopes = new EnvelopeReader(text, parser, events, limits.maxBodyBytes());
        parser.nextToken();
        List<ReadEvent> read =
            mode.isBatch()
                ? new BatchReader(parser, envelopes, limits.mostEvents()).read(mode)
                : List.of(envelopes.read());
        if (parser.nextToken() != null) {
          throw unreadable("Send one JSON value, and nothing after it.");
        }
        return read;
      }
    } catch (StreamConstraintsException beyondBounds) {
      throw unreadable("Send JSON that is less deep.");
    } catch (JsonProcessingException notJson) {
      // Its message quotes what it stumbled over.
      throw unreadable("Send JSON." + placeOf(notJson));
    } catch (IOException impossible) {
      throw new UncheckedIOException("an array can always be read", impossible);
    }
  }

  /** Reads the members of an event's envelope. */
  @FunctionalInterface
  interface EventReader {
    Optional<SentEvent> read(Map<String, JsonValue> members, String at, Mistakes mistakes)
        throws IOException;
  }

  /** Reads the event whose envelope the parser stands on. */
  record EnvelopeReader(JsonText text, JsonParser parser, EventReader events, int maxBytes) {
    ReadEvent read() throws IOException {
      Mistakes mistakes = new Mistakes();
      String at = JsonPointers.to(parser.getParsingContext());
      if (parser.currentToken() != JsonToken.START_OBJECT) {
        mistakes.add(at, "must be an object");
        if (parser.currentToken() != null) {
          parser.skipChildren();
        }
        return result(Optional.empty(), mistakes);
      }
      int start = (int) parser.currentTokenLocation().getCharOffset();
      Map<String, JsonValue> members = new JsonScanner(parser, PlainEvents.KEPT).members(mistakes);
      int end = (int) parser.currentLocation().getCharOffset();
      if (text.isLonger(start, end, maxBytes)) {
        mistakes.add(at, "must have at most %d bytes".formatted(maxBytes));
      }
      return result(events.read(members, at, mistakes), mistakes);
    }
  }

  static ReadEvent result(Optional<SentEvent> event, Mistakes mistakes) {
    return event
        .<ReadEvent>map(ReadEvent.InOrder::new)
        .orElseGet(() -> new ReadEvent.Refused(mistakes.toProblem()));
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

  private static ProblemException unreadable(String detail) {
    return Problem.of(ProblemType.INVALID_REQUEST, detail).asException();
  }

  private static String placeOf(JsonProcessingException notJson) {
    JsonLocation place = notJson.getLocation();
    return place == null
        ? ""
        : " It breaks off in line %d, column %d.".formatted(place.getLineNr(), place.getColumnNr());
  }
}
