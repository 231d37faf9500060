package dev.tidegate.gateway.events;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.node.DecimalNode;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.StorableText;
import java.io.Closeable;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads a body token by token, and finds in it what the pipeline or PostgreSQL would refuse or
 * mistake: nesting that is too deep, names that are there twice, the character NUL, halves of
 * surrogate pairs, and numbers beyond bounds. It builds no tree, so a hostile body costs no more
 * than a good one; and it knows the very bytes that each value stood in.
 */
final class JsonReader implements Closeable {
  /** How deep a payload may be: it is level 1, and what stands in it level 2. */
  static final int MAX_DEPTH = 10;

  /** Deeper nesting is not read to its end: each level costs memory. */
  private static final int DEEPEST_READ = 10_000;

  /** A longer name, or one of control characters, is not repeated: its object is pointed at. */
  private static final int LONGEST_SHOWN_NAME = 100;

  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          // Shared tables of names would grow with what clients send, and fail on chosen ones.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST_READ)
                  // The body's size bounds these; what is too long has a pointer of its own.
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final CharBuffer text;
  private final JsonParser parser;

  /**
   * A value that was read to its end.
   *
   * @param kind its first token
   * @param text what a text, number or boolean says; empty for all else
   * @param start the first of its characters
   * @param end the first character after it
   */
  record Value(JsonToken kind, String text, int start, int end) {
    boolean isObject() {
      return kind == JsonToken.START_OBJECT;
    }

    boolean isText() {
      return kind == JsonToken.VALUE_STRING;
    }
  }

  /**
   * A reader before the first token; a byte order mark is skipped. The body is decoded strictly, so
   * text and bytes are the same thing: Jackson would take UTF-16 too, and UTF-8 that is none.
   *
   * @throws CharacterCodingException where it is not UTF-8
   */
  JsonReader(byte[] body) throws IOException {
    CharBuffer decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
    if (decoded.hasRemaining() && decoded.charAt(0) == BYTE_ORDER_MARK) {
      decoded.position(1);
    }
    this.text = decoded.slice();
    this.parser = FACTORY.createParser(text.array(), text.arrayOffset(), text.length());
  }

  /** Looks for mistakes in {@code body}, which must be an object and nothing else. */
  static void checkObject(byte[] body, Mistakes mistakes) throws IOException {
    try (JsonReader json = new JsonReader(body)) {
      if (json.parser.nextToken() != JsonToken.START_OBJECT) {
        mistakes.add("", "must be an object");
        return;
      }
      json.value(mistakes);
      if (json.parser.nextToken() != null) {
        mistakes.add("", "must be one object, and nothing after it");
      }
    }
  }

  /** For going from token to token. */
  JsonParser parser() {
    return parser;
  }

  /** The bytes that {@code value} stood in. */
  byte[] bytes(Value value) {
    return text.subSequence(value.start(), value.end()).toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Whether the bytes from a character to where the parser stands are more than {@code most}. */
  boolean isLonger(int start, int most) {
    int end = (int) parser.currentLocation().getCharOffset();
    // A character has at most three bytes; half a pair has two of four.
    return (end - start) * 3L > most
        && bytes(new Value(JsonToken.NOT_AVAILABLE, "", start, end)).length > most;
  }

  /** The first character of the token that the parser stands on. */
  int start() {
    return (int) parser.currentTokenLocation().getCharOffset();
  }

  /** The members of the object that the parser stands on, each checked; it stands on its end. */
  Map<String, Value> members(Mistakes mistakes) throws IOException {
    Map<String, Value> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      checkName(name, members.keySet().contains(name), mistakes);
      parser.nextToken();
      members.put(name, value(mistakes));
    }
    return members;
  }

  /** The value that the parser stands on, checked; it stands on the value's last token. */
  private Value value(Mistakes mistakes) throws IOException {
    JsonToken kind = parser.currentToken();
    int start = start();
    // One set of names for each object that is open; none is added to an array's.
    Deque<Set<String>> open = new ArrayDeque<>();
    do {
      switch (parser.currentToken()) {
        case START_OBJECT, START_ARRAY -> {
          if (open.size() == MAX_DEPTH) {
            mistakes.add(pointer(), "must not be deeper than level %d".formatted(MAX_DEPTH));
            parser.skipChildren();
          } else {
            open.push(new HashSet<>());
          }
        }
        case END_OBJECT, END_ARRAY -> open.pop();
        case FIELD_NAME ->
            checkName(parser.currentName(), !open.element().add(parser.currentName()), mistakes);
        default -> checkScalar(mistakes);
      }
    } while (!open.isEmpty() && parser.nextToken() != null);
    String scalar = kind.isScalarValue() ? parser.getText() : "";
    return new Value(kind, scalar, start, (int) parser.currentLocation().getCharOffset());
  }

  private void checkScalar(Mistakes mistakes) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      if (!StorableText.isStorable(parser.getText())) {
        mistakes.add(pointer(), "must not hold NUL or half a surrogate pair");
      }
    } else if (parser.currentToken().isNumeric() && !isInRange(parser.getText())) {
      mistakes.add(pointer(), "must be a number of at most 1000 digits");
    }
  }

  private void checkName(String name, boolean isThereTwice, Mistakes mistakes) {
    if (isThereTwice) {
      mistakes.add(pointer(), "must be there once");
    }
    if (!StorableText.isStorable(name)) {
      mistakes.add(pointer(), "must not have NUL or half a surrogate pair in a name");
    }
    if (name.length() > StreamReadConstraints.DEFAULT_MAX_NAME_LEN) {
      mistakes.add(
          pointer(),
          "must not have a name of more than %d characters"
              .formatted(StreamReadConstraints.DEFAULT_MAX_NAME_LEN));
    }
  }

  /** Whether the pipeline reads it, and PostgreSQL's {@code numeric} holds it. */
  private static boolean isInRange(String number) {
    try {
      return number.length() <= StreamReadConstraints.DEFAULT_MAX_NUM_LEN
          && ColumnType.isJsonb(DecimalNode.valueOf(new BigDecimal(number)));
    } catch (NumberFormatException exponentBeyondInt) {
      return false;
    }
  }

  /** To where the parser stands (RFC 6901), as far as names are to be shown. */
  String pointer() {
    String pointer = "";
    JsonPointer rest = parser.getParsingContext().pathAsPointer();
    while (!rest.matches() && !pointer(rest.getMatchingProperty()).isEmpty()) {
      pointer += pointer(rest.getMatchingProperty());
      rest = rest.tail();
    }
    return pointer;
  }

  /** The pointer to a member of the whole; the whole's own, where the name is not to be shown. */
  static String pointer(String name) {
    boolean isShown =
        name.length() <= LONGEST_SHOWN_NAME && name.chars().noneMatch(Character::isISOControl);
    return isShown ? JsonPointer.empty().appendProperty(name).toString() : "";
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}
