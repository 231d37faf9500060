package dev.tidegate.local.command;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One JSON array of objects, an object a line. What cannot be seen is written as escapes. */
final class JsonResultPrinter extends ResultPrinter {
  private List<ResultColumn> columns;

  JsonResultPrinter(PrintWriter out) {
    super(out);
  }

  @Override
  void begin(List<ResultColumn> columns) {
    this.columns = columns;
    out.write("[");
  }

  @Override
  void row(long index, List<Object> values) {
    Map<String, Object> row = new LinkedHashMap<>();
    for (ResultColumn column : columns) {
      row.put(column.name(), values.get(column.index() - 1));
    }
    out.write(index == 0 ? "\n" : ",\n");
    out.write(DisplayText.escapedJson(ResultColumn.json(row)));
  }

  @Override
  void end(long count) {
    out.write("\n]\n");
  }
}
