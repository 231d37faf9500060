package dev.tidegate.local;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a database's tables and views to what this version writes and reads. */
final class DatabaseMigrations {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseMigrations.class);

  private static final String LOCATION = "classpath:dev/tidegate/schemas/migrations";

  private DatabaseMigrations() {}

  /**
   * Runs the migrations that the database has not seen.
   *
   * @param passwordVariable the environment variable that holds the database's password
   * @throws LocalSystemException where it cannot be reached, or holds another version's tables
   */
  static void run(LocalOptions.Database database, String passwordVariable) {
    String password = System.getenv(passwordVariable);
    try (Connection reachable =
        DriverManager.getConnection(database.jdbcUrl(), database.username(), password)) {
      LOG.info("database: {}", reachable.getMetaData().getDatabaseProductVersion());
    } catch (SQLException unreachable) {
      throw new LocalSystemException(
          "Cannot connect to %s as %s (SQLSTATE %s). Check --jdbc-url and --jdbc-user, and put the"
                  .formatted(database.jdbcUrl(), database.username(), unreachable.getSQLState())
              + " password into "
              + passwordVariable,
          unreachable);
    }
    try {
      Flyway.configure()
          .dataSource(database.jdbcUrl(), database.username(), password)
          .locations(LOCATION)
          .load()
          .migrate();
    } catch (FlywayValidateException otherVersion) {
      throw new LocalSystemException(
          "The tables in %s were made by another version of Tidegate, and this one cannot change"
                  .formatted(database.jdbcUrl())
              + " them. Use that version, or another --data folder or database and send the"
              + " notifications again",
          otherVersion);
    } catch (FlywayException failure) {
      throw new LocalSystemException(
          "Cannot create or change the tables in %s: %s"
              .formatted(database.jdbcUrl(), failure.getMessage()),
          failure);
    }
  }
}
