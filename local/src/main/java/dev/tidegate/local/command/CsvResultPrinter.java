package dev.tidegate.local.command;

import java.io.PrintWriter;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * RFC 4180 with a header line. Null is empty, an empty text is {@code ""}. Programs get texts as
 * they are, a terminal as {@link DisplayText} shows them.
 */
final class CsvResultPrinter extends ResultPrinter {
  private static final Pattern QUOTED = Pattern.compile("[\",\r\n]");

  private final boolean toTerminal;

  CsvResultPrinter(PrintWriter out, boolean toTerminal) {
    super(out);
    this.toTerminal = toTerminal;
  }

  @Override
  void begin(List<ResultColumn> columns) {
    row(0, columns.stream().<Object>map(ResultColumn::name).toList());
  }

  @Override
  void row(long index, List<Object> values) {
    out.write(values.stream().map(this::field).collect(Collectors.joining(",")));
    out.write("\r\n");
  }

  @Override
  void end(long count) {}

  private String field(Object value) {
    if (value == null) {
      return "";
    }
    String plain = ResultColumn.text(value);
    String text = toTerminal ? DisplayText.escaped(plain) : plain;
    return text.isEmpty() || QUOTED.matcher(text).find()
        ? '"' + text.replace("\"", "\"\"") + '"'
        : text;
  }
}
