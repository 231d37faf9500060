package dev.tidegate.schemas;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * A body as JSON: its tree, and whether JSON carries it exactly. One pass over the tokens yields
 * both, since the archive, the handlers and the tables all ask, for every event.
 *
 * <p>JSON carries a body exactly where every reader sees what the sender wrote, white space aside.
 * That is not so for duplicate keys, for halves of surrogate pairs, and for numbers beyond 64 bits
 * or beyond a double's precision, which BigQuery and most readers would change (issue 5's rule for
 * {@code body}). Nor is it for single values: null would read as no payload, and some loaders take
 * a text for JSON.
 */
public final class JsonBody {
  private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);
  private static final String BYTE_ORDER_MARK = "\uFEFF";
  private static final BigInteger MAX_UNSIGNED = BigInteger.TWO.pow(64);
  private static final BigInteger MIN_SIGNED = BigInteger.TWO.pow(63).negate();

  /** As many characters hold at most 15 digits and a point, which a double keeps. */
  private static final int SHORT_DECIMAL = 16;

  private final JsonNode tree;
  private final boolean exact;

  private JsonBody(JsonNode tree, boolean exact) {
    this.tree = tree;
    this.exact = exact;
  }

  /** The value. Callers must not change it. */
  public JsonNode tree() {
    return tree;
  }

  /** Whether JSON carries the body exactly. */
  public boolean isExact() {
    return exact;
  }

  /**
   * Reads {@code body}; a byte order mark before it is skipped. Numbers keep every digit and
   * trailing zero: money and coordinates are not ours to round. If a key comes twice, its last
   * value counts.
   *
   * @throws JsonProcessingException where it is empty, not JSON, not UTF-8, deeper than {@link
   *     Json#MAX_DEPTH}, followed by anything else, or has a number with an endless exponent
   */
  public static JsonBody parse(byte[] body) throws JsonProcessingException {
    return parse(body, Json.mapper());
  }

  /** As {@link #parse(byte[])}, with the bounds of {@code mapper}. */
  static JsonBody parse(byte[] body, JsonMapper mapper) throws JsonProcessingException {
    Alphabet alphabet = Alphabet.of(body);
    String text = alphabet == Alphabet.OTHER ? textOf(body) : null;
    boolean marked = text != null && text.startsWith(BYTE_ORDER_MARK);
    try (JsonParser parser =
        text == null
            ? mapper.createParser(body)
            : mapper.createParser(marked ? text.substring(1) : text)) {
      return new Reading(parser, alphabet != Alphabet.ASCII).read(!marked);
    } catch (JsonProcessingException notJson) {
      throw notJson;
    } catch (IOException impossible) {
      throw new UncheckedIOException("a body is in memory", impossible);
    }
  }

  /** Decoded here, because Jackson takes UTF-16 too, and overlong and surrogate sequences. */
  private static String textOf(byte[] body) throws JsonProcessingException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException notUtf8) {
      throw new UnreadableJsonException("not UTF-8", notUtf8);
    }
  }

  /** The encoding of the bytes, found without decoding them. */
  private enum Alphabet {
    /** Texts are what they look like. */
    ASCII,
    /** An escape may stand for any character. */
    ASCII_WITH_ESCAPES,
    OTHER;

    static Alphabet of(byte[] body) {
      boolean escapes = false;
      for (byte each : body) {
        // NUL too: between letters it looks like UTF-16.
        if (each <= 0) {
          return OTHER;
        }
        escapes |= each == '\\';
      }
      return escapes ? ASCII_WITH_ESCAPES : ASCII;
    }
  }

  /** One pass over the tokens. */
  private static final class Reading {
    private final JsonParser parser;
    private final boolean checkTexts;
    private boolean exact;

    Reading(JsonParser parser, boolean checkTexts) {
      this.parser = parser;
      this.checkTexts = checkTexts;
    }

    JsonBody read(boolean mayBeExact) throws IOException {
      try {
        JsonToken first = parser.nextToken();
        if (first == null) {
          throw new UnreadableJsonException("the body is empty", null);
        }
        exact = mayBeExact && first.isStructStart();
        JsonNode tree = value(first);
        if (parser.nextToken() != null) {
          throw new JsonParseException(parser, "something follows the value");
        }
        return new JsonBody(tree, exact);
      } catch (NumberFormatException tooLarge) {
        // Jackson lets BigDecimal's through where an exponent has more than ten digits. No cause:
        // its message quotes the number.
        throw new UnreadableJsonException("a number's exponent is out of range", null);
      }
    }

    private JsonNode value(JsonToken token) throws IOException {
      return switch (token) {
        case START_OBJECT -> object();
        case START_ARRAY -> array();
        case VALUE_STRING -> NODES.textNode(checked(parser.getText()));
        case VALUE_NUMBER_INT -> integer();
        case VALUE_NUMBER_FLOAT -> decimal();
        case VALUE_TRUE -> NODES.booleanNode(true);
        case VALUE_FALSE -> NODES.booleanNode(false);
        case VALUE_NULL -> NODES.nullNode();
        default -> throw new JsonParseException(parser, "not a value");
      };
    }

    private ObjectNode object() throws IOException {
      ObjectNode object = NODES.objectNode();
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        if (object.replace(checked(name), value(parser.nextToken())) != null) {
          exact = false;
        }
      }
      return object;
    }

    private ArrayNode array() throws IOException {
      ArrayNode array = NODES.arrayNode();
      for (JsonToken token = parser.nextToken();
          token != JsonToken.END_ARRAY;
          token = parser.nextToken()) {
        array.add(value(token));
      }
      return array;
    }

    /** NUL is a character like any other here, unlike in PostgreSQL. */
    private String checked(String text) {
      if (checkTexts && exact && !StorableText.isStorable(text)) {
        exact = StorableText.isStorable(text.replace('\0', ' '));
      }
      return text;
    }

    private JsonNode integer() throws IOException {
      return switch (parser.getNumberType()) {
        case INT -> NODES.numberNode(parser.getIntValue());
        case LONG -> NODES.numberNode(parser.getLongValue());
        default -> {
          BigInteger number = parser.getBigIntegerValue();
          exact &= number.compareTo(MAX_UNSIGNED) < 0 && number.compareTo(MIN_SIGNED) >= 0;
          yield NODES.numberNode(number);
        }
      };
    }

    private JsonNode decimal() throws IOException {
      if (exact && !isShort()) {
        exact = isDouble(parser.getText());
      }
      return NODES.numberNode(parser.getDecimalValue());
    }

    private boolean isShort() throws IOException {
      if (parser.getTextLength() > SHORT_DECIMAL) {
        return false;
      }
      char[] text = parser.getTextCharacters();
      int end = parser.getTextOffset() + parser.getTextLength();
      for (int i = parser.getTextOffset(); i < end; i++) {
        // An exponent is E or e.
        if ((text[i] | 0x20) == 'e') {
          return false;
        }
      }
      return true;
    }

    private static boolean isDouble(String text) {
      double rounded = Double.parseDouble(text);
      try {
        return !Double.isInfinite(rounded)
            && new BigDecimal(Double.toString(rounded)).compareTo(new BigDecimal(text)) == 0;
      } catch (NumberFormatException endlessExponent) {
        return false;
      }
    }
  }

  /** An empty body, bytes that are no text, and numbers that are beyond any number. */
  private static final class UnreadableJsonException extends JsonProcessingException {
    private static final long serialVersionUID = 1L;

    UnreadableJsonException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
