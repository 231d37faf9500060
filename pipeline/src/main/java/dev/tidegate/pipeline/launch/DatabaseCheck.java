package dev.tidegate.pipeline.launch;

import dev.tidegate.schemas.Table;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.DatabaseConnections;
import dev.tidegate.transforms.postgresql.DatabaseSchema;
import dev.tidegate.transforms.postgresql.FreeConnections;
import dev.tidegate.transforms.postgresql.Password;
import java.sql.Connection;
import java.sql.SQLException;
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
   * @param tables those that the pipeline writes
   */
  public static LaunchCheck of(
      PipelineOptions options, DatabaseConfiguration database, List<Table> tables) {
    return new LaunchCheck(OPTION, () -> mistakesOf(options, database, tables));
  }

  private static List<String> mistakesOf(
      PipelineOptions options, DatabaseConfiguration database, List<Table> tables) {
    OptionReader reader = new OptionReader();
    try (Connection connection = new DatabaseConnections(database, IMPATIENT).getConnection()) {
      for (String mismatch : DatabaseSchema.mismatches(connection, tables)) {
        reader.add(OPTION + " is not migrated to this version: " + mismatch);
      }
      checkConnections(options, database, FreeConnections.of(connection), reader);
    } catch (SQLException failure) {
      reader.add(explain(failure, database));
    }
    return reader.mistakes();
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
