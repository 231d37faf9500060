package dev.tidegate.schemas;

import java.util.List;

/**
 * Columns of a {@link Table} that are written together or not at all, under a clock of their own
 * (DESIGN.md, promise 2). An attribute whose presence varies between payloads belongs in a group of
 * its own: a group that is written sets every column it has, to null where nothing was given.
 *
 * @param name the group's name within its table
 * @param columns its columns, at least one
 */
public record ColumnGroup(String name, List<Column> columns) {
  public ColumnGroup {
    columns = List.copyOf(columns);
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("column group " + name + " has no columns");
    }
  }

  /** The column that holds the {@link Version#text} of what last wrote the group. */
  public String versionColumn() {
    return name + "_version";
  }
}
