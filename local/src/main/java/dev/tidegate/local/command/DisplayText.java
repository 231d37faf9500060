package dev.tidegate.local.command;

/**
 * Text as a terminal shows it. Cells hold what strangers sent: control characters could move the
 * cursor, hide text or worse, so none reaches a terminal.
 */
final class DisplayText {
  private static final String ELLIPSIS = "…";

  private DisplayText() {}

  /** {@code text} in which every character that would act on a terminal is spelled out. */
  static String escaped(String text) {
    if (text.codePoints().noneMatch(DisplayText::acts)) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            character -> {
              switch (character) {
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                default -> {
                  if (acts(character)) {
                    escaped.append(String.format("\\u%04x", character));
                  } else {
                    escaped.appendCodePoint(character);
                  }
                }
              }
            });
    return escaped.toString();
  }

  private static boolean acts(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      // Those that reorder text: what is read must be what is there.
      case Character.FORMAT ->
          (character >= 0x202A && character <= 0x202E)
              || (character >= 0x2066 && character <= 0x2069)
              || character == 0x200E
              || character == 0x200F;
      default -> false;
    };
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
