package dev.tidegate.local.command;

import dev.tidegate.local.LocalSystem;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.schemas.postgresql.SearchPath;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** The running system's PostgreSQL. */
final class SystemDatabase {
  private SystemDatabase() {}

  /**
   * A new connection, with times in UTC.
   *
   * @throws CommandFailure where the database cannot be reached
   */
  static Connection connect(RunningSystem system) {
    Properties properties =
        SearchPath.connectionProperties(
            system.jdbcUsername(), System.getenv(LocalSystem.PASSWORD_VARIABLE));
    properties.setProperty("ApplicationName", "tidegate");
    properties.setProperty("connectTimeout", "5");
    try {
      Connection connection = DriverManager.getConnection(system.jdbcUrl(), properties);
      try (Statement statement = connection.createStatement()) {
        // The driver set the JVM's time zone: texts made from times would differ by machine.
        statement.execute("SET TIME ZONE 'UTC'");
        return connection;
      } catch (SQLException unusable) {
        connection.close();
        throw unusable;
      }
    } catch (SQLException unreachable) {
      throw new CommandFailure(
          "PostgreSQL at "
              + system.jdbcUrl()
              + " does not let us in ("
              + FailureReport.lineFor(unreachable)
              + "). Is it running? A password belongs in "
              + LocalSystem.PASSWORD_VARIABLE,
          unreachable);
    }
  }
}
