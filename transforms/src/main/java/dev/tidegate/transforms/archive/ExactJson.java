package dev.tidegate.transforms.archive;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tidegate.schemas.RawEvent;
import java.util.Arrays;
import java.util.Optional;

/** Bodies as JSON on one line, where {@link dev.tidegate.schemas.JsonBody JSON carries them}. */
final class ExactJson {
  private ExactJson() {}

  /**
   * The line, with everything but white space as it stands; empty where JSON would not carry the
   * body exactly.
   */
  static Optional<byte[]> lineOf(RawEvent event) {
    try {
      return event.parsed().isExact()
          ? Optional.of(withoutWhiteSpace(event.body()))
          : Optional.empty();
    } catch (JsonProcessingException notJson) {
      return Optional.empty();
    }
  }

  /** UTF-8 has no part of another character that looks like a quote, backslash or white space. */
  private static byte[] withoutWhiteSpace(byte[] json) {
    byte[] line = null;
    int length = 0;
    boolean quoted = false;
    for (int i = 0; i < json.length; i++) {
      byte b = json[i];
      if (!quoted && isWhiteSpace(b)) {
        if (line == null) {
          line = Arrays.copyOf(json, json.length);
        }
        continue;
      }
      if (line != null) {
        line[length] = b;
      }
      length++;
      if (quoted && b == '\\') {
        i++;
        if (line != null) {
          line[length] = json[i];
        }
        length++;
      } else if (b == '"') {
        quoted = !quoted;
      }
    }
    // Most bodies have none, and need no copy.
    return line == null ? json : Arrays.copyOf(line, length);
  }

  private static boolean isWhiteSpace(byte b) {
    return b <= ' ' && (b == ' ' || b == '\n' || b == '\r' || b == '\t');
  }
}
