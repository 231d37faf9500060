package dev.tidegate.gateway.webhooks;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Reads a notification's ID and type from a body, without building a tree. It reads to the body's
 * end: of names that repeat in an object the last one counts, as in the tree that handlers read.
 *
 * <p>For Terminal49's bodies it reads exactly what the pipeline reads where a message has no
 * attributes: else an event would be another in the ledger than its sender was told.
 */
public final class NotificationReader {
  private final Node root = new Node();
  private final int wanted;
  private final boolean takesNumbers;

  /** A place in a body on the way to what is wanted, or a wanted value's. */
  private static final class Node {
    private final Map<String, Node> members = new HashMap<>();
    private @Nullable Part part;

    /** Takes back what was read here, and within: the name comes again. */
    void forget(Map<Part, String> found) {
      if (part != null) {
        found.remove(part);
      }
      members.values().forEach(member -> member.forget(found));
    }

    boolean hasIndex() {
      return members.keySet().stream().anyMatch(name -> name.matches("[0-9]+"));
    }
  }

  private enum Part {
    NOTIFICATION_ID,
    EVENT_TYPE
  }

  /**
   * What a body says of itself.
   *
   * @param notificationId the sender's ID of this notification
   * @param eventType the sender's name of what happened
   */
  public record Notification(Optional<String> notificationId, Optional<String> eventType) {}

  /** As below, for texts alone. */
  public NotificationReader(Optional<String> notificationId, Optional<String> eventType) {
    this(notificationId, eventType, false);
  }

  /**
   * @param notificationId where it is, as a JSON pointer; empty where bodies hold none
   * @param eventType where it is, as a JSON pointer; empty where bodies hold none
   * @param takesNumbers whether a whole number can be an ID or type, too
   * @throws IllegalArgumentException where one is no JSON pointer to a value within the body
   */
  public NotificationReader(
      Optional<String> notificationId, Optional<String> eventType, boolean takesNumbers) {
    this.takesNumbers = takesNumbers;
    notificationId.ifPresent(pointer -> want(pointer, Part.NOTIFICATION_ID));
    eventType.ifPresent(pointer -> want(pointer, Part.EVENT_TYPE));
    wanted = (notificationId.isPresent() ? 1 : 0) + (eventType.isPresent() ? 1 : 0);
  }

  /** What {@code body} says, however far it can be read. */
  public Notification read(byte[] body) {
    Map<Part, String> found = new HashMap<>();
    try (JsonParser parser = Json.mapper().getFactory().createParser(body)) {
      if (wanted > 0 && parser.nextToken() == JsonToken.START_OBJECT) {
        readObject(parser, root, found);
      }
    } catch (IOException | RuntimeException unreadable) {
      // It is signed, so it is taken: the pipeline will archive it and say what is wrong with it.
    }
    return new Notification(name(found, Part.NOTIFICATION_ID), name(found, Part.EVENT_TYPE));
  }

  private void readObject(JsonParser parser, Node node, Map<Part, String> found)
      throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      Node member = node.members.get(parser.currentName());
      parser.nextToken();
      if (member != null) {
        member.forget(found);
      }
      readValue(parser, member, found);
    }
  }

  private void readArray(JsonParser parser, Node node, Map<Part, String> found) throws IOException {
    for (int index = 0; ; index++) {
      JsonToken token = parser.nextToken();
      if (token == JsonToken.END_ARRAY || token == null) {
        return;
      }
      readValue(parser, node.members.get(Integer.toString(index)), found);
    }
  }

  /** Reads the value at hand, or skips it. */
  private void readValue(JsonParser parser, @Nullable Node node, Map<Part, String> found)
      throws IOException {
    JsonToken token = parser.currentToken();
    if (node != null && !node.members.isEmpty() && token == JsonToken.START_OBJECT) {
      readObject(parser, node, found);
    } else if (node != null && node.hasIndex() && token == JsonToken.START_ARRAY) {
      readArray(parser, node, found);
    } else if (node != null && node.part != null && isName(token)) {
      found.put(node.part, parser.getText());
    } else {
      parser.skipChildren();
    }
  }

  private boolean isName(JsonToken token) {
    return token == JsonToken.VALUE_STRING || (takesNumbers && token == JsonToken.VALUE_NUMBER_INT);
  }

  private void want(String pointer, Part part) {
    JsonPointer rest = JsonPointer.compile(pointer);
    if (rest.matches()) {
      throw new IllegalArgumentException("a pointer must not be to the whole body");
    }
    Node node = root;
    for (; !rest.matches(); rest = rest.tail()) {
      node = node.members.computeIfAbsent(rest.getMatchingProperty(), name -> new Node());
    }
    if (node.part != null) {
      throw new IllegalArgumentException("two pointers are to the same place");
    }
    node.part = part;
  }

  private static Optional<String> name(Map<Part, String> found, Part part) {
    return Optional.ofNullable(found.get(part)).filter(Event::isName);
  }
}
