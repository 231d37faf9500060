package dev.tidegate.schemas;

/** Tells which texts PostgreSQL's {@code text} can hold. */
public final class StorableText {
  private StorableText() {}

  /** Whether {@code text} holds neither NUL nor half of a surrogate pair. */
  public static boolean isStorable(String text) {
    return firstUnstorable(text, 0) == text.length();
  }

  /**
   * Replaces each character that PostgreSQL cannot store by U+FFFD. It is for texts that people
   * read, such as attributes: the archive has the original.
   */
  public static String of(String text) {
    if (isStorable(text)) {
      return text;
    }
    StringBuilder storable = new StringBuilder(text);
    int length = text.length();
    for (int i = firstUnstorable(text, 0); i < length; i = firstUnstorable(text, i + 1)) {
      storable.setCharAt(i, '\uFFFD');
    }
    return storable.toString();
  }

  /**
   * Replaces each half of a surrogate pair by U+FFFD. No encoding can write it, and readers of JSON
   * refuse it.
   */
  public static String withoutHalves(String text) {
    if (isStorable(text)) {
      return text;
    }
    String[] parts = text.split("\0", -1);
    for (int i = 0; i < parts.length; i++) {
      parts[i] = of(parts[i]);
    }
    return String.join("\0", parts);
  }

  private static int firstUnstorable(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        return i;
      }
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return i;
        }
        i++;
      }
    }
    return text.length();
  }
}
