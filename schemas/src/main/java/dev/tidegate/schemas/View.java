package dev.tidegate.schemas;

import java.io.Serializable;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A view of PostgreSQL over one table, such as a balance over an account's entries: a row for each
 * tenant and each group of its rows.
 *
 * @param name the view's name
 * @param table the table that it reads
 * @param groupBy the table's columns that tell groups apart, after {@code tenant_id}
 * @param aggregates what is told of each group
 */
public record View(String name, Table table, List<Column> groupBy, List<Aggregate> aggregates)
    implements Serializable {
  /**
   * What an aggregate gives.
   *
   * @param name the column's name
   * @param type its type
   * @param expression its value, in SQL
   */
  public record Aggregate(String name, ColumnType type, String expression) implements Serializable {
    /** How many rows there are. */
    public static Aggregate count(String name) {
      return new Aggregate(name, ColumnType.BIGINT, "count(*)");
    }

    /** What {@code function} makes of the values of {@code column}. */
    public static Aggregate of(String name, AggregateFunction function, Column column) {
      return new Aggregate(
          name,
          function.typeOver(column.type()),
          "%s(%s)".formatted(function.sqlName(), column.name()));
    }
  }

  /**
   * @throws IllegalArgumentException where a name cannot be a view's or a column's, or is there
   *     twice
   */
  public View {
    groupBy = List.copyOf(groupBy);
    aggregates = List.copyOf(aggregates);
    ReservedNames.requireTable(name);
    Set<String> names = new HashSet<>(Set.of(Table.TENANT_ID));
    for (String column : columnNames(groupBy, aggregates)) {
      ReservedNames.requireColumn(column);
      if (!names.add(column)) {
        throw new IllegalArgumentException("view %s has two columns %s".formatted(name, column));
      }
    }
  }

  /** Its columns' names, in their order. */
  public List<String> columnNames() {
    return Stream.concat(Stream.of(Table.TENANT_ID), columnNames(groupBy, aggregates).stream())
        .toList();
  }

  /** Its columns' types in SQL, in their order. */
  public List<String> columnTypes() {
    return Stream.of(
            Stream.of(ColumnType.TEXT),
            groupBy.stream().map(Column::type),
            aggregates.stream().map(Aggregate::type))
        .flatMap(types -> types)
        .map(ColumnType::sqlName)
        .toList();
  }

  private static List<String> columnNames(Collection<Column> groupBy, List<Aggregate> aggregates) {
    return Stream.concat(
            groupBy.stream().map(Column::name), aggregates.stream().map(Aggregate::name))
        .toList();
  }

  /** What it selects. */
  public String query() {
    String groups =
        Stream.concat(Stream.of(Table.TENANT_ID), groupBy.stream().map(Column::name))
            .collect(Collectors.joining(", "));
    return aggregates.stream()
        .map(each -> "%s AS %s".formatted(each.expression(), each.name()))
        .collect(
            Collectors.joining(
                ", ",
                "SELECT %s, ".formatted(groups),
                " FROM %s GROUP BY %s".formatted(table.name(), groups)));
  }
}
