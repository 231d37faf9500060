package dev.tidegate.local.command;

import static dev.tidegate.local.command.GatewayClient.encoded;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tidegate replay}: sends events again, and looks after replays. */
@Command(
    name = "replay",
    description = "Send events of the archive, of the ledger, or dead letters, again.",
    subcommands = ReplayStartCommand.class,
    footer = {"", "Example: tidegate replay start --from dead-letters --dry-run"})
public final class ReplayCommand extends Noun {
  private static final String PATH = "/admin/replays";

  private static final String[] COLUMNS = {
    "replayId",
    "status",
    "action",
    "from",
    "effects",
    "tenant",
    "selected",
    "published",
    "refused",
    "createdAt",
    "requestedBy",
    "reason"
  };

  /** What has become of a replay. */
  enum Status {
    RUNNING,
    PAUSED,
    CANCELLED,
    COMPLETED,
    FAILED
  }

  @Command(
      description =
          "List replays, the last started first: those of the gateway, and those that commands run.",
      footer = {"", "Example: tidegate replay list --status RUNNING"})
  int list(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin ListOption list,
      @Option(
              names = "--status",
              paramLabel = "STATUS",
              description = "Only: ${COMPLETION-CANDIDATES}.")
          Status status)
      throws InterruptedException {
    return list.print(gateway, output, PATH, Collections.singletonMap("status", status), COLUMNS);
  }

  @Command(
      description = "Show how far a replay is.",
      footer = {"", "Example: tidegate replay show 7f0c3f3e-6d1b-4c58-9a53-0d4b4a6f2f10"})
  int show(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Parameters(paramLabel = "REPLAY-ID", description = "Which replay.") String replayId)
      throws InterruptedException {
    JsonNode replay = gateway.client().get(PATH + "/" + encoded(replayId));
    output.one(replay, "replayId");
    return 0;
  }

  @Command(
      description = "Hold running replays up.",
      footer = {"", "Example: tidegate replay pause 7f0c3f3e-6d1b-4c58-9a53-0d4b4a6f2f10"})
  int pause(@Mixin GatewayOption gateway, @Mixin OutputOption output, @Mixin Things things)
      throws InterruptedException {
    return things.post(gateway, output, PATH, "pause", COLUMNS);
  }

  @Command(
      description = "Let replays that were paused, or have failed, go on.",
      footer = {"", "Example: tidegate replay resume 7f0c3f3e-6d1b-4c58-9a53-0d4b4a6f2f10"})
  int resume(@Mixin GatewayOption gateway, @Mixin OutputOption output, @Mixin Things things)
      throws InterruptedException {
    return things.post(gateway, output, PATH, "resume", COLUMNS);
  }

  @Command(
      description = "End replays for good.",
      footer = {
        "",
        "Example: tidegate replay list --status RUNNING -q | xargs tidegate replay cancel"
      })
  int cancel(@Mixin GatewayOption gateway, @Mixin OutputOption output, @Mixin Things things)
      throws InterruptedException {
    return things.post(gateway, output, PATH, "cancel", COLUMNS);
  }
}
