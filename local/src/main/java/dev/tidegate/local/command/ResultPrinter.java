package dev.tidegate.local.command;

import java.io.PrintWriter;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Prints a query's result, row by row: memory stays bounded however long it is. */
abstract class ResultPrinter {
  /** After how many rows it looks whether anybody still reads, as {@code head} does not. */
  private static final int ROWS_BETWEEN_CHECKS = 500;

  final PrintWriter out;

  ResultPrinter(PrintWriter out) {
    this.out = out;
  }

  /** Prints all rows that are left in {@code rows}. */
  final void print(ResultSet rows) throws SQLException {
    List<ResultColumn> columns = ResultColumn.of(rows.getMetaData());
    begin(columns);
    long count = 0;
    while (rows.next()) {
      List<Object> values = new ArrayList<>(columns.size());
      for (ResultColumn column : columns) {
        values.add(column.valueIn(rows));
      }
      row(count++, values);
      if (count % ROWS_BETWEEN_CHECKS == 0 && out.checkError()) {
        return;
      }
    }
    end(count);
    out.flush();
  }

  abstract void begin(List<ResultColumn> columns);

  /**
   * @param index the row's, from 0
   * @param values a value for each column, as {@link ResultColumn#valueIn} makes them
   */
  abstract void row(long index, List<Object> values);

  abstract void end(long count);
}
