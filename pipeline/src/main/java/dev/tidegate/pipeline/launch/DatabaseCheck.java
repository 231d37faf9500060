package dev.tidegate.pipeline.launch;

import dev.tidegate.schemas.Table;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.DatabaseConnections;
import dev.tidegate.transforms.postgresql.DatabaseSchema;
import dev.tidegate.transforms.postgresql.DatabaseViews;
import dev.tidegate.transforms.postgresql.FreeConnections;
import dev.tidegate.transforms.postgresql.Password;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.beam.sdk.options.PipelineOptions;

/**
 * The database can be reached, its tables are those that the pipeline writes, and it has
 * connections enough for all workers.
 */
public final class DatabaseCheck {
  private static final String OPTION = "--jdbcUrl";

  /** The driver's timeouts in seconds. They are short: a person waits. */
  private static final Map<String, String> IMPATIENT =
      Map.of(
          "ApplicationName",
          "tidegate-launch",
          "connectTimeout",
          "5",
          "loginTimeout",
          "5",
          "socketTimeout",
          "5");

  private DatabaseCheck() {}

  /**
   * The check of a database.
   *
   * @param options say how many workers the job can have
   * @param database what is checked
   * @param sources whose tables the pipeline writes
   */
  public static LaunchCheck of(
      PipelineOptions options, DatabaseConfiguration database, EventSources sources) {
    return new LaunchCheck(OPTION, () -> mistakesOf(options, database, sources));
  }

  private static List<String> mistakesOf(
      PipelineOptions options, DatabaseConfiguration database, EventSources sources) {
    OptionReader reader = new OptionReader();
    try (Connection connection = new DatabaseConnections(database, IMPATIENT).getConnection()) {
      checkTables(connection, database, sources, reader);
      checkConnections(options, database, FreeConnections.of(connection), reader);
    } catch (SQLException failure) {
      reader.add(explain(failure, database));
    }
    return reader.mistakes();
  }

  /** Tidegate's own tables come from migrations, and all others from what their sources declare. */
  private static void checkTables(
      Connection connection,
      DatabaseConfiguration database,
      EventSources sources,
      OptionReader reader)
      throws SQLException {
    List<Table> added = sources.addedTables();
    List<Table> migrated = new ArrayList<>(sources.tables());
    migrated.removeAll(added);
    String place =
        "--jdbc-url='%s' --jdbc-user='%s'".formatted(database.jdbcUrl(), database.username());
    List<String> ofMigrations = DatabaseSchema.mismatches(connection, migrated);
    for (String mismatch : ofMigrations) {
      reader.add(OPTION + " is not migrated to this version: " + mismatch);
    }
    reader.check(
        ofMigrations.isEmpty(),
        "%s can be migrated: ./tidegate migrate %s adds what is missing".formatted(OPTION, place));
    List<String> ofSources = new ArrayList<>(DatabaseSchema.mismatches(connection, added));
    ofSources.removeAll(ofMigrations);
    ofSources.addAll(DatabaseViews.mismatches(connection, sources.views()));
    for (String mismatch : ofSources) {
      reader.add(OPTION + " is not as the sources declare it: " + mismatch);
    }
    reader.check(
        DatabaseSchema.additions(connection, added).isEmpty()
            && DatabaseViews.additions(connection, sources.views()).isEmpty(),
        "%s can be added to: ./tidegate sources apply FILE %s adds the tables and columns that are missing, and sources plan shows the SQL"
            .formatted(OPTION, place));
  }

  private static void checkConnections(
      PipelineOptions options,
      DatabaseConfiguration database,
      FreeConnections free,
      OptionReader reader) {
    OptionalInt workers = JobPlacement.mostWorkers(options);
    if (workers.isEmpty()) {
      reader.check(
          !JobPlacement.isOnDataflow(options),
          "--maxNumWorkers must be given: each worker opens %d connections (--jdbcPoolSize), and the database has %d for all of them (%s)"
              .formatted(database.poolSize(), free.count(), free.reason()));
      return;
    }
    long needed = (long) database.poolSize() * workers.getAsInt();
    reader.check(
        needed <= free.count(),
        "--jdbcPoolSize must be smaller, or --maxNumWorkers: %d connections of each of up to %d workers are %d, and the database has %d for them (%s)"
            .formatted(
                database.poolSize(), workers.getAsInt(), needed, free.count(), free.reason()));
  }

  /** Leaves out the driver's message of a failed login: it may repeat what was sent. */
  private static String explain(SQLException failure, DatabaseConfiguration database) {
    String state = String.valueOf(failure.getSQLState());
    if (state.startsWith("28")) {
      return "--jdbcUsername %s was refused (SQLSTATE %s): the role or its password is wrong, or pg_hba.conf lets nobody in from here; the password was read %s"
          .formatted(database.username(), state, placeOf(database.password()));
    }
    if (state.equals("3D000")) {
      return OPTION + " must name a database, and the server has none of that name";
    }
    if (state.startsWith("08")) {
      return "%s must be reachable from where this is launched: %s; --launchChecks=false launches without asking, if only the launcher cannot reach it"
          .formatted(OPTION, failure.getMessage());
    }
    return OPTION + " could not be checked: SQLSTATE " + state;
  }

  private static String placeOf(Password password) {
    return password instanceof Password.Secret secret
        ? "from the secret " + secret.version()
        : "from the environment variable %s of the launcher"
            .formatted(((Password.Variable) password).name());
  }
}
