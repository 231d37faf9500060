package dev.tidegate.local.command;

import java.io.PrintWriter;
import java.util.List;
import java.util.OptionalInt;
import picocli.CommandLine.Help.ColorScheme;

/** A table for people, with the number of rows below. */
final class TableResultPrinter extends ResultPrinter {
  private final OptionalInt terminalColumns;
  private final ColorScheme colors;
  private TextTable table;

  TableResultPrinter(PrintWriter out, OptionalInt terminalColumns, ColorScheme colors) {
    super(out);
    this.terminalColumns = terminalColumns;
    this.colors = colors;
  }

  @Override
  void begin(List<ResultColumn> columns) {
    List<TextTable.Column> headings =
        columns.stream()
            .map(column -> new TextTable.Column(column.name(), column.isNumeric()))
            .toList();
    table = new TextTable(out, terminalColumns, colors, headings);
  }

  @Override
  void row(long index, List<Object> values) {
    table.add(values.stream().map(ResultColumn::text).toList());
  }

  @Override
  void end(long count) {
    table.finish();
    out.println(count == 1 ? "(1 row)" : "(" + count + " rows)");
  }
}
