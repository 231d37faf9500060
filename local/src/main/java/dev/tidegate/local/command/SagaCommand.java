package dev.tidegate.local.command;

import static dev.tidegate.local.command.GatewayClient.encoded;
import static dev.tidegate.local.command.GatewayClient.query;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tidegate saga}: what processes over several events wait for. */
@Command(
    name = "saga",
    description =
        "Look after sagas: processes over several events, such as a question and its answer.",
    footer = {"", "Example: tidegate saga list --status ACTIVE"})
public final class SagaCommand extends Noun {
  private static final String PATH = "/sagas";

  /** What has become of an instance. */
  enum Status {
    ACTIVE,
    COMPLETED,
    CANCELLED,
    FAILED
  }

  /** Which instance is meant. */
  static final class Instance {
    @Parameters(index = "0", paramLabel = "SAGA", description = "Which saga.")
    private String saga;

    @Parameters(index = "1", paramLabel = "INSTANCE", description = "Which instance of it.")
    private String instance;

    @Option(
        names = "--source",
        paramLabel = "NAME",
        description = "Of this source, where several have such a saga.")
    private String source;

    @Option(
        names = "--tenant",
        paramLabel = "ID",
        description = "Of this tenant, where several have such an instance.")
    private String tenant;

    String path(String action) {
      Map<String, Object> query = new LinkedHashMap<>();
      query.put("source", source);
      query.put("tenant", tenant);
      return query(PATH + "/" + encoded(saga) + "/" + encoded(instance) + action, query);
    }
  }

  @Command(
      description = "List instances of sagas. Those that have waited longest come first.",
      footer = {
        "",
        "Examples:",
        "  tidegate saga list --status ACTIVE --saga research",
        "  tidegate saga list --status FAILED -o json"
      })
  int list(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin ListOption list,
      @Option(names = "--saga", paramLabel = "NAME", description = "Only of this saga.")
          String saga,
      @Option(
              names = "--status",
              paramLabel = "STATUS",
              description = "Only: ${COMPLETION-CANDIDATES}.")
          Status status,
      @Option(names = "--source", paramLabel = "NAME", description = "Only of this source.")
          String source)
      throws InterruptedException {
    Map<String, Object> query = new LinkedHashMap<>();
    query.put("saga", saga);
    query.put("status", status);
    query.put("source", source);
    return list.print(
        gateway,
        output,
        PATH,
        query,
        "instance",
        "saga",
        "status",
        "tenant",
        "source",
        "waitingFor",
        "since",
        "events",
        "failure");
  }

  @Command(
      description = "Show an instance: its state, events, effects and deadlines.",
      footer = {"", "Example: tidegate saga show research inquiry-1"})
  int show(@Mixin GatewayOption gateway, @Mixin OutputOption output, @Mixin Instance instance)
      throws InterruptedException {
    ObjectNode saga = (ObjectNode) gateway.client().get(instance.path(""));
    if (!output.isForPeople() || output.isQuiet()) {
      output.one(saga, "instance");
      return 0;
    }
    JsonNode events = saga.remove("foldedEvents");
    JsonNode effects = saga.remove("effects");
    JsonNode deadlines = saga.remove("deadlines");
    output.one(saga, "instance");
    output.out().print("\n");
    output.list(events, "time", "eventType", "notificationId", "eventId");
    output.out().print("\n");
    output.list(effects, "key", "kind", "type", "status", "outcome", "createdAt", "effectId");
    output.out().print("\n");
    output.list(deadlines, "deadline", "dueAt", "emittedAt");
    return 0;
  }

  @Command(
      description = "Work an instance out again, after a release has corrected what made it fail.",
      footer = {"", "Example: tidegate saga retry research inquiry-1"})
  int retry(@Mixin GatewayOption gateway, @Mixin OutputOption output, @Mixin Instance instance)
      throws InterruptedException {
    return asked(output, gateway.client().post(instance.path("/retry")));
  }

  @Command(
      description = "End an instance. What it has caused and is not done yet is cancelled.",
      footer = {"", "Example: tidegate saga cancel research inquiry-1 --reason \"asked twice\""})
  int cancel(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin Instance instance,
      @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why.")
          String reason)
      throws InterruptedException {
    ObjectNode request = Json.mapper().createObjectNode().put("reason", reason);
    return asked(output, gateway.client().send("POST", instance.path("/cancel"), request));
  }

  private static int asked(OutputOption output, JsonNode answer) {
    output.list(List.of(answer), "eventId", "saga", "instance", "tenant");
    output.note("The pipeline does it. tidegate event get EVENT-ID --wait 30 waits until it has.");
    return 0;
  }
}
