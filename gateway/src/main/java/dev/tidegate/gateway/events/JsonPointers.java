package dev.tidegate.gateway.events;

import com.fasterxml.jackson.core.JsonStreamContext;
import java.util.ArrayDeque;
import java.util.Deque;

/** JSON pointers (RFC 6901) to where a parser stands. */
final class JsonPointers {
  /** A longer name, or one of control characters, is not repeated: its object is pointed at. */
  private static final int LONGEST_NAME = 100;

  private JsonPointers() {}

  static String to(JsonStreamContext place) {
    Deque<JsonStreamContext> path = new ArrayDeque<>();
    for (JsonStreamContext at = place; at != null; at = at.getParent()) {
      path.push(at);
    }
    StringBuilder pointer = new StringBuilder();
    for (JsonStreamContext at : path) {
      if (at.inArray() && at.hasPathSegment()) {
        pointer.append('/').append(at.getCurrentIndex());
      } else if (at.inObject() && at.hasPathSegment()) {
        if (!isPresentable(at.getCurrentName())) {
          break;
        }
        pointer.append(to(at.getCurrentName()));
      }
    }
    return pointer.toString();
  }

  /** The pointer to a member of the whole. */
  static String to(String name) {
    return isPresentable(name) ? "/" + name.replace("~", "~0").replace("/", "~1") : "";
  }

  private static boolean isPresentable(String name) {
    return name.length() <= LONGEST_NAME && name.chars().noneMatch(Character::isISOControl);
  }
}
