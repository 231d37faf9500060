package dev.tidegate.local.command;

import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import dev.tidegate.local.gateway.LocalGateway;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.terminal49.Terminal49;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate send}: sends notifications to the running system, through its gateway. */
@Command(
    name = "send",
    description = "Send notifications to the running system, byte for byte as they are.",
    footer = {
      "",
      "A file NAME.json is one notification. NAME.ndjson and NAME.jsonl hold a notification on each"
          + " line. Each may be compressed: NAME.json.gz. Of a folder, all such files in it and"
          + " below are sent. Where a folder holds other files too, send asks first; --yes sends"
          + " without a question.",
      "",
      "Standard input is one notification if it is a single JSON value. Otherwise each line is"
          + " one.",
      "",
      "They are sent to the gateway as signed webhooks of Terminal49, of the tenant default. With"
          + " another --source or --tenant they are published to the topic instead.",
      "",
      "Example: tidegate send --rate 50 my-notifications/"
    })
public final class SendCommand implements Callable<Integer> {
  private static final Path STANDARD_INPUT = Path.of("-");

  @Mixin private DataFolderOption data;
  @Mixin private OutputOption output;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      defaultValue = "terminal49",
      description = "The kind of sender; ${DEFAULT-VALUE} by default.")
  private String source;

  @Option(
      names = "--tenant",
      paramLabel = "ID",
      defaultValue = "default",
      description = "Whose notifications they are; ${DEFAULT-VALUE} by default.")
  private String tenant;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Send at most N a second; as fast as they are taken by default.")
  private Double rate;

  @Option(
      names = "--direct",
      description =
          "Publish to the topic, past the gateway; always so for another source or tenant.")
  private boolean direct;

  @Option(
      names = {"-y", "--yes"},
      description = "Send a folder without a question, whatever else it holds.")
  private boolean yes;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE|DIR|-",
      description = "What to send; - reads standard input.")
  private List<Path> inputs;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireAttribute("--source", source);
    requireAttribute("--tenant", tenant);
    if (rate != null && !(rate > 0 && Double.isFinite(rate))) {
      throw new ParameterException(spec.commandLine(), "--rate must be above 0");
    }
    boolean fromStandardInput = inputs.contains(STANDARD_INPUT);
    if (fromStandardInput && inputs.size() > 1) {
      throw new ParameterException(spec.commandLine(), "Send either files or - at a time");
    }
    List<Path> files =
        fromStandardInput ? List.of() : NotificationFiles.named(inputs, this::approve);
    RunningSystem system = data.runningSystem();

    ProgressLine progress = output.progress("notifications accepted");
    try (NotificationSink sink = sinkTo(system)) {
      NotificationSending sending = new NotificationSending(sink, rate, progress);
      try {
        if (fromStandardInput) {
          sending.sendInput(System.in);
        } else {
          sending.sendFiles(files);
        }
      } finally {
        sink.finish();
        progress.clear();
        printAccepted(sink, progress.secondsSoFar());
      }
      return exitCode(sink, sending.wasAbandoned());
    }
  }

  /** A wrong folder is sent in a moment, and can hardly be taken back. */
  private void approve(NotificationFiles.MixedFolder folder) {
    if (yes) {
      return;
    }
    if (!output.terminal().asks()) {
      throw new CommandFailure(
          folder.contents() + ". Is it the right folder? --yes sends them. Nothing was sent");
    }
    output.err().print(DisplayText.escaped(folder.contents() + ". Send these? [y/N] "));
    output.err().flush();
    Scanner answers = new Scanner(System.in, StandardCharsets.UTF_8);
    String answer = answers.hasNextLine() ? answers.nextLine().strip() : "";
    if (!answer.equalsIgnoreCase("y") && !answer.equalsIgnoreCase("yes")) {
      throw new CommandFailure("Nothing was sent");
    }
  }

  /** The gateway's development endpoint is one sender's and one tenant's; others go past it. */
  private NotificationSink sinkTo(RunningSystem system) throws IOException {
    if (!direct && source.equals(Terminal49.NAME) && tenant.equals(LocalGateway.TENANT)) {
      return new GatewaySink(
          system.gatewayUrl(), DevelopmentSecrets.in(data.folder()).terminal49());
    }
    return new PubsubSink(system, source, tenant, EventSources.installed().named(source)::identify);
  }

  private void requireAttribute(String option, String value) {
    if (value.isBlank() || !PubsubSink.fits(value)) {
      throw new ParameterException(
          spec.commandLine(), option + " takes 1 to " + PubsubSink.LONGEST_ATTRIBUTE + " bytes");
    }
  }

  private void printAccepted(NotificationSink sink, double seconds) {
    if (!output.isForPeople()) {
      output.one(
          Json.mapper()
              .createObjectNode()
              .put("accepted", sink.accepted())
              .put("refused", sink.refused())
              .put("seconds", seconds),
          "accepted");
    } else if (!output.isQuiet()) {
      output
          .out()
          .printf(
              Locale.ROOT,
              "%,d %s accepted in %.1f s\n",
              sink.accepted(),
              sink.accepted() == 1 ? "notification" : "notifications",
              seconds)
          .flush();
    }
  }

  private static int exitCode(NotificationSink sink, boolean abandoned) {
    if (sink.refused() == 0) {
      return 0;
    }
    String count =
        String.format(
            Locale.ROOT,
            "%,d %s refused by %s",
            sink.refused(),
            sink.refused() == 1 ? "notification was" : "notifications were",
            sink.name());
    throw new CommandFailure(
        count
            + (abandoned ? " and the rest was not sent" : "")
            + sink.firstReason().map(reason -> ": " + reason).orElse(""));
  }
}
