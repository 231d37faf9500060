package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import dev.tidegate.pipeline.ReplayPipelineConfiguration;
import dev.tidegate.pipeline.ReplayPipelineOptions;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tidegate replay start}: sends events again, and waits until they are sent. */
@Command(
    name = "start",
    description = "Send events of the archive, of the ledger, or dead letters, again, and wait.",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:All were sent.",
      "1:Some were not, and the output says why; or it could not be started.",
      "2:It was asked for in a way that is no command.",
      "3:Somebody paused it; one that this command runs itself waits until it is resumed.",
      "4:Somebody cancelled it.",
      "5:It failed."
    },
    footer = {
      "",
      "What is given more than once, or with commas, chooses any of them. A replay can be stopped"
          + " and started again: what went through already is recognised. The gateway's replays go on"
          + " when this command is stopped. The command itself runs those from the archive, into the"
          + " tables, or with --replay-id. All of them are in tidegate replay list, and can be paused"
          + " and cancelled.",
      "",
      "Examples:",
      "  tidegate replay start --from dead-letters --dry-run",
      "  tidegate replay start --from dead-letters --error-class DATABASE_REJECTED",
      "  tidegate replay start --from archive --since 2026-01-01 --rate 200",
      "  tidegate replay start --from archive --type container.updated --to tables",
      "  tidegate replay start --from archive --type order.paid --effects missing"
    })
public final class ReplayStartCommand implements Callable<Integer> {
  /** Where events go. */
  enum Destination {
    PUBSUB,
    TABLES
  }

  /** What the gateway replays at the most. */
  private static final int MOST_PER_SECOND = 1_000;

  private static final int PAUSED = 3;
  private static final int CANCELLED = 4;
  private static final int FAILED = 5;

  private static final long FIRST_POLL_MILLIS = 100;
  private static final long LAST_POLL_MILLIS = 2_000;

  @Mixin private GatewayOption gateway;
  @Mixin private OutputOption output;
  @Mixin private ReplaySelection selection;

  @Option(
      names = "--to",
      paramLabel = "pubsub|tables",
      defaultValue = "pubsub",
      description =
          "pubsub: to the running pipeline, the default. tables: into PostgreSQL by this command, past the pipeline, to rebuild tables.")
  private Destination destination;

  @Option(
      names = "--dry-run",
      description =
          "Show what would be replayed, and write nothing. What it would change in the tables, tidegate what-if tells.")
  private boolean dryRun;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Replay at most N a second; as fast as they are taken by default.")
  private Double rate;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the audit.")
  private String reason;

  @Option(
      names = "--replay-id",
      paramLabel = "NAME",
      description = "This attempt's name; a new one is made up by default.")
  private String replayId;

