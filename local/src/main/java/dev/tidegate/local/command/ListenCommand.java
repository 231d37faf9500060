package dev.tidegate.local.command;

import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tidegate listen}: shows events as they land in the ledger. */
@Command(
    name = "listen",
    description = "Show events as they land, one line each, until Ctrl-C.",
    footer = {
      "",
      "What is given more than once, or with commas, chooses any of them.",
      "",
      "Examples:",
      "  tidegate listen --status dead_letter",
      "  tidegate listen --type container.updated --output json"
    })
public final class ListenCommand implements Callable<Integer> {
  private static final Duration POLL = Duration.ofMillis(250);

  /** A database is asked a fifth of the time at the most, however many events land. */
  private static final int RESTS = 4;

  /** How an event can be written. */
  enum Format {
    LINE,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What can have become of an event. */
  enum Status {
    PROCESSED,
    UNHANDLED,
    DEAD_LETTER
  }

  @Mixin private DataFolderOption data;

  @Option(names = "--type", paramLabel = "TYPE", split = ",", description = "Of these types.")
  private List<String> types = List.of();

  @Option(
      names = "--status",
      paramLabel = "STATUS",
      split = ",",
      description = "Of these: ${COMPLETION-CANDIDATES}.")
  private List<Status> statuses = List.of();

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      defaultValue = "line",
      description = "One of ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  private Format format;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, SQLException {
    RunningSystem system = data.runningSystem();
    EventToken tokens = new EventToken(DevelopmentSecrets.in(data.folder()).eventIdKey());
    PrintWriter out = spec.commandLine().getOut();
    try (Connection database = SystemDatabase.connect(system)) {
      LandedEvents landed =
          new LandedEvents(database, types, statuses.stream().map(Status::name).toList());
      // Whoever reads the output may be gone: then nobody listens any more.
      while (!out.checkError()) {
        long begin = System.nanoTime();
        for (LandedEvent event : landed.next()) {
          out.println(
              format == Format.JSON
                  ? DisplayText.escapedJson(event.toJson(tokens))
                  : event.toLine());
        }
        out.flush();
        long took = (System.nanoTime() - begin) / 1_000_000;
        Thread.sleep(Math.max(POLL.toMillis(), RESTS * took));
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }
}
