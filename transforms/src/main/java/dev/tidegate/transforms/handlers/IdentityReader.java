package dev.tidegate.transforms.handlers;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Reads a notification's ID and type from where a source has them in its bodies. It builds no tree,
 * and reads to the body's end: of names that repeat the last counts, as in the tree that handlers
 * read.
 */
public final class IdentityReader {
  private final List<String[]> paths;
  private final boolean takesNumbers;

  /**
   * @param notificationId the JSON pointer of the notification's ID, {@code /data/id} for example
   * @param eventType the JSON pointer of the event's type
   */
  public IdentityReader(String notificationId, String eventType) {
    this(notificationId, eventType, false);
  }

  /**
   * @param notificationId the JSON pointer of the notification's ID; empty where bodies have none
   * @param eventType the JSON pointer of the event's type; empty where bodies have none
   * @param takesNumbers whether a whole number can be an ID or type, too
   */
  public IdentityReader(String notificationId, String eventType, boolean takesNumbers) {
    paths = List.of(namesIn(notificationId), namesIn(eventType));
    this.takesNumbers = takesNumbers;
  }

  private static String[] namesIn(String pointer) {
    if (pointer.isEmpty()) {
      return new String[0];
    }
    String[] names = pointer.substring(1).split("/", -1);
    for (int i = 0; i < names.length; i++) {
      names[i] = names[i].replace("~1", "/").replace("~0", "~");
    }
    return names;
  }

  /** What {@code body} says of its identity, however far it can be read. */
  public NotificationIdentity read(byte[] body) {
    @Nullable String[] texts = new String[paths.size()];
    try (JsonParser parser = Json.mapper().getFactory().createParser(body)) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        int candidates = 0;
        for (int i = 0; i < texts.length; i++) {
          candidates |= paths.get(i).length == 0 ? 0 : 1 << i;
        }
        readObject(parser, 0, candidates, texts);
      }
    } catch (IOException | RuntimeException unreadable) {
      // Decoding will say what is wrong. Any failure of the parser on bytes anyone may send, bugs
      // included, must not stop the archive from taking them.
    }
    return new NotificationIdentity(nameIn(texts[0]), nameIn(texts[1]));
  }

  /**
   * Reads an object's fields.
   *
   * @param depth how many names lead to the object
   * @param candidates a bit for each path that leads through the object
   */
  private void readObject(JsonParser parser, int depth, int candidates, @Nullable String[] texts)
      throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      int within = 0;
      for (int i = 0; i < texts.length; i++) {
        String[] path = paths.get(i);
        if ((candidates & 1 << i) != 0 && path[depth].equals(name)) {
          boolean found = depth + 1 == path.length;
          // A later value counts even where it is cut off, and cannot be read.
          texts[i] = null;
          if (found
              && (value == JsonToken.VALUE_STRING
                  || (takesNumbers && value == JsonToken.VALUE_NUMBER_INT))) {
            texts[i] = parser.getText();
          }
          within |= found ? 0 : 1 << i;
        }
      }
      if (within != 0 && value == JsonToken.START_OBJECT) {
        readObject(parser, depth + 1, within, texts);
      } else {
        parser.skipChildren();
      }
    }
  }

  private static Optional<String> nameIn(@Nullable String text) {
    return Optional.ofNullable(text).filter(Event::isName);
  }
}
