package dev.tidegate.local.command;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import picocli.CommandLine.Help.ColorScheme;

/**
 * Aligned columns. The first rows decide how wide each column is, and are the only ones held in
 * memory. On a terminal long cells are cut so that a row fits a line; elsewhere they are whole.
 *
 * <p>It can also print a line for each cell, whole. It does so by itself on a terminal that is too
 * narrow for a row however short its cells are cut.
 */
final class TextTable {
  /** How many rows decide on the widths. */
  static final int MEASURED_ROWS = 500;

  private static final String GAP = "  ";

  /** How many characters they may have together. */
  private static final int MEASURED_CHARACTERS = 4_000_000;

  /** Off terminals a cell longer than this pushes its row's rest aside, not every row's. */
  private static final int WIDEST_COLUMN = 200;

  /** No column is cut below this, or too little of it could be read. */
  private static final int NARROWEST_COLUMN = 8;

  /** One column's name, and whether its cells are numbers. */
  record Column(String name, boolean numeric) {}

  private final PrintWriter out;
  private final OptionalInt terminalColumns;
  private final ColorScheme colors;
  private final List<Column> columns;
  private final boolean hasHeading;
  private boolean firstWhole;
  private boolean vertical;
  private boolean hasCut;
  private long printed;
  private List<List<String>> measured = new ArrayList<>();
  private long measuredCharacters;
  private int[] widths;

  TextTable(
      PrintWriter out,
      OptionalInt terminalColumns,
      ColorScheme colors,
      List<Column> columns,
      boolean hasHeading) {
    this.out = out;
    this.terminalColumns = terminalColumns;
    this.colors = colors;
    this.columns = columns;
    this.hasHeading = hasHeading;
  }

  /** Prints a line for each cell. */
  TextTable vertically() {
    vertical = true;
    return this;
  }

  /** Cuts nothing of the first column: it is an ID, which people copy. */
  TextTable withFirstWhole() {
    firstWhole = true;
    return this;
  }

  /** Whether a cell was cut to fit. */
  boolean hasCut() {
    return hasCut;
  }

  void add(List<String> cells) {
    List<String> escaped = cells.stream().map(DisplayText::escaped).toList();
    if (widths != null) {
      printRow(escaped);
      return;
    }
    measured.add(escaped);
    measuredCharacters += escaped.stream().mapToLong(String::length).sum();
    if (measured.size() == MEASURED_ROWS || measuredCharacters > MEASURED_CHARACTERS) {
      printMeasured();
    }
  }

  /** Prints what is left. */
  void finish() {
    if (widths == null) {
      printMeasured();
    }
  }

  private void printMeasured() {
    List<String> header =
        columns.stream().map(column -> DisplayText.escaped(column.name())).toList();
    widths = new int[columns.size()];
    if (hasHeading) {
      measure(header);
    }
    measured.forEach(this::measure);
    terminalColumns.ifPresent(this::fit);
    if (hasHeading && !vertical) {
      String headerLine = line(header);
      out.write(colors.ansi().enabled() ? "\u001b[1m" + headerLine + "\u001b[0m" : headerLine);
      out.write('\n');
      out.write(line(Arrays.stream(widths).mapToObj("─"::repeat).toList()));
      out.write('\n');
    }
    measured.forEach(this::printRow);
    measured = List.of();
  }

  private void measure(List<String> cells) {
    int widest = terminalColumns.orElse(WIDEST_COLUMN);
    for (int i = 0; i < widths.length; i++) {
      int width = Math.min(widest, DisplayText.width(cells.get(i)));
      widths[i] = Math.max(widths[i], width);
    }
  }

  /** Takes from the widest columns, one after the other, until a row fits. */
  private void fit(int available) {
    int excess = Arrays.stream(widths).sum() + GAP.length() * (widths.length - 1) - available;
    while (excess > 0) {
      int widest = firstWhole && widths.length > 1 ? 1 : 0;
      for (int i = widest + 1; i < widths.length; i++) {
        widest = widths[i] > widths[widest] ? i : widest;
      }
      if (widths[widest] <= NARROWEST_COLUMN) {
        vertical = hasHeading;
        return;
      }
      widths[widest]--;
      excess--;
    }
  }

  private void printRow(List<String> cells) {
    printed++;
    if (vertical) {
      printVertically(cells);
      return;
    }
    out.write(line(cells));
    out.write('\n');
  }

  private void printVertically(List<String> cells) {
    int width = columns.stream().mapToInt(TextTable::nameWidth).max().orElse(0);
    if (hasHeading) {
      out.write("─ row %d ".formatted(printed));
      out.write("─".repeat(Math.max(1, width - 6)));
      out.write('\n');
    }
    for (int i = 0; i < cells.size(); i++) {
      String name = DisplayText.escaped(columns.get(i).name());
      String padding = " ".repeat(width - DisplayText.width(name));
      out.write((name + padding + GAP + cells.get(i)).stripTrailing());
      out.write('\n');
    }
  }

  private static int nameWidth(Column column) {
    return DisplayText.width(DisplayText.escaped(column.name()));
  }

  private String line(List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell =
          terminalColumns.isPresent() ? DisplayText.cut(cells.get(i), widths[i]) : cells.get(i);
      hasCut = hasCut || !cell.equals(cells.get(i));
      String padding = " ".repeat(Math.max(0, widths[i] - DisplayText.width(cell)));
      line.append(i == 0 ? "" : GAP);
      line.append(columns.get(i).numeric() ? padding + cell : cell + padding);
    }
    return line.toString().stripTrailing();
  }
}
