package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import dev.tidegate.pipeline.ReplayPipelineConfiguration;
import dev.tidegate.pipeline.ReplayPipelineOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tidegate replay}: sends events of the archive, or dead letters, again. */
@Command(
    name = "replay",
    description = "Send events of the archive, or dead letters, again.",
    footer = {
      "",
      "What is given more than once, or with commas, chooses any of them. A replay can be stopped",
      "and started again: what went through already is recognised. Dead letters are replayed by the",
      "running system's gateway, which goes on when this command is stopped. The exit status is 3",
      "where somebody has paused the replay, 4 where somebody has cancelled it, 5 where it failed.",
      "",
      "Examples:",
      "  tidegate replay --from dead-letters --dry-run",
      "  tidegate replay --from dead-letters --error-class DATABASE_REJECTED",
      "  tidegate replay --from archive --since 2026-01-01 --until 2026-02-01 --rate 200",
      "  tidegate replay --from archive --type container.updated --to tables"
    })
public final class ReplayCommand implements Callable<Integer> {
  /** Where events go. */
  enum Destination {
    PUBSUB,
    TABLES
  }

  /** What the command ends with where its replay did not come to its end. */
  private static final Map<String, Integer> EXIT_STATUS =
      Map.of("PAUSED", 3, "CANCELLED", 4, "FAILED", 5);

  /** What the gateway replays at the most. */
  private static final int MOST_PER_SECOND = 1_000;

  @Mixin private DataFolderOption data;
  @Mixin private ReplaySelection selection;

  @Option(
      names = "--to",
      paramLabel = "pubsub|tables",
      defaultValue = "pubsub",
      description = {
        "pubsub: to the running pipeline, the default. tables: into PostgreSQL by this command,",
        "past the pipeline, to rebuild tables."
      })
  private Destination destination;

  @Option(names = "--dry-run", description = "Show what would be replayed, and write nothing.")
  private boolean dryRun;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Replay at most N a second; as fast as they are taken by default.")
  private Double rate;

  @Option(
      names = "--replay-id",
      paramLabel = "NAME",
      description = "This attempt's name; a new one is made up by default.")
  private String replayId;

  @Spec private CommandSpec spec;

