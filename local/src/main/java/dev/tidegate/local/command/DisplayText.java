package dev.tidegate.local.command;

import java.util.Map;

/**
 * Text as a terminal shows it. Cells hold what strangers sent. Control characters could move the
 * cursor or hide text, and what cannot be seen could make one text look like another: none of these
 * reaches a terminal.
 */
final class DisplayText {
  private static final String ELLIPSIS = "…";

  /**
   * Characters that take part in no category of those that are escaped, and yet show nothing:
   * fillers, joiners, and the selectors of variants, in which a whole text can be hidden.
   */
  private static final String INVISIBLE =
      "\u034F\u115F\u1160\u17B4\u17B5\u180B\u180C\u180D\u180F\u2800\u3164\uFFA0\uFFFC";

  private DisplayText() {}

  /** {@code text} in which every character that a reader could not see is spelled out. */
  static String escaped(String text) {
    return escaped(text, Map.of('\n', "\\n", '\r', "\\r", '\t', "\\t"));
  }

  /**
   * The same JSON, in which the characters that a reader could not see are escapes. Line breaks and
   * tabs stay: JSON has them between its values only.
   */
  static String escapedJson(String json) {
    return escaped(json, Map.of('\n', "\n", '\r', " ", '\t', "\t"));
  }

  /** Spells characters in UTF-16, as JSON and Java do. */
  private static String escaped(String text, Map<Character, String> whiteSpace) {
    if (text.codePoints().noneMatch(DisplayText::isHidden)) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            character -> {
              if (!isHidden(character)) {
                escaped.appendCodePoint(character);
                return;
              }
              for (char unit : Character.toChars(character)) {
                String spelled = whiteSpace.get(unit);
                escaped.append(spelled == null ? "\\u%04x".formatted((int) unit) : spelled);
              }
            });
    return escaped.toString();
  }

  private static boolean isHidden(int character) {
    if (character >= ' ' && character < 0x7F) {
      return false;
    }
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          // All but the one that everybody types.
          Character.SPACE_SEPARATOR ->
          true;
      default -> INVISIBLE.indexOf(character) >= 0 || isVariationSelector(character);
    };
  }

  private static boolean isVariationSelector(int character) {
    return (character >= 0xFE00 && character <= 0xFE0F)
        || (character >= 0xE0100 && character <= 0xE01EF);
  }

  /** How many columns {@code text} takes. */
  static int width(String text) {
    int width = 0;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      width += width(text.codePointAt(i));
    }
    return width;
  }

  /** {@code text}, or as much of it as {@code columns} hold with an ellipsis at its end. */
  static String cut(String text, int columns) {
    if (width(text) <= columns) {
      return text;
    }
    int room = columns - 1;
    int end = 0;
    while (end < text.length()) {
      int character = text.codePointAt(end);
      room -= width(character);
      if (room < 0) {
        break;
      }
      end += Character.charCount(character);
    }
    return text.substring(0, end) + ELLIPSIS;
  }

  private static int width(int character) {
    if (character < 0x300) {
      return 1;
    }
    int type = Character.getType(character);
    if (type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || type == Character.FORMAT) {
      return 0;
    }
    return isWide(character) ? 2 : 1;
  }

  /** The blocks that Unicode's East Asian Width calls wide, and emoji. */
  private static boolean isWide(int character) {
    return (character >= 0x1100 && character <= 0x115F)
        || (character >= 0x2E80 && character <= 0xA4CF && character != 0x303F)
        || (character >= 0xAC00 && character <= 0xD7A3)
        || (character >= 0xF900 && character <= 0xFAFF)
        || (character >= 0xFE30 && character <= 0xFE6F)
        || (character >= 0xFF00 && character <= 0xFF60)
        || (character >= 0xFFE0 && character <= 0xFFE6)
        || (character >= 0x1F300 && character <= 0x1F64F)
        || (character >= 0x1F680 && character <= 0x1F6FF)
        || (character >= 0x1F900 && character <= 0x1F9FF)
        || (character >= 0x20000 && character <= 0x3FFFD);
  }
}
