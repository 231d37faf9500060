package dev.tidegate.local;

import dev.tidegate.schemas.postgresql.SearchPath;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.flywaydb.core.api.output.ValidateResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a database's tables and views to what this version writes and reads. */
public final class DatabaseMigrations {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseMigrations.class);

  private static final String LOCATION = "classpath:dev/tidegate/schemas/migrations";

  private static final String SEARCH_PATH =
      """
      SELECT format('ALTER DATABASE %I SET search_path = %s', datname,
        (SELECT string_agg(quote_ident(name), ', ') FROM unnest(current_schemas(false)) AS name))
      FROM pg_database
      WHERE datname = current_database() AND pg_has_role(datdba, 'USAGE')
      """;

  private DatabaseMigrations() {}

  /**
   * Runs the migrations that the database has not seen.
   *
   * @param passwordVariable the environment variable that holds the database's password
   * @return what was run, in order
   * @throws LocalSystemException where it cannot be reached, or holds another version's tables
   */
  public static List<String> run(LocalOptions.Database database, String passwordVariable) {
    List<String> run =
        with(
            database,
            passwordVariable,
            flyway ->
                flyway.migrate().migrations.stream()
                    .map(migration -> named(migration.version, migration.description))
                    .toList());
    setSearchPath(database, System.getenv(passwordVariable));
    return run;
  }

  /**
   * Lets everybody who connects find the tables without naming their schemas. Tidegate itself does
   * not need this: so it is left where the user does not own the database.
   */
  private static void setSearchPath(LocalOptions.Database database, @Nullable String password) {
    try (Connection connection =
            DriverManager.getConnection(
                database.jdbcUrl(),
                SearchPath.connectionProperties(database.username(), password));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(SEARCH_PATH)) {
      if (row.next()) {
        String sql = row.getString(1);
        try (Statement change = connection.createStatement()) {
          change.execute(sql);
        }
      }
    } catch (SQLException failure) {
      LOG.warn("the database's search path stays as it is: SQLSTATE {}", failure.getSQLState());
    }
  }

  /**
   * Says which migrations {@link #run} would run, and changes nothing.
   *
   * @param passwordVariable as for {@link #run}
   * @throws LocalSystemException as {@link #run}
   */
  public static List<String> pending(LocalOptions.Database database, String passwordVariable) {
    return with(
        database,
        passwordVariable,
        flyway -> {
          ValidateResult validated = flyway.validateWithResult();
          if (!validated.validationSuccessful) {
            throw new FlywayValidateException(
                validated.errorDetails, validated.getAllErrorMessages());
          }
          return Stream.of(flyway.info().pending())
              .map(
                  migration ->
                      named(
                          migration.getVersion() == null ? "" : migration.getVersion().toString(),
                          migration.getDescription()))
              .toList();
        });
  }

  private static List<String> with(
      LocalOptions.Database database,
      String passwordVariable,
      Function<Flyway, List<String>> action) {
    String password = System.getenv(passwordVariable);
    try (Connection reachable =
        DriverManager.getConnection(
            database.jdbcUrl(), SearchPath.connectionProperties(database.username(), password))) {
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
      return action.apply(
          Flyway.configure()
              .dataSource(database.jdbcUrl(), database.username(), password)
              .locations(LOCATION)
              .jdbcProperties(Map.of(SearchPath.PROPERTY, SearchPath.STANDARD))
              .defaultSchema(SearchPath.TECHNICAL_SCHEMA)
              // What is pending is no mistake: it is about to be run.
              .ignoreMigrationPatterns("*:pending")
              .load());
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

  /** Views have no version: they are made anew whenever their file has changed. */
  private static String named(String version, String description) {
    return version.isEmpty() ? description : version + " " + description;
  }
}
