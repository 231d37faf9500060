package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Reads the rows of a query, and puts their columns into JSON. */
final class Rows {
  /** What is made of a row. */
  @FunctionalInterface
  interface Mapper<T> {
    T map(ResultSet row) throws SQLException;
  }

  private Rows() {}

  /**
   * The rows of {@code sql}, which must name the parameters of {@code conditions} and no others.
   */
  static <T> List<T> read(
      Connection connection, String sql, SqlConditions conditions, Mapper<T> mapper)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      conditions.bind(statement, 1);
      List<T> rows = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          rows.add(mapper.map(row));
        }
      }
      return rows;
    }
  }

  /** Puts a column of text, unless it is null. */
  static void putText(ObjectNode json, String name, ResultSet row, String column)
      throws SQLException {
    LedgerEvent.text(row, column).ifPresent(value -> json.put(name, value));
  }

  /** Puts a column of time, unless it is null. */
  static void putTime(ObjectNode json, String name, ResultSet row, String column)
      throws SQLException {
    LedgerEvent.time(row, column).ifPresent(value -> json.put(name, value.toString()));
  }

  /** Puts a column of floating point, unless it is null. */
  static void putNumber(ObjectNode json, String name, ResultSet row, String column)
      throws SQLException {
    Double value = row.getObject(column, Double.class);
    if (value != null) {
      json.put(name, value);
    }
  }
}