  /** Of the gateway's replay, when waiting for it has ended. */
  private String status = "COMPLETED";

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rate != null && !(rate > 0 && Double.isFinite(rate))) {
      throw new ParameterException(spec.commandLine(), "--rate must be above 0");
    }
    PrintWriter out = spec.commandLine().getOut();
    ProgressLine progress =
        new ProgressLine(
            spec.commandLine().getErr(), Terminal.current().showsProgress(), "events replayed");
    RunningSystem system = data.runningSystem();
    Map<String, Long> counters =
        isForTheGateway() ? replayByGateway(system, progress) : replayHere(system, progress);
    if (counters.getOrDefault("events_selected", 0L) == 0) {
      out.println("No event matches. Nothing " + (dryRun ? "would be" : "was") + " replayed.");
    } else if (dryRun) {
      ReplayRun.takePreview(replayId).lines().map(DisplayText::escaped).forEach(out::println);
    } else {
      printSummary(out, counters, progress.secondsSoFar());
    }
    out.flush();
    return Math.max(reportDamage(counters), EXIT_STATUS.getOrDefault(status, 0));
  }

  /** A preview shows events, and the gateway's only counts them. It takes no name for a replay. */
  private boolean isForTheGateway() {
    return selection.isOfDeadLetters()
        && destination == Destination.PUBSUB
        && !dryRun
        && replayId == null;
  }

  private Map<String, Long> replayHere(RunningSystem system, ProgressLine progress)
      throws IOException, InterruptedException {
    ReplayPipelineOptions options = ReplayRun.optionsFor(system);
    options.setStampKey(DevelopmentSecrets.in(data.folder()).stampKeyReference());
    selection.applyTo(options, spec.commandLine());
    options.setOutput(
        destination == Destination.TABLES
            ? ReplayPipelineOptions.Output.SINKS
            : ReplayPipelineOptions.Output.PUBSUB);
    options.setDryRun(dryRun);
    options.setRate(rate == null ? 0 : rate);
    options.setReplayId(replayId);
    ReplayPipelineConfiguration configuration;
    try {
      configuration = ReplayPipelineConfiguration.of(options);
    } catch (IllegalArgumentException mistakes) {
      throw new ParameterException(spec.commandLine(), mistakes.getMessage(), mistakes);
    }
    announce(configuration.replayId());
    return ReplayRun.run(options, configuration, progress, data.folder().resolve("replay"));
  }

  private Map<String, Long> replayByGateway(RunningSystem system, ProgressLine progress)
      throws IOException, InterruptedException {
    ObjectNode request = selection.toRequest(spec.commandLine());
    request.put("eventsPerSecond", rate == null ? MOST_PER_SECOND : rate);
    GatewayReplay gateway =
        new GatewayReplay(system.gatewayUrl(), DevelopmentSecrets.in(data.folder()).tokenKey());
    JsonNode replay = gateway.start(request);
    announce(replay.path("replayId").asText());
    try {
      replay = gateway.follow(replay, progress);
    } finally {
      progress.clear();
    }
    status = replay.path("status").asText();
    if (!status.equals("COMPLETED")) {
      PrintWriter err = spec.commandLine().getErr();
      err.printf(
          "tidegate: the replay is %s%s%n",
          status,
          replay.path("reason").isMissingNode()
              ? ""
              : DisplayText.escaped(": " + replay.path("reason").asText()));
      err.flush();
    }
    return Map.of(
        "events_selected", replay.path("selected").asLong(),
        "events_replayed", replay.path("published").asLong(),
        "events_too_large", replay.path("refused").asLong());
  }

  /** Names the replay before it runs: a replay that is stopped has a name, too. */
  private void announce(String name) {
    replayId = name;
    if (!dryRun) {
      spec.commandLine().getOut().println("Replay " + name);
      spec.commandLine().getOut().flush();
    }
  }

  private void printSummary(PrintWriter out, Map<String, Long> counters, double seconds) {
    long replayed = counters.getOrDefault("events_replayed", 0L);
    out.printf(
        Locale.ROOT,
        "%,d events read, %,d replayed in %.1f s (%,.0f/s)%n",
        counters.getOrDefault("events_selected", 0L),
        replayed,
        seconds,
        replayed / seconds);
    long failed = counters.getOrDefault("events_dead_lettered", 0L);
    if (failed > 0) {
      out.printf(
          Locale.ROOT,
          "%,d of them failed again. They are dead letters: tidegate sql"
              + " \"select * from event_dead_letters where status = 'OPEN'\"%n",
          failed);
    }
    if (destination == Destination.PUBSUB) {
      out.println("The running pipeline takes them from here. What becomes of them:");
      out.println(
          "  tidegate query \"select status, count(*) from event_outcomes where replay_id = '"
              + replayId
              + "' group by 1\"");
    }
  }

  /** Says what could not be replayed at all. */
  private int reportDamage(Map<String, Long> counters) {
    PrintWriter err = spec.commandLine().getErr();
    long unreadable = counters.getOrDefault("archive_lines_unreadable", 0L);
    long tooLarge = counters.getOrDefault("events_too_large", 0L);
    if (unreadable > 0) {
      err.printf(Locale.ROOT, "tidegate: %,d lines of the archive hold no event%n", unreadable);
    }
    if (tooLarge > 0) {
      err.printf(
          Locale.ROOT,
          "tidegate: %,d events are too large for Pub/Sub; replay them with --to tables%n",
          tooLarge);
    }
    err.flush();
    return unreadable + tooLarge == 0 ? 0 : 1;
  }
}
