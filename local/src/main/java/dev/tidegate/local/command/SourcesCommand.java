package dev.tidegate.local.command;

import dev.tidegate.local.LocalSystemException;
import dev.tidegate.local.SourceTables;
import dev.tidegate.pipeline.SourceFiles;
import dev.tidegate.schemas.SourceFile;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.postgresql.DatabaseSchema;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate sources}: event sources that YAML files declare. */
@Command(
    name = "sources",
    description = "Draft and check declared event sources, try them, and add their tables.",
    subcommands = {
      SourcesCompatCommand.class,
      SourcesDraftCommand.class,
      SourcesDriftCommand.class,
      SourcesTryCommand.class
    },
    footer = {"", "Example: tidegate sources check shop.yaml"})
public final class SourcesCommand extends Noun {
  @Spec private CommandSpec spec;

  @Command(
      description = "List all mistakes in files, each with its line.",
      footer = {"", "Example: tidegate sources check shop.yaml"})
  int check(@Mixin Files files) {
    PrintWriter out = spec.commandLine().getOut();
    for (DeclaredSource source : files.read()) {
      out.printf(
          "%s: %d tables, %d event types",
          source.name(), source.tables().size(), source.eventTypes().size());
      if (!source.views().isEmpty()) {
        out.printf(", %d views", source.views().size());
      }
      source
          .effects()
          .forEach((kind, count) -> out.printf(", %d %s", count, SourceTrial.namesOf(kind)));
      out.println();
    }
    out.flush();
    return 0;
  }

  @Command(
      description = "Show the SQL that adds what the database lacks. Nothing is changed.",
      footer = {
        "",
        "Without files, it looks at the tables of the sources in Java that are on the class path"
            + " (TIDEGATE_CLASSPATH). With files, it looks at both.",
        "",
        "Examples:",
        "  tidegate sources plan shop.yaml",
        "  tidegate sources plan shop.yaml \\",
        "      --jdbc-url jdbc:postgresql://10.0.0.5/tidegate --jdbc-user me"
      })
  int plan(@Mixin OptionalFiles files, @Mixin DatabaseOption database) throws SQLException {
    return print(files, database, SourceTables::additions);
  }

  @Command(
      description =
          "Add the tables, columns and views that the database lacks. Nothing else is changed.",
      footer = {
        "",
        "Run it before you launch a pipeline with these sources. Run it as the pipeline's user, who"
            + " then owns the tables.",
        "",
        "Examples:",
        "  tidegate sources apply shop.yaml",
        "  tidegate sources apply shop.yaml \\",
        "      --jdbc-url jdbc:postgresql://10.0.0.5/tidegate --jdbc-user me"
      })
  int apply(@Mixin OptionalFiles files, @Mixin DatabaseOption database) throws SQLException {
    try {
      return print(files, database, SourceTables::add);
    } catch (LocalSystemException refused) {
      throw new CommandFailure(refused.getMessage(), refused);
    }
  }

  @Command(
      description = "Print the JSON Schema of the files, for editors and other programs.",
      footer = {"", "Example: tidegate sources schema > source.schema.json"})
  int schema() throws IOException {
    try (InputStream file = SourcesCommand.class.getResourceAsStream(SourceFile.GRAMMAR)) {
      spec.commandLine().getOut().print(new String(file.readAllBytes(), StandardCharsets.UTF_8));
    }
    spec.commandLine().getOut().flush();
    return 0;
  }

  /** What is said or done of the database that lacks tables. */
  private interface Additions {
    List<String> of(Connection database, EventSources sources) throws SQLException;
  }

  private int print(OptionalFiles files, DatabaseOption place, Additions additions)
      throws SQLException {
    EventSources sources = files.sources();
    if (sources.addedTables().isEmpty()) {
      throw new CommandFailure(
          "There are no sources: name files, or jars of sources in TIDEGATE_CLASSPATH");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (Connection database = place.connect()) {
      List<String> lacking = DatabaseSchema.mismatches(database, List.of());
      if (!lacking.isEmpty()) {
        throw new CommandFailure(
            "The database lacks Tidegate's own tables (%s). Run ./tidegate migrate first"
                .formatted(String.join("; ", lacking)));
      }
      List<String> statements = additions.of(database, sources);
      statements.forEach(out::println);
      if (statements.isEmpty()) {
        out.println("Nothing to do: the database has these tables.");
      }
      out.flush();
      return 0;
    }
  }

  /** The files that declare sources, beside the sources on the class path. */
  static final class OptionalFiles {
    @Parameters(
        arity = "0..*",
        paramLabel = "FILE|DIR|NAME",
        description = "Files in YAML, folders of them, or names of sources that are shipped.")
    private List<String> places = List.of();

    EventSources sources() {
      try {
        return SourceFiles.withInstalled(places);
      } catch (IllegalArgumentException unusable) {
        throw new CommandFailure(unusable.getMessage(), unusable);
      }
    }
  }

  /** The files that declare sources. */
  static final class Files {
    @Parameters(
        arity = "1..*",
        paramLabel = "FILE|DIR|NAME",
        description = "Files in YAML, folders of them, or names of sources that are shipped.")
    private List<String> places;

    /** The one source that is named. */
    DeclaredSource readOne() {
      List<DeclaredSource> sources = read();
      if (sources.size() != 1) {
        throw new CommandFailure("Name one source, and not " + sources.size());
      }
      return sources.get(0);
    }

    List<DeclaredSource> read() {
      try {
        return SourceFiles.read(places);
      } catch (IllegalArgumentException unusable) {
        throw new CommandFailure(unusable.getMessage(), unusable);
      }
    }
  }
}
