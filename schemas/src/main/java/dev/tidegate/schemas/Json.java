package dev.tidegate.schemas;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.checkerframework.checker.nullness.qual.Nullable;

/** How Tidegate reads and writes JSON: one value a body, numbers as they stand, depth bounded. */
public final class Json {
  /** Deeper nesting than this is refused; the deepest known notification has 8 levels. */
  public static final int MAX_DEPTH = 100;

  private static final JsonMapper MAPPER = mapper(MAX_DEPTH);

  /** A row holds a body of any depth that is taken. */
  private static final JsonMapper ROW_MAPPER = mapper(MAX_DEPTH + 1);

  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private Json() {}

  /** The mapper, for building nodes and streaming. It must not be reconfigured. */
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /**
   * The single JSON value in {@code body}; a byte order mark before it is skipped.
   *
   * @throws JsonProcessingException where it is empty, not JSON, not UTF-8, deeper than {@link
   *     #MAX_DEPTH}, followed by anything else, or has a number with an endless exponent
   */
  public static JsonNode parse(byte[] body) throws JsonProcessingException {
    return parse(body, MAPPER);
  }

  /** As {@link #parse(byte[])}, for a row of the archive: an object that may hold a body. */
  public static JsonNode parseRow(byte[] row) throws JsonProcessingException {
    return parse(row, ROW_MAPPER);
  }

  private static JsonNode parse(byte[] body, JsonMapper mapper) throws JsonProcessingException {
    try {
      JsonNode node = mapper.readTree(textOf(body));
      if (node == null || node.isMissingNode()) {
        throw new EmptyJsonException();
      }
      return node;
    } catch (NumberFormatException tooLarge) {
      // Jackson lets BigDecimal's through where an exponent has more than ten digits. No cause: its
      // message quotes the number.
      throw new UnreadableJsonException("a number's exponent is out of range", null);
    }
  }

  private static JsonMapper mapper(int maxDepth) {
    return JsonMapper.builder(
            JsonFactory.builder()
                .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(maxDepth).build())
                .build())
        // Numbers keep every digit and trailing zero: money and coordinates are not ours to
        // round.
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .build();
  }

  /** Decoded here, because Jackson takes UTF-16 too, and overlong and surrogate sequences. */
  private static String textOf(byte[] body) throws JsonProcessingException {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    } catch (CharacterCodingException notUtf8) {
      throw new UnreadableJsonException("not UTF-8", notUtf8);
    }
  }

  /** Compact JSON text of {@code node}. */
  public static String write(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException("a tree can always be written", impossible);
    }
  }

  /** An empty body. */
  private static final class EmptyJsonException extends JsonProcessingException {
    EmptyJsonException() {
      super("the body is empty");
    }
  }

  /** Bytes that are no text, and numbers that are beyond any number. */
  private static final class UnreadableJsonException extends JsonProcessingException {
    UnreadableJsonException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
