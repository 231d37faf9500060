package dev.tidegate.pubsub;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A subscription's filter: Pub/Sub's filter language over a message's attributes.
 *
 * <pre>
 *   attributes:KEY                        the attribute is there
 *   attributes.KEY = "VALUE"              it is there and equal
 *   attributes.KEY != "VALUE"             the contrary: also true where it is missing
 *   hasPrefix(attributes.KEY, "PREFIX")   it is there and begins so
 *   NOT x, -x, x AND y, x OR y, ( x )
 * </pre>
 *
 * <p>As in the service, operators are upper case, AND and OR do not mix without parentheses, a key
 * with other characters than letters, digits, "_" and "-" is quoted, and the whole has at most 256
 * bytes. An empty filter lets everything through.
 */
final class MessageFilter {
  private static final int LONGEST_BYTES = 256;
  private static final MessageFilter ALL = new MessageFilter(attributes -> true);

  private final Predicate<Map<String, String>> predicate;

  private MessageFilter(Predicate<Map<String, String>> predicate) {
    this.predicate = predicate;
  }

  /**
   * Parses {@code text}.
   *
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT, saying where and why, if it is invalid
   */
  static MessageFilter parse(String text) {
    if (text.isEmpty()) {
      return ALL;
    }
    if (text.getBytes(StandardCharsets.UTF_8).length > LONGEST_BYTES) {
      throw Statuses.invalidArgument(
          "Invalid filter: it is longer than " + LONGEST_BYTES + " bytes.");
    }
    return new MessageFilter(new Parser(text).parse());
  }

  boolean matches(Map<String, String> attributes) {
    return predicate.test(attributes);
  }

  /** Recursive descent: expression := term ((AND term)* | (OR term)*). */
  private static final class Parser {
    private final String text;
    private int position;

    Parser(String text) {
      this.text = text;
    }

    Predicate<Map<String, String>> parse() {
      Predicate<Map<String, String>> expression = expression();
      skipSpace();
      if (position < text.length()) {
        throw invalid("the end of the filter");
      }
      return expression;
    }

    private Predicate<Map<String, String>> expression() {
      Predicate<Map<String, String>> result = term();
      boolean and = takeWord("AND");
      if (!and && !takeWord("OR")) {
        return result;
      }
      do {
        Predicate<Map<String, String>> next = term();
        result = and ? result.and(next) : result.or(next);
      } while (takeWord(and ? "AND" : "OR"));
      if (takeWord(and ? "OR" : "AND")) {
        throw invalid("parentheses, because AND and OR are mixed,");
      }
      return result;
    }

    private Predicate<Map<String, String>> term() {
      if (take('-') || takeWord("NOT")) {
        return term().negate();
      }
      if (take('(')) {
        Predicate<Map<String, String>> inner = expression();
        expect(')');
        return inner;
      }
      if (takeWord("hasPrefix")) {
        return prefix();
      }
      return comparison();
    }

    private Predicate<Map<String, String>> prefix() {
      expect('(');
      expectAttributes();
      expect('.');
      String key = key();
      expect(',');
      String prefix = string();
      expect(')');
      return attributes -> {
        String value = attributes.get(key);
        return value != null && value.startsWith(prefix);
      };
    }

    private Predicate<Map<String, String>> comparison() {
      expectAttributes();
      if (take(':')) {
        String key = key();
        return attributes -> attributes.containsKey(key);
      }
      expect('.');
      String key = key();
      boolean negated = take('!');
      expect('=');
      String value = string();
      Predicate<Map<String, String>> equal = attributes -> value.equals(attributes.get(key));
      return negated ? equal.negate() : equal;
    }

    private void expectAttributes() {
      if (!takeWord("attributes")) {
        throw invalid("\"attributes\"");
      }
    }

    private String key() {
      skipSpace();
      if (position < text.length() && text.charAt(position) == '"') {
        return string();
      }
      int start = position;
      while (position < text.length() && isKeyCharacter(text.charAt(position))) {
        position++;
      }
      if (position == start) {
        throw invalid("an attribute's key");
      }
      return text.substring(start, position);
    }

    private String string() {
      expect('"');
      StringBuilder value = new StringBuilder();
      while (position < text.length()) {
        char c = text.charAt(position++);
        if (c == '"') {
          return value.toString();
        }
        value.append(c == '\\' ? escaped() : c);
      }
      throw invalid("a closing quotation mark");
    }

    private char escaped() {
      if (position == text.length()) {
        throw invalid("a character after the backslash");
      }
      char c = text.charAt(position++);
      return switch (c) {
        case '"', '\'', '\\' -> c;
        case 'n' -> '\n';
        case 'r' -> '\r';
        case 't' -> '\t';
        case 'x' -> codeUnit(2, 16);
        case 'u' -> codeUnit(4, 16);
        case '0', '1', '2', '3' -> {
          position--;
          yield codeUnit(3, 8);
        }
        default -> throw invalid("a known escape sequence");
      };
    }

    private char codeUnit(int digits, int radix) {
      int end = position + digits;
      int unit = 0;
      for (; position < end; position++) {
        int digit = position < text.length() ? Character.digit(text.charAt(position), radix) : -1;
        if (digit < 0) {
          throw invalid("a digit");
        }
        unit = unit * radix + digit;
      }
      return (char) unit;
    }

    private boolean takeWord(String word) {
      skipSpace();
      int end = position + word.length();
      if (!text.startsWith(word, position)
          || (end < text.length() && isKeyCharacter(text.charAt(end)))) {
        return false;
      }
      position = end;
      return true;
    }

    private boolean take(char c) {
      skipSpace();
      if (position == text.length() || text.charAt(position) != c) {
        return false;
      }
      position++;
      return true;
    }

    private void expect(char c) {
      if (!take(c)) {
        throw invalid("'" + c + "'");
      }
    }

    private void skipSpace() {
      while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
        position++;
      }
    }

    private static boolean isKeyCharacter(char c) {
      return c == '_'
          || c == '-'
          || (c >= '0' && c <= '9')
          || (c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z');
    }

    private RuntimeException invalid(String expected) {
      return Statuses.invalidArgument(
          "Invalid filter: expected " + expected + " at character " + (position + 1) + ".");
    }
  }
}
