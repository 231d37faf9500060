package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.local.LocalSystem;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.SourceTables;
import dev.tidegate.pipeline.SourceFiles;
import dev.tidegate.schemas.DryRun;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.HandlerDryRun;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tidegate what-if}: what handlers would make of events, beside what the tables hold. */
@Command(
    name = "what-if",
    description = {
      "Run handlers or declared sources over events, and show what would differ in the tables.",
      "The rows are written to scratch tables of the system's PostgreSQL, which are dropped again.",
      "The live tables are only read, and no effect is issued."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:Nothing would differ, and no event would fail.",
      "1:It could not be done; one line on standard error says why.",
      "2:It was asked for in a way that is no command.",
      "3:Rows would differ, or events would fail."
    },
    footer = {
      "",
      "ADDED and CHANGED is what a replay would write. REBUILD has the same version as what stands in the table, so only a rebuild of the table writes it.",
      "",
      "Examples:",
      "  tidegate what-if --from dead-letters",
      "  tidegate what-if --sources changed/shop.yaml --since 2026-01-31",
      "  tidegate what-if --from ledger --source terminal49 --limit 1000 -o json"
    })
public final class WhatIfCommand implements Callable<Integer> {
  /** What differs is told apart from what could not be done. */
  private static final int DIFFERS = 3;

  @Mixin private DataFolderOption data;
  @Mixin private OutputOption output;

  @Option(
      names = "--from",
      paramLabel = "archive|dead-letters|ledger",
      defaultValue = "archive",
      description =
          "Where events are read: the archive, the default; the open dead letters; or the bodies that the ledger keeps.")
  private ReplaySelection.Origin origin;

  @Option(
      names = "--sources",
      paramLabel = "PLACE",
      split = ",",
      description =
          "Files, folders or names of shipped sources, beside those on the class path; those that the running system has by default. Only their events are run then, unless --source says more.")
  private List<String> places = List.of();

