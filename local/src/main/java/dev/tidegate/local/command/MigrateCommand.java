package dev.tidegate.local.command;

import dev.tidegate.local.DatabaseMigrations;
import dev.tidegate.local.LocalOptions;
import dev.tidegate.local.LocalSystem;
import dev.tidegate.local.LocalSystemException;
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
      "The password is read from TIDEGATE_JDBC_PASSWORD. Run it before you launch a new version. Run it as the pipeline's user, who then owns the tables. Migrations only add: the version that runs goes on meanwhile. up migrates its own database, and needs none of this.",
      "",
      "Example:",
      "  tidegate migrate --jdbc-url jdbc:postgresql://10.0.0.5/tidegate --jdbc-user me"
    })
public final class MigrateCommand implements Callable<Integer> {
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
    } catch (LocalSystemException inTheWay) {
      throw new CommandFailure(inTheWay.getMessage(), inTheWay);
    }
    PrintWriter out = spec.commandLine().getOut();
    migrations.forEach(migration -> out.println((dryRun ? "would run " : "ran ") + migration));
    if (migrations.isEmpty()) {
      out.println("Nothing to do: the tables are those of this version.");
    }
    out.flush();
    return 0;
  }
}
