package dev.tidegate.local.command;

import java.io.PrintWriter;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import picocli.CommandLine.Help.ColorScheme;

/** A table for people, with the number of rows below. */
final class TableResultPrinter implements ResultPrinter {
  private final PrintWriter out;
  private final OptionalInt terminalColumns;
  private final ColorScheme colors;

  TableResultPrinter(PrintWriter out, OptionalInt terminalColumns, ColorScheme colors) {
    this.out = out;
    this.terminalColumns = terminalColumns;
    this.colors = colors;
  }

  @Override
  public void print(ResultSet rows) throws SQLException {
    List<ResultColumn> columns = ResultColumn.of(rows.getMetaData());
    TextTable table =
        new TextTable(
            out,
            terminalColumns,
            colors,
            columns.stream()
                .map(column -> new TextTable.Column(column.name(), column.isNumeric()))
                .toList());
    long count = 0;
    while (rows.next()) {
      List<String> cells = new ArrayList<>(columns.size());
      for (ResultColumn column : columns) {
        cells.add(ResultValue.text(column.valueIn(rows)));
      }
      table.add(cells);
      count++;
      if (count % ROWS_BETWEEN_CHECKS == 0 && out.checkError()) {
        return;
      }
    }
    table.finish();
    out.println(count == 1 ? "(1 row)" : "(" + count + " rows)");
    out.flush();
  }
}