  @Option(
      names = "--no-wait",
      description = "Leave a replay of the gateway to itself as soon as it has started.")
  private boolean noWait;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    if (rate != null && !(rate > 0 && Double.isFinite(rate))) {
      throw new ParameterException(spec.commandLine(), "--rate must be above 0");
    }
    boolean here = selection.isOfArchive() || destination == Destination.TABLES || replayId != null;
    if (here) {
      selection.checkIsNotOfLedger(spec.commandLine());
    }
    if (dryRun) {
      return show(here ? preview(gateway.data().runningSystem()) : previewOf(gateway.client()));
    }
    return here ? replayHere(gateway.data().runningSystem()) : replayByGateway(gateway.client());
  }

  private ReplayPreview preview(RunningSystem system)
      throws IOException, InterruptedException, SQLException {
    return selection.isOfArchive()
        ? ReplayPreview.ofArchive(
            system, selection.ofArchive(spec.commandLine()), selection.effectsOfArchive())
        : previewOf(gateway.clientOf(system));
  }

  private ReplayPreview previewOf(GatewayClient client) throws InterruptedException {
    return ReplayPreview.ofGateway(client, selection.toRequest(spec.commandLine()));
  }

  private int show(ReplayPreview preview) {
    if (output.isForPeople() && !output.isQuiet()) {
      preview.print(output.out());
    } else {
      output.one(preview.json(), "selected");
    }
    return 0;
  }

  private int replayHere(RunningSystem system)
      throws IOException, InterruptedException, SQLException {
    UUID id = UUID.randomUUID();
    ReplayPipelineOptions options = ReplayRun.optionsFor(system);
    options.setStampKey(DevelopmentSecrets.in(gateway.data().folder()).stampKeyReference());
    selection.applyTo(options, spec.commandLine());
    options.setOutput(
        destination == Destination.TABLES
            ? ReplayPipelineOptions.Output.SINKS
            : ReplayPipelineOptions.Output.PUBSUB);
    options.setRate(rate == null ? 0 : rate);
    options.setReplayId(replayId == null ? id.toString() : replayId);
    ReplayPipelineConfiguration configuration;
    try {
      configuration = ReplayPipelineConfiguration.of(options);
    } catch (IllegalArgumentException mistakes) {
      throw new ParameterException(spec.commandLine(), mistakes.getMessage(), mistakes);
    }
    ObjectNode request = selection.toRequest(spec.commandLine());
    ReplayPreview preview = preview(system);
    long selected = preview.selected();
    CommandReplay replay =
        CommandReplay.begin(
            system,
            id,
            preview,
            request.put("to", destination.name()),
            options.getRate(),
            reason(),
            GatewayOption.localUser());
    if (!configuration.replayId().equals(id.toString())) {
      output.note("tidegate replay list calls it " + id);
    }
    announce(configuration.replayId());
    ProgressLine progress = output.progress("events replayed");
    ReplayRun.Outcome outcome =
        ReplayRun.run(
            options,
            configuration,
            replay,
            progress,
            () ->
                output.note(
                    "The replay was paused. This command waits: tidegate replay resume %s goes on"
                        .formatted(id)),
            gateway.data().folder().resolve("replay"));
    Map<String, Long> counters = outcome.counters();
    if (!output.isForPeople()) {
      ObjectNode result = Json.mapper().createObjectNode().put("replayId", replayId);
      counters.forEach(result::put);
      output.one(result, "replayId");
    } else if (outcome.status() == ReplayCommand.Status.CANCELLED) {
      print("%,d of %,d events were replayed", count(counters, "events_replayed"), selected);
    } else {
      printSummary(
          count(counters, "events_selected"),
          count(counters, "events_replayed"),
          count(counters, "events_dead_lettered"),
          progress.secondsSoFar());
    }
    int damage =
        reportDamage(
            count(counters, "archive_lines_unreadable"), count(counters, "events_too_large"));
    return outcome.status() == ReplayCommand.Status.CANCELLED
        ? ended(CANCELLED, "was cancelled", "")
        : damage;
  }

  /** Why, in the words of the user; else what was asked for. */
  private String reason() {
    return reason != null
        ? reason
        : "tidegate replay start --from %s --to %s"
            .formatted(selection.origin(), destination.name().toLowerCase(Locale.ROOT));
  }

  private int replayByGateway(GatewayClient client) throws InterruptedException {
    ObjectNode request = selection.toRequest(spec.commandLine());
    request.put("eventsPerSecond", rate == null ? MOST_PER_SECOND : rate);
    request.put("reason", reason());
    JsonNode replay = client.send("POST", "/admin/replays", request);
    announce(replay.path("replayId").asText());
    ProgressLine progress = output.progress("events replayed");
    if (!noWait) {
      try {
        replay = follow(client, replay, progress);
      } finally {
        progress.clear();
      }
    }
    if (!output.isForPeople()) {
      output.one(replay, "replayId");
    } else if (!noWait) {
      printSummary(
          replay.path("selected").asLong(),
          replay.path("published").asLong(),
          0,
          progress.secondsSoFar());
    }
    int damage = reportDamage(0, replay.path("refused").asLong());
    return switch (replay.path("status").asText()) {
      case "PAUSED" ->
          ended(PAUSED, "was paused. tidegate replay resume " + replayId + " goes on", "");
      case "CANCELLED" -> ended(CANCELLED, "was cancelled", "");
      case "FAILED" -> ended(FAILED, "failed: ", replay.path("reason").asText("nobody knows why"));
      default -> damage;
    };
  }

  /** Waits until the replay ends or somebody holds it up, and tells of its progress. */
  private static JsonNode follow(GatewayClient client, JsonNode started, ProgressLine progress)
      throws InterruptedException {
    JsonNode replay = started;
    for (long poll = FIRST_POLL_MILLIS;
        replay.path("status").asText().equals(ReplayCommand.Status.RUNNING.name());
        poll = Math.min(2 * poll, LAST_POLL_MILLIS)) {
      progress.report(replay.path("published").asLong());
      Thread.sleep(poll);
      replay = client.get("/admin/replays/" + started.path("replayId").asText());
    }
    return replay;
  }

  private int ended(int exitCode, String what, String reason) {
    output.err().println("tidegate: The replay " + what + DisplayText.escaped(reason));
    output.err().flush();
    return exitCode;
  }

  /** Names the replay before it runs: a replay that is stopped has a name, too. */
  private void announce(String name) {
    replayId = name;
    if (output.isForPeople()) {
      output.out().print((output.isQuiet() ? "" : "Replay ") + name + "\n");
      output.out().flush();
    }
  }

  private void printSummary(long selected, long replayed, long failed, double seconds) {
    if (selected == 0) {
      print("No event matches. Nothing was replayed.");
      return;
    }
    print(
        "%,d events read, %,d replayed in %.1f s (%,.0f/s)",
        selected, replayed, seconds, replayed / seconds);
    if (failed > 0) {
      print(
          "%,d of them failed again. They are dead letters: tidegate issue list --state OPEN",
          failed);
    }
    if (destination == Destination.PUBSUB && gateway.data().runningSystemIfAny().isPresent()) {
      print(
          "The running pipeline takes them from here. What becomes of them:%n  tidegate query"
              + " \"select status, count(*) from event_outcomes where replay_id = '%s' group by 1\"",
          replayId);
    }
  }

  private void print(String text, Object... values) {
    if (!output.isQuiet()) {
      PrintWriter out = output.out();
      out.print(String.format(Locale.ROOT, text, values).replace("\r", "") + "\n");
      out.flush();
    }
  }

  /** Says what could not be replayed at all. */
  private int reportDamage(long unreadable, long tooLarge) {
    PrintWriter err = output.err();
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

  private static long count(Map<String, Long> counters, String name) {
    return counters.getOrDefault(name, 0L);
  }
}
