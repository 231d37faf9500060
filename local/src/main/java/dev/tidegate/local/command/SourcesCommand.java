package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.local.LocalSystemException;
import dev.tidegate.local.SourceTables;
import dev.tidegate.pipeline.SourceFiles;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.postgresql.DatabaseSchema;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate sources}: event sources that YAML files declare. */
@Command(
    name = "sources",
    description = "Check declared event sources, try them, and add their tables.",
    subcommands = SourcesCompatCommand.class,
    footer = {"", "Example: tidegate sources check shop.yaml"})
public final class SourcesCommand extends Noun {
  private static final int LARGEST_BODY = 10_000_000;

  @Spec private CommandSpec spec;

  @Command(
      description = "Tell all mistakes of files, each with its line.",
      footer = {"", "Example: tidegate sources check shop.yaml"})
  int check(@Mixin Files files) {
    PrintWriter out = spec.commandLine().getOut();
    for (DeclaredSource source : files.read()) {
      out.printf(
          "%s: %d tables, %d event types%n",
          source.name(), source.tables().size(), source.eventTypes().size());
    }
    out.flush();
    return 0;
  }

  @Command(
      name = "try",
      description = "Show the rows that events would write. Nothing is written.",
      footer = {"", "Example: tidegate sources try shop.yaml --with samples/"})
  int attempt(
      @Mixin Files files,
      @Option(
              names = "--with",
              paramLabel = "FILE|DIR",
              required = true,
              description = "The events: .json files, or .ndjson with one on each line.")
          List<Path> events,
      @Option(
              names = "--type",
              paramLabel = "TYPE",
              description = "The type of events whose bodies do not say it.")
          String type)
      throws IOException {
    List<DeclaredSource> sources = files.read();
    if (sources.size() != 1) {
      throw new CommandFailure("Try one source at a time, and not " + sources.size());
    }
    Trial trial = new Trial(sources.get(0), Optional.ofNullable(type), spec.commandLine().getOut());
    for (Path file : NotificationFiles.named(events)) {
      try (InputStream input = NotificationFiles.open(file)) {
        NotificationReader reader = new NotificationReader(LARGEST_BODY, trial);
        if (NotificationFiles.isLines(file)) {
          reader.readLines(input, file.toString());
        } else {
          reader.readWhole(input, file.toString());
        }
      }
    }
    return trial.end();
  }

  @Command(
      description = "Show the SQL that adds what the database lacks. Nothing is changed.",
      footer = {
        "",
        "Without files, it is the tables of the sources in Java that are on the class path",
        "(TIDEGATE_CLASSPATH). With files, it is those too.",
        "",
        "Examples:",
        "  tidegate sources plan shop.yaml",
        "  tidegate sources plan shop.yaml --jdbc-url jdbc:postgresql://10.0.0.5/tidegate --jdbc-user me"
      })
  int plan(@Mixin OptionalFiles files, @Mixin DatabaseOption database) throws SQLException {
    return print(files, database, DatabaseSchema::additions);
  }

  @Command(
      description = "Add to the database what it lacks: tables and columns, nothing else.",
      footer = {
        "",
        "Run it as the pipeline's user, who then owns the tables, before a pipeline with",
        "these sources is launched.",
        "",
        "Examples:",
        "  tidegate sources apply shop.yaml",
        "  tidegate sources apply shop.yaml --jdbc-url jdbc:postgresql://10.0.0.5/tidegate --jdbc-user me"
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
    try (InputStream file = SourcesCommand.class.getResourceAsStream(DeclaredSource.SCHEMA)) {
      spec.commandLine().getOut().print(new String(file.readAllBytes(), StandardCharsets.UTF_8));
    }
    spec.commandLine().getOut().flush();
    return 0;
  }

  /** What is said or done of the database that lacks tables. */
  private interface Additions {
    List<String> of(Connection database, List<Table> tables) throws SQLException;
  }

  private int print(OptionalFiles files, DatabaseOption place, Additions additions)
      throws SQLException {
    List<Table> tables = files.sources().addedTables();
    if (tables.isEmpty()) {
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
      List<String> statements = additions.of(database, tables);
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

    List<DeclaredSource> read() {
      try {
        return SourceFiles.read(places);
      } catch (IllegalArgumentException unusable) {
        throw new CommandFailure(unusable.getMessage(), unusable);
      }
    }
  }

  /** Prints what events would write, and counts. */
  private static final class Trial implements NotificationReader.Receiver {
    private final EventSources sources;
    private final String source;
    private final Optional<String> type;
    private final PrintWriter out;
    private int number;
    private int failed;
    private int unhandled;
    private int rows;

    Trial(DeclaredSource source, Optional<String> type, PrintWriter out) {
      this.sources = EventSources.of(List.of(source));
      this.source = source.name();
      this.type = type;
      this.out = out;
    }

    @Override
    public void take(byte[] body) {
      number++;
      RawEvent event =
          RawEvent.builder()
              .tenantId("default")
              .source(source)
              .messageId("trial-" + number)
              .notificationId("trial-" + number)
              .eventType(type)
              .publishTime(Instant.now())
              .attributes(Map.of())
              .body(body)
              .build();
      try {
        RawEvent identified = sources.identify(event);
        sources.validate(identified);
        print(sources.transform(identified));
      } catch (PermanentFailureException refused) {
        failed++;
        out.printf("event %d  %s: %s%n", number, refused.errorClass(), refused.getMessage());
      }
    }

    private void print(TransformedEvent transformed) {
      unhandled += transformed.handled() ? 0 : 1;
      rows += transformed.upserts().size();
      out.printf(
          "event %d  %s%s%n",
          number,
          transformed.event().eventType(),
          transformed.handled() ? "" : "  no rows are declared for this type");
      for (Upsert upsert : transformed.upserts()) {
        List<String> key = new ArrayList<>(upsert.key());
        ObjectNode columns = Json.mapper().createObjectNode();
        upsert.columns().forEach(columns::put);
        out.printf("  %s %s  %s%n", upsert.table(), key.subList(1, key.size()), columns);
      }
      transformed.warnings().forEach(warning -> out.printf("  left out: %s%n", warning.rule()));
    }

    @Override
    public void tooLarge(String where) {
      failed++;
      out.printf("%s  is larger than %d bytes%n", where, LARGEST_BODY);
    }

    int end() {
      out.printf(
          "%d events: %d rows, %d without rows declared for their type, %d would fail%n",
          number, rows, unhandled, failed);
      out.flush();
      return failed == 0 ? 0 : 1;
    }
  }
}
