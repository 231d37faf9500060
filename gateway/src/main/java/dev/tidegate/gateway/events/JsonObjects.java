package dev.tidegate.gateway.events;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Set;

/** Bodies that are payloads and nothing else. */
final class JsonObjects {
  private JsonObjects() {}

  /** What stands for the payload of an event without one. */
  static byte[] empty() {
    return new byte[] {'{', '}'};
  }

  /**
   * Looks for mistakes in {@code body}.
   *
   * @throws com.fasterxml.jackson.core.JsonProcessingException where it is no JSON
   * @throws dev.tidegate.gateway.http.ProblemException where it is no UTF-8
   */
  static void check(byte[] body, Mistakes mistakes) throws IOException {
    try (JsonParser parser = JsonText.of(body).parser()) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        mistakes.add("", "must be an object");
        return;
      }
      new JsonScanner(parser, Set.of()).value(mistakes);
      if (parser.nextToken() != null) {
        mistakes.add("", "must be one object, and nothing after it");
      }
    }
  }
}
