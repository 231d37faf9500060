package dev.tidegate.schemas;

import java.io.Serializable;
import java.util.List;

/**
 * Columns of a {@link Table} that usually come together, and so share the column that holds their
 * version. Each column still has a clock of its own (docs/design.md, promise 2): where a
 * notification leaves some of them out, {@link Table#COLUMN_VERSIONS} says which version those
 * have.
 *
 * @param name the group's name within its table
 * @param columns its columns, at least one
 */
public record ColumnGroup(String name, List<Column> columns) implements Serializable {
  public ColumnGroup {
    columns = List.copyOf(columns);
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("column group " + name + " has no columns");
    }
    if (columns.size() > 1 && columns.stream().anyMatch(Column::byField)) {
      throw new IllegalArgumentException(
          "column group " + name + " must have no other column than the column of fields");
    }
  }

  /** The column that holds the newest {@link Version} that any of the columns has. */
  public String versionColumn() {
    return name + "_version";
  }
}
