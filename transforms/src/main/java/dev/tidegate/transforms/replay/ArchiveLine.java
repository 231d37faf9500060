package dev.tidegate.transforms.replay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.files.ArchivedEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A line of a file archive, read back. */
final class ArchiveLine {
  /** As {@link Json}'s, one level deeper: a row holds a body of any depth that is taken. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(Json.MAX_DEPTH + 1).build())
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private ArchiveLine() {}

  /**
   * The event on {@code line}.
   *
   * @throws IOException where there is none
   */
  static RawEvent eventOf(byte[] line) throws IOException {
    try {
      return ArchivedEvent.of(MAPPER.readTree(new String(line, StandardCharsets.UTF_8)));
    } catch (NumberFormatException tooLarge) {
      throw new IOException("a number's exponent is out of range", tooLarge);
    }
  }
}
