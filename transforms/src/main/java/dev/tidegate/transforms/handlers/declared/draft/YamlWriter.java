package dev.tidegate.transforms.handlers.declared.draft;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes YAML with comments, line by line. */
final class YamlWriter {
  private static final Set<String> WORDS =
      Set.of("true", "false", "yes", "no", "on", "off", "null", "y", "n");

  private final StringBuilder text = new StringBuilder();

  /** A line. */
  YamlWriter line(int indentation, String line) {
    text.append("  ".repeat(indentation)).append(line).append('\n');
    return this;
  }

  /** A line and a comment behind it. */
  YamlWriter line(int indentation, String line, String comment) {
    return line(indentation, line + "  # " + comment);
  }

  /** A comment on a line of its own. */
  YamlWriter comment(int indentation, String comment) {
    return line(indentation, "# " + comment);
  }

  int length() {
    return text.length();
  }

  /** A mapping on one line. */
  static String mapping(Map<String, String> members) {
    return members.entrySet().stream()
        .map(member -> scalar(member.getKey()) + ": " + scalar(member.getValue()))
        .collect(Collectors.joining(", ", "{ ", " }"));
  }

  /** A list on one line. */
  static String list(Collection<String> items) {
    return items.stream().map(YamlWriter::scalar).collect(Collectors.joining(", ", "[", "]"));
  }

  /** A text, in quotes where it needs them. */
  static String scalar(String value) {
    boolean isPlain =
        value.matches(
                "[A-Za-z_][A-Za-z0-9_./-]*|body:[A-Za-z0-9_./-]+|[A-Za-z]+:[A-Za-z0-9_.-]+"
                    + "|timestamp\\([A-Za-z0-9_.]+\\)")
            && !WORDS.contains(value.toLowerCase(java.util.Locale.ROOT));
    if (isPlain) {
      return value;
    }
    boolean isPrintable = value.chars().allMatch(c -> c >= ' ' && c < 0x7F);
    return isPrintable ? "'" + value.replace("'", "''") + "'" : quoted(value);
  }

  /** A text in a comment: it stays on its line. */
  static String remark(String value) {
    boolean isPrintable = value.chars().allMatch(c -> c >= ' ' && c < 0x7F);
    return isPrintable ? value : quoted(value);
  }

  private static String quoted(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    value
        .codePoints()
        .forEach(
            character -> {
              if (character == '"' || character == '\\') {
                quoted.append('\\').appendCodePoint(character);
              } else if (isPrintable(character)) {
                quoted.appendCodePoint(character);
              } else {
                quoted.append("\\U%08x".formatted(character));
              }
            });
    return quoted.append('"').toString();
  }

  private static boolean isPrintable(int character) {
    return (character >= ' ' && character < 0x7F)
        || (Character.isLetterOrDigit(character) && character > 0xA0)
        || (character >= 0x10000 && Character.isDefined(character));
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
