package dev.tidegate.gateway.events;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads batches: an array of events, or an object with such an array in {@code events}. CloudEvents
 * know the first only.
 */
final class BatchReader {
  private static final String EVENTS = "events";

  private final JsonParser parser;
  private final RequestReader.EnvelopeReader envelopes;
  private final int most;

  /**
   * @param parser stands on the batch's first token
   * @param envelopes reads an event with the same parser
   * @param most how many events there may be
   */
  BatchReader(JsonParser parser, RequestReader.EnvelopeReader envelopes, int most) {
    this.parser = parser;
    this.envelopes = envelopes;
    this.most = most;
  }

  /**
   * The batch's events, in order.
   *
   * @throws ProblemException {@code INVALID_EVENT} where it is no batch, is empty, or has too many
   */
  List<ReadEvent> read(ContentMode mode) throws IOException {
    if (mode == ContentMode.CLOUD_EVENT_BATCH || parser.currentToken() != JsonToken.START_OBJECT) {
      return array("");
    }
    if (parser.nextToken() != JsonToken.FIELD_NAME || !parser.currentName().equals(EVENTS)) {
      throw refused("", "must be an array of events, or an object with nothing but events");
    }
    parser.nextToken();
    List<ReadEvent> events = array("/" + EVENTS);
    if (parser.nextToken() != JsonToken.END_OBJECT) {
      throw refused("", "must have nothing beside events");
    }
    return events;
  }

  private List<ReadEvent> array(String at) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw refused(at, "must be an array of events");
    }
    List<ReadEvent> events = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (events.size() == most) {
        throw refused(at, "must have at most %d events".formatted(most));
      }
      events.add(envelopes.read());
    }
    if (events.isEmpty()) {
      throw refused(at, "must have at least one event");
    }
    return events;
  }

  private static ProblemException refused(String pointer, String detail) {
    return Problem.of(ProblemType.INVALID_EVENT, "Mend the batch, and send it again.")
        .withErrors(List.of(new Problem.Error(pointer, detail)))
        .asException();
  }
}
