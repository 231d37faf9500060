package dev.tidegate.transforms.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.tidegate.schemas.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;

/**
 * Bodies as JSON on one line, where JSON carries them exactly: everything but white space is kept.
 * Not so for what is no JSON or not UTF-8, for duplicate keys, and for numbers beyond 64 bits or a
 * double's precision, which BigQuery and most readers would change (issue 5's rule for {@code
 * body}).
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
    ByteArrayOutputStream out = new ByteArrayOutputStream(body.length);
    try (JsonParser parser = FACTORY.createParser(body);
        JsonGenerator generator = FACTORY.createGenerator(out)) {
      if (parser.nextToken() == null) {
        return Optional.empty();
      }
      int depth = 0;
      do {
        JsonToken token = parser.currentToken();
        if (token.isNumeric() && !isExact(parser, token)) {
          return Optional.empty();
        }
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        generator.copyCurrentEventExact(parser);
      } while (parser.nextToken() != null && depth > 0);
      if (parser.currentToken() != null) {
        return Optional.empty();
      }
      generator.flush();
    } catch (IOException notExact) {
      return Optional.empty();
    }
    return Optional.of(out.toByteArray());
  }

  private static boolean isExact(JsonParser parser, JsonToken token) throws IOException {
    String text = parser.getText();
    if (token == JsonToken.VALUE_NUMBER_INT) {
      if (text.length() < 19) {
        return true;
      }
      BigInteger number = new BigInteger(text);
      return number.compareTo(MAX_UNSIGNED) < 0 && number.compareTo(MIN_SIGNED) >= 0;
    }
    double rounded = Double.parseDouble(text);
    return !Double.isInfinite(rounded)
        && new BigDecimal(Double.toString(rounded)).compareTo(new BigDecimal(text)) == 0;
  }
}
