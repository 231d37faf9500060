package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.handlers.NotificationIdentity;
import java.io.IOException;
import java.util.Optional;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Reads {@code data.id} and {@code data.attributes.event} without building a tree. It reads to the
 * body's end: of names that repeat the last counts, as in the tree that handlers read.
 */
final class IdentityReader {
  private @Nullable String id;
  private @Nullable String event;

  private IdentityReader() {}

  /** What {@code body} says of its identity, however far it can be read. */
  static NotificationIdentity read(byte[] body) {
    IdentityReader reader = new IdentityReader();
    try (JsonParser parser = Json.mapper().getFactory().createParser(body)) {
      reader.readDocument(parser);
    } catch (IOException | RuntimeException unreadable) {
      // Decoding will say what is wrong. Any failure of the parser on bytes anyone may send, bugs
      // included, must not stop the archive from taking them.
    }
    return new NotificationIdentity(nameIn(reader.id), nameIn(reader.event));
  }

  private void readDocument(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      return;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      if (field.equals("data")) {
        id = null;
        event = null;
      }
      if (field.equals("data") && value == JsonToken.START_OBJECT) {
        readData(parser);
      } else {
        parser.skipChildren();
      }
    }
  }

  private void readData(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      if (field.equals("id")) {
        id = null;
      } else if (field.equals("attributes")) {
        event = null;
      }
      if (field.equals("id") && value == JsonToken.VALUE_STRING) {
        id = parser.getText();
      } else if (field.equals("attributes") && value == JsonToken.START_OBJECT) {
        readAttributes(parser);
      } else {
        parser.skipChildren();
      }
    }
  }

  private void readAttributes(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      if (field.equals("event")) {
        event = null;
      }
      if (field.equals("event") && value == JsonToken.VALUE_STRING) {
        event = parser.getText();
      } else {
        parser.skipChildren();
      }
    }
  }

  private static Optional<String> nameIn(@Nullable String text) {
    return Optional.ofNullable(text).filter(Event::isName);
  }
}
