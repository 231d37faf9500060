package dev.tidegate.gateway.operations;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The conditions of a query, and their parameters: values only ever travel as parameters, so that
 * no value can become SQL.
 */
public final class SqlConditions {
  private final List<String> conditions = new ArrayList<>();
  private final List<Object> parameters = new ArrayList<>();

  /**
   * Adds a condition that all rows must meet.
   *
   * @param condition a constant text, with a question mark for each parameter
   * @param values texts, times, numbers, UUIDs, bytes, or collections of texts for {@code ANY (?)}
   */
  public SqlConditions add(String condition, Object... values) {
    conditions.add(condition);
    parameters.addAll(List.of(values));
    return this;
  }

  /** Adds that the column has one of {@code values}; nothing where there are none. */
  public SqlConditions addOneOf(String column, Collection<String> values) {
    return values.isEmpty() ? this : add(column + " = ANY (?)", values);
  }

  /** The conditions, joined by AND. */
  public String text() {
    return conditions.isEmpty() ? "TRUE" : String.join(" AND ", conditions);
  }

  /**
   * Sets the parameters.
   *
   * @param first the index of the first of them
   * @return the index after the last
   */
  public int bind(PreparedStatement statement, int first) throws SQLException {
    int index = first;
    for (Object parameter : parameters) {
      bind(statement, index++, parameter);
    }
    return index;
  }

  private static void bind(PreparedStatement statement, int index, Object parameter)
      throws SQLException {
    if (parameter instanceof Instant time) {
      statement.setObject(index, time.atOffset(ZoneOffset.UTC));
    } else if (parameter instanceof Collection<?> texts) {
      statement.setArray(
          index, statement.getConnection().createArrayOf("text", texts.toArray(new String[0])));
    } else {
      statement.setObject(index, parameter);
    }
  }
}
