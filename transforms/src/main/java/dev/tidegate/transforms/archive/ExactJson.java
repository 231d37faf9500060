package dev.tidegate.transforms.archive;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.StorableText;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Bodies as JSON on one line, where JSON carries them exactly: everything but white space is kept
 * as it stands. Not so for what is no JSON or not UTF-8, for duplicate keys, for halves of
 * surrogate pairs, and for numbers beyond 64 bits or a double's precision, which BigQuery and most
 * readers would change (issue 5's rule for {@code body}). Nor for single values: null would read as
 * no payload, and some loaders take a text for JSON.
 */
final class ExactJson {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(Json.MAX_DEPTH).build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();
  private static final BigInteger MAX_UNSIGNED = BigInteger.TWO.pow(64);
  private static final BigInteger MIN_SIGNED = BigInteger.TWO.pow(63).negate();

  private ExactJson() {}

  /** The line, or empty where JSON would not carry {@code body} exactly. */
  static Optional<byte[]> lineOf(byte[] body) {
    try {
      // Decoded here: Jackson would take UTF-16 too, and malformed UTF-8.
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      return isExact(text) ? Optional.of(withoutWhiteSpace(body)) : Optional.empty();
    } catch (IOException notExact) {
      return Optional.empty();
    }
  }

  private static boolean isExact(String text) throws IOException {
    if (text.startsWith("\uFEFF")) {
      return false;
    }
    try (JsonParser parser = FACTORY.createParser(text)) {
      JsonToken first = parser.nextToken();
      if (first == null || !first.isStructStart()) {
        return false;
      }
      int depth = 1;
      while (depth > 0) {
        JsonToken token = parser.nextToken();
        if (token == null || !isExact(parser, token)) {
          return false;
        }
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      }
      return parser.nextToken() == null;
    }
  }

  private static boolean isExact(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      // NUL is a character like any other here, unlike in PostgreSQL.
      case FIELD_NAME, VALUE_STRING -> StorableText.isStorable(parser.getText().replace('\0', ' '));
      case VALUE_NUMBER_INT -> isExactInteger(parser.getText());
      case VALUE_NUMBER_FLOAT -> isExactDouble(parser.getText());
      default -> true;
    };
  }

  private static boolean isExactInteger(String text) {
    if (text.length() < 19) {
      return true;
    }
    BigInteger number = new BigInteger(text);
    return number.compareTo(MAX_UNSIGNED) < 0 && number.compareTo(MIN_SIGNED) >= 0;
  }

  private static boolean isExactDouble(String text) {
    double rounded = Double.parseDouble(text);
    try {
      return !Double.isInfinite(rounded)
          && new BigDecimal(Double.toString(rounded)).compareTo(new BigDecimal(text)) == 0;
    } catch (NumberFormatException endlessExponent) {
      return false;
    }
  }

  /** UTF-8 has no part of another character that looks like a quote, backslash or white space. */
  private static byte[] withoutWhiteSpace(byte[] json) {
    byte[] line = new byte[json.length];
    int length = 0;
    boolean quoted = false;
    for (int i = 0; i < json.length; i++) {
      byte b = json[i];
      if (quoted && b == '\\') {
        line[length++] = b;
        line[length++] = json[++i];
      } else if (quoted || (b != ' ' && b != '\t' && b != '\n' && b != '\r')) {
        line[length++] = b;
        quoted ^= b == '"';
      }
    }
    return length == json.length ? line : Arrays.copyOf(line, length);
  }
}
