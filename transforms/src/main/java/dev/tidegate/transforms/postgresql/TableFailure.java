package dev.tidegate.transforms.postgresql;

import java.sql.SQLException;

/**
 * A statement that failed, and the table that it writes: servers name that for some errors only.
 */
final class TableFailure extends SQLException {
  private static final long serialVersionUID = 1L;

  private final String table;

  TableFailure(String table, SQLException failure) {
    super(failure.getMessage(), failure.getSQLState(), failure);
    this.table = table;
  }

  String table() {
    return table;
  }
}
