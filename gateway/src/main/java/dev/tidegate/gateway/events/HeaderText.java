package dev.tidegate.gateway.events;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Texts in headers as CloudEvents write them (CloudEvents 1.0.2, "HTTP Protocol Binding", 3.1.3.2):
 * UTF-8 in percent-encoding, maybe within double quotes. {@code URLDecoder} would make spaces of
 * plus signs, and let broken text through.
 */
final class HeaderText {
  private static final int ESCAPE_LENGTH = 3;

  private HeaderText() {}

  /** The text of {@code header}; empty where it is not encoded so. */
  static Optional<String> decode(String header) {
    Optional<String> unquoted = unquote(header);
    return unquoted.isEmpty() ? unquoted : percentDecode(unquoted.get());
  }

  /** What stands within double quotes (RFC 9110, 5.6.4), or {@code header} where there are none. */
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

  private static Optional<String> percentDecode(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > 0x7E) {
        return Optional.empty();
      }
      if (c != '%') {
        bytes.write(c);
      } else if (isEscape(text, i)) {
        bytes.write(Integer.parseInt(text.substring(i + 1, i + ESCAPE_LENGTH), 16));
        i += ESCAPE_LENGTH - 1;
      } else {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes.toByteArray()))
              .toString());
    } catch (CharacterCodingException notUtf8) {
      return Optional.empty();
    }
  }

  private static boolean isEscape(String text, int at) {
    return at + ESCAPE_LENGTH <= text.length()
        && Character.digit(text.charAt(at + 1), 16) >= 0
        && Character.digit(text.charAt(at + 2), 16) >= 0;
  }
}
