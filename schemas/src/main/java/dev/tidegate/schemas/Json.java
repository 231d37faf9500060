package dev.tidegate.schemas;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.UncheckedIOException;

/** How Tidegate reads and writes JSON: one value a body, numbers as they stand, depth bounded. */
public final class Json {
  /** Deeper nesting than this is refused; the deepest known notification has 8 levels. */
  public static final int MAX_DEPTH = 100;

  private static final JsonMapper MAPPER = mapper(MAX_DEPTH);

  /** A row holds a body of any depth that is taken. */
  private static final JsonMapper ROW_MAPPER = mapper(MAX_DEPTH + 1);

  private Json() {}

  /** The mapper, for building nodes and streaming. It must not be reconfigured. */
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /**
   * The single JSON value in {@code body}.
   *
   * @throws JsonProcessingException as {@link JsonBody#parse} does
   */
  public static JsonNode parse(byte[] body) throws JsonProcessingException {
    return JsonBody.parse(body).tree();
  }

  /**
   * As {@link #parse}, for a row of the archive: an object that may hold a body.
   *
   * @throws JsonProcessingException as {@link JsonBody#parse} does
   */
  public static JsonNode parseRow(byte[] row) throws JsonProcessingException {
    return JsonBody.parse(row, ROW_MAPPER).tree();
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

  /** Compact JSON text of {@code node}. */
  public static String write(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException("a tree can always be written", impossible);
    }
  }
}
