package dev.tidegate.local.command;

import java.io.PrintWriter;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/**
 * RFC 4180 with a header line. Null is empty, an empty text is {@code ""}. Programs get texts as
 * they are, a terminal as {@link DisplayText} shows them.
 */
final class CsvResultPrinter implements ResultPrinter {
  private static final String LINE_END = "\r\n";

  private final PrintWriter out;

  private final boolean toTerminal;

  CsvResultPrinter(PrintWriter out, boolean toTerminal) {
    this.out = out;
    this.toTerminal = toTerminal;
  }

  @Override
  public void print(ResultSet rows) throws SQLException {
    List<ResultColumn> columns = ResultColumn.of(rows.getMetaData());
    for (ResultColumn column : columns) {
      out.write(column.index() == 1 ? "" : ",");
      out.write(field(column.name()));
    }
    out.write(LINE_END);
    for (long count = 1; rows.next(); count++) {
      for (ResultColumn column : columns) {
        Object value = column.valueIn(rows);
        out.write(column.index() == 1 ? "" : ",");
        out.write(value == null ? "" : field(ResultValue.text(value)));
      }
      out.write(LINE_END);
      if (count % ROWS_BETWEEN_CHECKS == 0 && out.checkError()) {
        return;
      }
    }
    out.flush();
  }

  private String field(String value) {
    String text = toTerminal ? DisplayText.escaped(value) : value;
    boolean plain =
        !text.isEmpty()
            && text.chars().noneMatch(c -> c == '"' || c == ',' || c == '\r' || c == '\n');
    return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
  }
}
