package dev.tidegate.gateway.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.SqlStatement;

/**
 * The conditions of a query, joined by AND. The first is the caller's {@link TenantScope}: there is
 * no other way to begin. Values travel as parameters only, so that no value can become SQL.
 */
public final class SqlConditions {
  private final List<String> conditions = new ArrayList<>();
  private final List<Object> parameters = new ArrayList<>();

  /** To be made by {@link TenantScope#where}. */
  SqlConditions() {}

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

  /** Adds a condition with one parameter, where there is a value for it. */
  public SqlConditions add(String condition, Optional<?> value) {
    value.ifPresent(known -> add(condition, new Object[] {known}));
    return this;
  }

  /** Adds that the column has one of {@code values}; nothing where there are none. */
  public SqlConditions addOneOf(String column, Collection<String> values) {
    return values.isEmpty() ? this : add(column + " = ANY (?)", values);
  }

  /** The parameters, in the order of their question marks. */
  List<Object> parameters() {
    return List.copyOf(parameters);
  }

  /** The conditions. */
  public String text() {
    return conditions.isEmpty() ? "TRUE" : String.join(" AND ", conditions);
  }

  /** Binds the parameters, as the first of the statement. */
  public <S extends SqlStatement<S>> S bindTo(S statement) {
    return bindTo(statement, 0);
  }

  /**
   * Binds the parameters.
   *
   * @param first how many parameters of the statement's own come before them
   */
  public <S extends SqlStatement<S>> S bindTo(S statement, int first) {
    return bind(statement, first, parameters);
  }

  /** Binds {@code parameters} from {@code first} on, collections of texts as arrays. */
  static <S extends SqlStatement<S>> S bind(S statement, int first, List<?> parameters) {
    for (int i = 0; i < parameters.size(); i++) {
      if (parameters.get(i) instanceof Collection<?> texts) {
        statement.bindArray(first + i, String.class, texts);
      } else {
        statement.bind(first + i, parameters.get(i));
      }
    }
    return statement;
  }
}
