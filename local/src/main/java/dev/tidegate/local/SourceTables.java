package dev.tidegate.local;

import dev.tidegate.schemas.Table;
import dev.tidegate.transforms.postgresql.DatabaseSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Brings a database to the tables that sources declare: it only adds. */
public final class SourceTables {
  private SourceTables() {}

  /**
   * Adds what the database lacks, in one transaction.
   *
   * @return the statements that were run
   * @throws LocalSystemException where a table of that name is not as the source declares it
   */
  public static List<String> add(Connection database, List<Table> tables) throws SQLException {
    List<String> statements = DatabaseSchema.additions(database, tables);
    database.setAutoCommit(false);
    try (Statement statement = database.createStatement()) {
      for (String addition : statements) {
        statement.execute(addition);
      }
      requireMatching(DatabaseSchema.mismatches(database, tables));
      database.commit();
    }
    return statements;
  }

  private static void requireMatching(List<String> mismatches) {
    if (!mismatches.isEmpty()) {
      throw new LocalSystemException(
          "The database is not as the sources declare it, and tables are only added to: %s."
                  .formatted(String.join("; ", mismatches))
              + " Change the table by hand, or give the source's another name");
    }
  }
}
