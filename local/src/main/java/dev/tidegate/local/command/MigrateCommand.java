package dev.tidegate.local.command;

import dev.tidegate.local.DatabaseMigrations;
import dev.tidegate.local.LocalOptions;
import dev.tidegate.local.LocalSystem;
import dev.tidegate.local.LocalSystemException;
import dev.tidegate.local.ReaderRole;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tidegate migrate}: makes the tables in a database that a pipeline elsewhere writes to. */
@Command(
    name = "migrate",
    description = "Create or update Tidegate's tables and views in a PostgreSQL.",
    footer = {
      "",
      "The password is read from TIDEGATE_JDBC_PASSWORD. Run it before you launch a new version."
          + " Run it as the pipeline's user, who then owns the tables. Migrations only add: the"
          + " version that runs goes on meanwhile. up migrates its own database, and needs none of"
          + " this.",
      "",
      "Example:",
      "  tidegate migrate --jdbc-url jdbc:postgresql://10.0.0.5/tidegate --jdbc-user me"
    })
public final class MigrateCommand implements Callable<Integer> {
  private static final String READER_PASSWORD_VARIABLE = "TIDEGATE_READER_PASSWORD";

  @Option(
      names = "--jdbc-url",
      paramLabel = "URL",
      required = true,
      description = "The database: jdbc:postgresql://…")
  private String jdbcUrl;

  @Option(names = "--jdbc-user", paramLabel = "NAME", required = true, description = "Its user.")
  private String jdbcUser;

  @Option(names = "--dry-run", description = "Show what would be run, and change nothing.")
  private boolean dryRun;

  @Option(
      names = "--reader",
      paramLabel = "ROLE",
      description =
          "Also make this role, which reads all tables and changes none. With a password in"
              + " TIDEGATE_READER_PASSWORD it may log in. Without one, GRANT it to roles that do.")
  private String reader;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    LocalOptions.Database database = new LocalOptions.Database(jdbcUrl, jdbcUser);
    List<String> migrations;
    try {
      migrations =
          dryRun
              ? DatabaseMigrations.pending(database, LocalSystem.PASSWORD_VARIABLE)
              : DatabaseMigrations.run(database, LocalSystem.PASSWORD_VARIABLE);
      if (reader != null && !dryRun) {
        ReaderRole.grant(
            database,
            System.getenv(LocalSystem.PASSWORD_VARIABLE),
            reader,
            System.getenv(READER_PASSWORD_VARIABLE),
            false);
      }
    } catch (LocalSystemException inTheWay) {
      throw new CommandFailure(inTheWay.getMessage(), inTheWay);
    }
    PrintWriter out = spec.commandLine().getOut();
    migrations.forEach(migration -> out.println((dryRun ? "would run " : "ran ") + migration));
    if (migrations.isEmpty()) {
      out.println("Nothing to do: the tables are those of this version.");
    }
    if (reader != null) {
      out.println(
          (dryRun ? "would make " : "made ") + "the role %s, which reads only".formatted(reader));
    }
    out.flush();
    return 0;
  }
}
