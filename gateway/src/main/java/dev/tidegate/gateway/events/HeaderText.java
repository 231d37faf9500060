package dev.tidegate.gateway.events;

import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Texts in headers as CloudEvents write them (CloudEvents 1.0.2, "HTTP Protocol Binding", 3.1.3.2):
 * UTF-8 in percent-encoding, maybe within double quotes.
 */
final class HeaderText {
  private HeaderText() {}

  /** The text of {@code header}; empty where it is not encoded so. */
  static Optional<String> decode(String header) {
    Optional<String> unquoted = unquote(header);
    return unquoted.isEmpty() ? unquoted : percentDecode(unquoted.get());
  }

  /** The text within double quotes (RFC 9110, 5.6.4), or {@code header} if it has none. */
  static Optional<String> unquote(String header) {
    if (!header.startsWith("\"")) {
      return Optional.of(header);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < header.length(); i++) {
      char c = header.charAt(i);
      if (c == '"') {
        return i == header.length() - 1 ? Optional.of(text.toString()) : Optional.empty();
      }
      if (c == '\\' && i + 1 < header.length()) {
        i++;
        c = header.charAt(i);
      }
      text.append(c);
    }
    return Optional.empty();
  }

  /** {@code URLDecoder} would make spaces of plus signs, and let broken text through. */
  private static Optional<String> percentDecode(String text) {
    if (text.chars().anyMatch(c -> c > 0x7E) || text.contains("%-")) {
      return Optional.empty();
    }
    try {
      byte[] bytes =
          URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.ISO_8859_1)
              .getBytes(StandardCharsets.ISO_8859_1);
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (IllegalArgumentException | CharacterCodingException notEncodedSo) {
      return Optional.empty();
    }
  }
}