  @Mixin private EventChoice choice;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "" + DryRun.STANDARD_LIMIT,
      description = "Run at most N events; ${DEFAULT-VALUE} by default.")
  private long limit;

  @Option(names = "--json", description = "Print JSON: the same as -o json.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, SQLException {
    if (limit < 1 || limit > DryRun.MOST_LIMIT) {
      throw new ParameterException(
          spec.commandLine(), "--limit must be from 1 to %d".formatted(DryRun.MOST_LIMIT));
    }
    WhatIfEvents.Selection selection =
        new WhatIfEvents.Selection(
            choice.tenants,
            namesOfSources(),
            choice.types,
            List.of(),
            choice.since(spec.commandLine()),
            choice.until(spec.commandLine()),
            limit);
    RunningSystem system = data.runningSystem();
    EventSources handlers = handlers(system);
    DatabaseConfiguration database =
        new DatabaseConfiguration(
            system.jdbcUrl(), system.jdbcUsername(), LocalSystem.PASSWORD_VARIABLE, 1);
    ProgressLine progress = output.progress("events run");
    try (WhatIfEvents events = open(system, selection)) {
      DryRun.Result result =
          new HandlerDryRun(database, () -> handlers)
              .run(
                  events,
                  done -> {
                    progress.report(done);
                    return true;
                  });
      progress.clear();
      tell(result);
      if (events.hasMore()) {
        output.note(
            "There are more events: these are the first %,d. Give --limit for more."
                .formatted(limit));
      }
      if (events.unreadable() > 0) {
        output.note("%,d rows hold no event, and were passed over".formatted(events.unreadable()));
      }
      return result.differences() == 0 && result.failed() == 0 ? 0 : DIFFERS;
    } catch (DryRun.ImpossibleException impossible) {
      throw new CommandFailure(impossible.getMessage(), impossible);
    } finally {
      progress.clear();
    }
  }

  private EventSources handlers(RunningSystem system) {
    try {
      return SourceFiles.withInstalled(
          places.isEmpty() ? SourceTables.present(system.sources()) : places);
    } catch (IllegalArgumentException unusable) {
      throw new CommandFailure(unusable.getMessage(), unusable);
    }
  }

  private List<String> namesOfSources() {
    if (places.isEmpty() || !choice.sources.isEmpty()) {
      return choice.sources;
    }
    try {
      return SourceFiles.read(places).stream().map(DeclaredSource::name).toList();
    } catch (IllegalArgumentException unusable) {
      throw new CommandFailure(unusable.getMessage(), unusable);
    }
  }

  private WhatIfEvents open(RunningSystem system, WhatIfEvents.Selection selection)
      throws IOException, SQLException {
    return switch (origin) {
      case ARCHIVE -> WhatIfEvents.ofArchive(system, selection);
      case DEAD_LETTERS -> WhatIfEvents.ofDeadLetters(system, selection);
      case LEDGER -> WhatIfEvents.ofLedger(system, selection);
    };
  }

  private void tell(DryRun.Result result) {
    if (json || !output.isForPeople()) {
      ObjectNode node = Json.mapper().valueToTree(result);
      node.remove("differences");
      if (json) {
        output.out().print(DisplayText.escapedJson(Json.write(node)) + "\n");
        output.out().flush();
      } else {
        output.one(node, "succeeded");
      }
      return;
    }
    Report report = new Report(output.out(), spec.commandLine().getColorScheme().ansi());
    report.counts(result);
    if (!output.isQuiet()) {
      result.tables().forEach(report::rows);
      report.next(result, origin);
    }
    output.out().flush();
  }

  /** Tells people: counts first, then rows, then what to do. */
  private record Report(PrintWriter out, Ansi ansi) {
    void counts(DryRun.Result result) {
      print(
          "%,d events run: %,d would succeed, %,d would fail",
          result.succeeded() + result.failed(), result.succeeded(), result.failed());
      for (DryRun.Failure failure : result.failures()) {
        print(
            "%8d  %s %s: %s, for example %s %s",
            failure.events(),
            failure.stage(),
            failure.errorClass(),
            DisplayText.escaped(failure.message()),
            DisplayText.escaped(failure.sample().source()),
            DisplayText.escaped(failure.sample().notificationId()));
      }
      if (!result.effects().isEmpty()) {
        print("Effects, of which none was issued now");
      }
      for (DryRun.EffectCount effect : result.effects()) {
        print(
            "%8d  %s %s, %d of them issued before",
            effect.effects(), effect.kind(), DisplayText.escaped(effect.type()), effect.issued());
      }
      if (!result.tables().isEmpty()) {
        print("Rows       added   changed   rebuild      same  table");
      }
      for (DryRun.TableDifference table : result.tables()) {
        print(
            "      %10d%10d%10d%10d  %s",
            table.rowsAdded(),
            table.rowsChanged(),
            table.rowsOnlyRebuild(),
            table.rowsSame(),
            table.table());
      }
    }

    void rows(DryRun.TableDifference table) {
      for (DryRun.RowDifference row : table.rows()) {
        StringBuilder key = new StringBuilder();
        row.key().forEach((name, value) -> key.append(" %s=%s".formatted(name, value)));
        print("");
        print(
            "%s%s  %s",
            bold(table.table()), DisplayText.escaped(key.toString()), colored(row.change()));
        for (DryRun.ColumnDifference column : row.columns()) {
          print(
              "  %s: %s → %s%s",
              column.name(),
              shown(column.before()),
              shown(column.after()),
              column.change() == row.change() ? "" : "  " + colored(column.change()));
        }
      }
      long shown = table.rows().size();
      long all = table.rowsAdded() + table.rowsChanged() + table.rowsOnlyRebuild();
      if (all > shown) {
        print("");
        print("%,d more rows of %s differ", all - shown, table.table());
      }
    }

    void next(DryRun.Result result, ReplaySelection.Origin origin) {
      boolean writes =
          result.tables().stream().anyMatch(table -> table.rowsAdded() + table.rowsChanged() > 0);
      boolean rebuilds = result.tables().stream().anyMatch(table -> table.rowsOnlyRebuild() > 0);
      if (writes || rebuilds) {
        print("");
      }
      if (writes) {
        print("A replay writes what is ADDED or CHANGED: tidegate replay start --from %s", origin);
      }
      if (rebuilds) {
        print(
            "A replay leaves what is marked REBUILD. Empty the table, and fill it from the archive:"
                + " tidegate replay start --from archive --to tables");
      }
      if (!writes && !rebuilds) {
        print("The tables hold what these events say.");
      }
    }

    private static String shown(JsonNode value) {
      return value.isMissingNode() || value.isNull()
          ? "null"
          : DisplayText.escaped(Json.write(value));
    }

    private String bold(String text) {
      return ansi.enabled() ? "\u001b[1m" + text + "\u001b[0m" : text;
    }

    private String colored(DryRun.Change change) {
      int color =
          switch (change) {
            case ADDED -> 32;
            case CHANGED -> 33;
            case REBUILD -> 35;
          };
      return ansi.enabled() ? "\u001b[%dm%s\u001b[0m".formatted(color, change) : change.name();
    }

    private void print(String text, Object... values) {
      out.print(String.format(Locale.ROOT, text, values) + "\n");
    }
  }
}
