package dev.tidegate.gateway.events;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.node.DecimalNode;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.StorableText;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads JSON values token by token, and finds in them what the pipeline or PostgreSQL would refuse
 * or mistake: nesting that is too deep, names that are there twice, the character NUL, halves of
 * surrogate pairs, and numbers beyond bounds. It builds no tree, so a hostile body costs no more
 * than a good one.
 */
final class JsonScanner {
  /** How deep a payload may be: it is level 1, and what stands in it level 2. */
  static final int MAX_DEPTH = 10;

  private final JsonParser parser;
  private final Set<String> kept;

  /**
   * @param parser of the whole body
   * @param kept names of an object's members that {@link JsonValue#member} shall tell
   */
  JsonScanner(JsonParser parser, Set<String> kept) {
    this.parser = parser;
    this.kept = Set.copyOf(kept);
  }

  /** The members of the object that the parser stands on, each checked; it stands on its end. */
  Map<String, JsonValue> members(Mistakes mistakes) throws IOException {
    Map<String, JsonValue> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      checkName(name, members.keySet().contains(name), mistakes);
      parser.nextToken();
      members.put(name, value(mistakes));
    }
    return members;
  }

  /** The value that the parser stands on, checked; it stands on the value's last token. */
  JsonValue value(Mistakes mistakes) throws IOException {
    JsonToken kind = parser.currentToken();
    if (!kind.isStructStart()) {
      return scalar(mistakes);
    }
    int start = (int) parser.currentTokenLocation().getCharOffset();
    Map<String, JsonValue> keptMembers = new HashMap<>();
    // One set of names for each object that is open; none is added to an array's.
    Deque<Set<String>> open = new ArrayDeque<>();
    do {
      switch (parser.currentToken()) {
        case START_OBJECT, START_ARRAY -> {
          if (open.size() == 1) {
            keep(new JsonValue(parser.currentToken(), "", 0, 0, Map.of()), keptMembers);
          }
          if (open.size() == MAX_DEPTH) {
            mistakes.add(pointer(), "must not be deeper than level %d".formatted(MAX_DEPTH));
            parser.skipChildren();
          } else {
            open.push(new HashSet<>());
          }
        }
        case END_OBJECT, END_ARRAY -> open.pop();
        case FIELD_NAME -> {
          String name = parser.currentName();
          checkName(name, !open.element().add(name), mistakes);
        }
        default -> {
          JsonValue value = scalar(mistakes);
          if (open.size() == 1) {
            keep(value, keptMembers);
          }
        }
      }
    } while (!open.isEmpty() && parser.nextToken() != null);
    int end = (int) parser.currentLocation().getCharOffset();
    return new JsonValue(kind, "", start, end, Map.copyOf(keptMembers));
  }

  private void keep(JsonValue value, Map<String, JsonValue> keptMembers) throws IOException {
    String name = parser.currentName();
    if (name != null && kept.contains(name)) {
      keptMembers.put(name, value);
    }
  }

  private JsonValue scalar(Mistakes mistakes) throws IOException {
    String text = parser.getText();
    switch (parser.currentToken()) {
      case VALUE_STRING -> {
        if (!StorableText.isStorable(text)) {
          mistakes.add(pointer(), "must not hold NUL or half a surrogate pair");
        }
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        if (!isInRange(text)) {
          mistakes.add(pointer(), "must be a number of at most 1000 digits");
        }
      }
      default -> {}
    }
    return new JsonValue(parser.currentToken(), text, 0, 0, Map.of());
  }

  private void checkName(String name, boolean isThereTwice, Mistakes mistakes) {
    if (isThereTwice) {
      mistakes.add(pointer(), "must be there once");
    }
    if (!StorableText.isStorable(name)) {
      mistakes.add(pointer(), "must have no name with NUL or half a surrogate pair");
    }
    if (name.length() > StreamReadConstraints.DEFAULT_MAX_NAME_LEN) {
      mistakes.add(
          pointer(),
          "must have no name of more than %d characters"
              .formatted(StreamReadConstraints.DEFAULT_MAX_NAME_LEN));
    }
  }

  /** Whether the pipeline reads it, and PostgreSQL's {@code numeric} holds it. */
  private static boolean isInRange(String number) {
    if (number.length() > StreamReadConstraints.DEFAULT_MAX_NUM_LEN) {
      return false;
    }
    try {
      return ColumnType.isJsonb(DecimalNode.valueOf(new BigDecimal(number)));
    } catch (NumberFormatException exponentBeyondInt) {
      return false;
    }
  }

  private String pointer() {
    return JsonPointers.to(parser.getParsingContext());
  }
}
