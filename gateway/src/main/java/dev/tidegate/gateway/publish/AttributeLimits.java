package dev.tidegate.gateway.publish;

import dev.tidegate.schemas.StorableText;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What Pub/Sub takes of a message's attributes (its "Quotas and limits" page). A message beyond
 * them is refused for good, with all others of its batch: so they are checked before an event is
 * accepted.
 */
public final class AttributeLimits {
  public static final int MOST_ATTRIBUTES = 100;
  public static final int LONGEST_NAME_BYTES = 256;
  public static final int LONGEST_VALUE_BYTES = 1_024;

  /** Names that begin so are Google's own. */
  private static final String RESERVED_PREFIX = "goog";

  private AttributeLimits() {}

  /** Whether Pub/Sub takes all of {@code attributes}, and not too many of them. */
  public static boolean fit(Map<String, String> attributes) {
    return attributes.size() <= MOST_ATTRIBUTES
        && attributes.entrySet().stream()
            .allMatch(attribute -> isName(attribute.getKey()) && isValue(attribute.getValue()));
  }

  /** Whether {@code text} can be an attribute's name. */
  public static boolean isName(String text) {
    return !text.isEmpty()
        && !text.startsWith(RESERVED_PREFIX)
        && StorableText.isStorable(text)
        && !isLonger(text, LONGEST_NAME_BYTES);
  }

  /** Whether {@code text} can be an attribute's value, and arrives as it is. */
  public static boolean isValue(String text) {
    return StorableText.isStorable(text) && !isLonger(text, LONGEST_VALUE_BYTES);
  }

  /**
   * {@code text} as far as it can be an attribute's value, for those that only describe: the
   * longest beginning that fits, with U+FFFD for what no text may hold.
   */
  public static String trimmed(String text) {
    String storable = StorableText.of(text);
    int bytes = 0;
    int end = 0;
    while (end < storable.length()) {
      int codePoint = storable.codePointAt(end);
      bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      if (bytes > LONGEST_VALUE_BYTES) {
        break;
      }
      end += Character.charCount(codePoint);
    }
    return storable.substring(0, end);
  }

  private static boolean isLonger(String text, int bytes) {
    return text.length() > bytes
        // Most texts are so short that they need not be encoded to know.
        || (text.length() * 3 > bytes && text.getBytes(StandardCharsets.UTF_8).length > bytes);
  }
}
