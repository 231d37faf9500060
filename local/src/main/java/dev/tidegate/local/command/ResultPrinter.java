package dev.tidegate.local.command;

import java.io.PrintWriter;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Help.ColorScheme;

/** Prints rows one by one: memory stays bounded however many they are. Lines end in LF. */
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

  void end(long count) {}

  /** A table for people, with the number of rows below. */
  static final class Table extends ResultPrinter {
    private final OptionalInt terminalColumns;
    private final ColorScheme colors;
    private final boolean bare;
    private final boolean vertical;
    private boolean firstWhole;
    private TextTable table;

    /**
     * @param bare without heading and number of rows
     * @param vertical with a line for each cell
     */
    Table(
        PrintWriter out,
        OptionalInt terminalColumns,
        ColorScheme colors,
        boolean bare,
        boolean vertical) {
      super(out);
      this.terminalColumns = terminalColumns;
      this.colors = colors;
      this.bare = bare;
      this.vertical = vertical;
    }

    /** As {@link TextTable#withFirstWhole}. */
    Table withFirstWhole() {
      firstWhole = true;
      return this;
    }

    @Override
    void begin(List<ResultColumn> columns) {
      List<TextTable.Column> headings =
          columns.stream()
              .map(column -> new TextTable.Column(column.name(), column.isNumeric()))
              .toList();
      table = new TextTable(out, terminalColumns, colors, headings, !bare);
      if (vertical) {
        table.vertically();
      }
      if (firstWhole) {
        table.withFirstWhole();
      }
    }

    @Override
    void row(long index, List<Object> values) {
      table.add(values.stream().map(ResultColumn::textForPeople).toList());
    }

    @Override
    void end(long count) {
      table.finish();
      if (!bare) {
        String cut =
            count > 0 && table.hasCut()
                ? "; cells are cut to fit: --vertical shows them whole"
                : "";
        out.print("(%d %s%s)\n".formatted(count, count == 1 ? "row" : "rows", cut));
      }
    }
  }

  /** An object a line, in one JSON array or without. What cannot be seen is written as escapes. */
  static final class JsonObjects extends ResultPrinter {
    private final boolean array;
    private List<ResultColumn> columns;

    JsonObjects(PrintWriter out, boolean array) {
      super(out);
      this.array = array;
    }

    @Override
    void begin(List<ResultColumn> columns) {
      this.columns = columns;
      out.write(array ? "[" : "");
    }

    @Override
    void row(long index, List<Object> values) {
      Map<String, Object> row = new LinkedHashMap<>();
      for (ResultColumn column : columns) {
        row.put(column.name(), values.get(column.index() - 1));
      }
      object(index, ResultColumn.json(row));
    }

    void object(long index, String json) {
      if (array) {
        out.write(index == 0 ? "\n" : ",\n");
      }
      // A document of PostgreSQL's may have lines of its own.
      out.write(DisplayText.escapedJson(array ? json : json.replaceAll("\\R", " ")));
      out.write(array ? "" : "\n");
    }

    @Override
    void end(long count) {
      out.write(array ? "\n]\n" : "");
    }
  }

  /**
   * RFC 4180 but for the line ends, with a header line. Null is empty, an empty text is {@code ""}.
   * Programs get texts as they are, a terminal as {@link DisplayText} shows them.
   */
  static final class Csv extends ResultPrinter {
    private static final Pattern QUOTED = Pattern.compile("[\",\r\n]");

    private final boolean toTerminal;
    private final boolean bare;

    /**
     * @param bare without header
     */
    Csv(PrintWriter out, boolean toTerminal, boolean bare) {
      super(out);
      this.toTerminal = toTerminal;
      this.bare = bare;
    }

    @Override
    void begin(List<ResultColumn> columns) {
      if (!bare) {
        row(0, columns.stream().<Object>map(ResultColumn::name).toList());
      }
    }

    @Override
    void row(long index, List<Object> values) {
      out.write(values.stream().map(this::field).collect(Collectors.joining(",", "", "\n")));
    }

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
}
