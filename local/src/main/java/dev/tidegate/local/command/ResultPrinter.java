package dev.tidegate.local.command;

import java.sql.ResultSet;
import java.sql.SQLException;

/** Prints a query's result, row by row: memory stays bounded however long it is. */
interface ResultPrinter {
  /** After how many rows a printer looks whether anybody still reads, as {@code head} does not. */
  int ROWS_BETWEEN_CHECKS = 500;

  /** Prints all rows that are left in {@code rows}. */
  void print(ResultSet rows) throws SQLException;
}
