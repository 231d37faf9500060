package dev.tidegate.schemas;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Reads a notification's ID and type from a body, without building a tree. It reads to the body's
 * end: if a name repeats in an object, the last one counts, as in the tree that handlers read.
 *
 * <p>The gateway tells senders by it which event the ledger will have, and the pipeline reads what
 * that is.
 */
public final class IdentityReader {
  private static final int NOTIFICATION_ID = 0;
  private static final int EVENT_TYPE = 1;

  private final Node root = new Node();
  private final boolean takesNumbers;

  /** A place in a body: that of a wanted value, or one on the way to it. */
  private static final class Node {
    private final Map<String, Node> members = new HashMap<>();
    private final boolean[] holds = new boolean[2];
    private boolean hasIndex;

    /** Takes back what was read here, and within: the name comes again. */
    void forget(@Nullable String[] found) {
      put(found, null);
      members.values().forEach(member -> member.forget(found));
    }

    void put(@Nullable String[] found, @Nullable String text) {
      for (int part = 0; part < holds.length; part++) {
        if (holds[part]) {
          found[part] = text;
        }
      }
    }

    boolean isWanted() {
      return holds[NOTIFICATION_ID] || holds[EVENT_TYPE];
    }
  }

  /** As below, for texts alone. */
  public IdentityReader(String notificationId, String eventType) {
    this(notificationId, eventType, false);
  }

  /**
   * @param notificationId where it is, as a JSON pointer; empty where bodies hold none
   * @param eventType where it is, as a JSON pointer; empty where bodies hold none
   * @param takesNumbers whether a whole number can be an ID or type, too
   * @throws IllegalArgumentException where one is no JSON pointer
   */
  public IdentityReader(String notificationId, String eventType, boolean takesNumbers) {
    this.takesNumbers = takesNumbers;
    want(notificationId, NOTIFICATION_ID);
    want(eventType, EVENT_TYPE);
  }

  /**
   * A reader of those of the places that are in bodies.
   *
   * @param notificationId where it is; null where nothing says it
   * @param eventType where it is; null where nothing says it
   * @param takesNumbers whether a whole number can be an ID or type, too
   */
  public static IdentityReader at(
      @Nullable Place notificationId, @Nullable Place eventType, boolean takesNumbers) {
    return new IdentityReader(pointerOf(notificationId), pointerOf(eventType), takesNumbers);
  }

  private static String pointerOf(@Nullable Place place) {
    return place == null || !place.isInBody() ? "" : place.pointer().toString();
  }

  /** The identity that {@code body} tells, as far as the body can be read. */
  public NotificationIdentity read(byte[] body) {
    @Nullable String[] found = new String[2];
    if (!root.members.isEmpty()) {
      try (JsonParser parser = Json.mapper().getFactory().createParser(body)) {
        if (parser.nextToken() == JsonToken.START_OBJECT) {
          readObject(parser, root, found);
        }
      } catch (IOException | RuntimeException unreadable) {
        // Decoding will say what is wrong. Any failure of the parser on bytes anyone may send, bugs
        // included, must not stop gateway and archive from taking them.
      }
    }
    return new NotificationIdentity(nameIn(found[NOTIFICATION_ID]), nameIn(found[EVENT_TYPE]));
  }

  private void readObject(JsonParser parser, Node node, @Nullable String[] found)
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

  private void readArray(JsonParser parser, Node node, @Nullable String[] found)
      throws IOException {
    for (int index = 0; ; index++) {
      JsonToken token = parser.nextToken();
      if (token == JsonToken.END_ARRAY || token == null) {
        return;
      }
      readValue(parser, node.members.get(Integer.toString(index)), found);
    }
  }

  /** Reads the value at hand, or skips it. */
  private void readValue(JsonParser parser, @Nullable Node node, @Nullable String[] found)
      throws IOException {
    JsonToken token = parser.currentToken();
    if (node != null && !node.members.isEmpty() && token == JsonToken.START_OBJECT) {
      readObject(parser, node, found);
    } else if (node != null && node.hasIndex && token == JsonToken.START_ARRAY) {
      readArray(parser, node, found);
    } else if (node != null && node.isWanted() && isName(token)) {
      node.put(found, parser.getText());
    } else {
      parser.skipChildren();
    }
  }

  private boolean isName(JsonToken token) {
    return token == JsonToken.VALUE_STRING || (takesNumbers && token == JsonToken.VALUE_NUMBER_INT);
  }

  private void want(String pointer, int part) {
    if (pointer.isEmpty()) {
      return;
    }
    Node node = root;
    for (JsonPointer rest = JsonPointer.compile(pointer); !rest.matches(); rest = rest.tail()) {
      node.hasIndex |= rest.getMatchingIndex() >= 0;
      node = node.members.computeIfAbsent(rest.getMatchingProperty(), name -> new Node());
    }
    node.holds[part] = true;
  }

  private static Optional<String> nameIn(@Nullable String text) {
    return Optional.ofNullable(text).filter(Event::isName);
  }
}
