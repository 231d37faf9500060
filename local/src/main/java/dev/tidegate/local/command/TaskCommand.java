package dev.tidegate.local.command;

import static dev.tidegate.local.command.GatewayClient.encoded;
import static dev.tidegate.local.command.GatewayClient.query;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tidegate task}: work for people and agents. */
@Command(
    name = "task",
    description = "Look at tasks, and do them.",
    footer = {"", "Example: tidegate task list --status OPEN"})
public final class TaskCommand extends Noun {
  private static final String PATH = "/tasks";

  private static final String[] COLUMNS = {
    "taskId",
    "status",
    "tenant",
    "kind",
    "priority",
    "dueAt",
    "aggregate",
    "claimedBy",
    "attempts",
    "createdAt"
  };

  /** What has become of a task. */
  enum Status {
    OPEN,
    CLAIMED,
    COMPLETED,
    FAILED,
    CANCELLED
  }

  /** A task that was claimed. */
  static final class Claimed {
    @Parameters(paramLabel = "TASK-ID", description = "Which task.")
    private String taskId;

    @Option(
        names = "--token",
        paramLabel = "N",
        required = true,
        description = "What the claim said.")
    private long token;

    ObjectNode request() {
      return Json.mapper().createObjectNode().put("token", token);
    }

    /** Says {@code what} of the task. */
    int say(GatewayOption gateway, OutputOption output, String what, ObjectNode request)
        throws InterruptedException {
      String path = PATH + "/" + encoded(taskId) + "/" + what;
      output.list(List.of(gateway.client().send("POST", path, request)), COLUMNS);
      return 0;
    }
  }

  /** What a task has come to. */
  static final class Result {
    @Option(
        names = "--result",
        paramLabel = "JSON",
        description = "What came of it: any JSON, a text in its quotes.")
    private String json;

    @Option(
        names = "--result-file",
        paramLabel = "FILE",
        description = "The same from a file; from standard input with -.")
    private Path file;

    JsonNode read(OutputOption output) throws IOException {
      byte[] text;
      if (file == null) {
        text = json.getBytes(StandardCharsets.UTF_8);
      } else {
        text = file.toString().equals("-") ? System.in.readAllBytes() : Files.readAllBytes(file);
      }
      try {
        return Json.parse(text);
      } catch (JsonProcessingException none) {
        throw output.mistake("The result must be JSON; a text stands in double quotes");
      }
    }
  }

  @Command(
      description = "List tasks, the last made first.",
      footer = {
        "",
        "Examples:",
        "  tidegate task list --status OPEN --kind research",
        "  tidegate task list --saga research --instance inquiry-1",
        "  tidegate task list --status CLAIMED --due-before 2026-01-31 -o csv"
      })
  int list(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin ListOption list,
      @Option(names = "--kind", paramLabel = "KIND", description = "Only of this kind.")
          String kind,
      @Option(
              names = "--status",
              paramLabel = "STATUS",
              description = "Only: ${COMPLETION-CANDIDATES}.")
          Status status,
      @Option(names = "--aggregate", paramLabel = "NAME", description = "Only about this.")
          String aggregate,
      @Option(names = "--saga", paramLabel = "NAME", description = "Only of this saga.")
          String saga,
      @Option(
              names = "--instance",
              paramLabel = "NAME",
              description = "Only of this instance of a saga.")
          String instance,
      @Option(names = "--due-before", paramLabel = "TIME", description = "Only due before then.")
          String dueBefore)
      throws InterruptedException {
    Map<String, Object> query = new LinkedHashMap<>();
    query.put("kind", kind);
    query.put("status", status);
    query.put("aggregate", aggregate);
    query.put("saga", saga);
    query.put("instance", instance);
    query.put("dueBefore", output.time("--due-before", dueBefore).orElse(null));
    return list.print(gateway, output, PATH, query, COLUMNS);
  }

  @Command(
      description = "Show all that is known of a task.",
      footer = {"", "Example: tidegate task show TASK_ID -o json"})
  int show(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Parameters(paramLabel = "TASK-ID", description = "Which task.") String taskId)
      throws InterruptedException {
    output.one(gateway.client().get(PATH + "/" + encoded(taskId)), "taskId");
    return 0;
  }

  @Command(
      description =
          "Take tasks to do, urgent ones first. A task is yours until its lease ends. Its token"
              + " proves it.",
      footer = {
        "",
        "Examples:",
        "  tidegate task claim --kind research",
        "  tidegate task claim --kind research,review --count 10 --lease 600 -o ndjson"
      })
  int claim(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Option(
              names = "--kind",
              paramLabel = "KIND",
              split = ",",
              hideParamSyntax = true,
              required = true,
              description = "Of these kinds.")
          List<String> kinds,
      @Option(
              names = "--count",
              paramLabel = "N",
              defaultValue = "1",
              description = "At most N, up to 100; ${DEFAULT-VALUE} by default.")
          int count,
      @Option(
              names = "--lease",
              paramLabel = "SECONDS",
              defaultValue = "60",
              description = "For so long, up to 3600; ${DEFAULT-VALUE} by default.")
          int lease,
      @Option(
              names = "--worker",
              paramLabel = "NAME",
              description = "Who has them; the token's subject by default.")
          String worker,
      @Option(names = "--tenant", paramLabel = "ID", description = "Of this tenant only.")
          String tenant)
      throws InterruptedException {
    ObjectNode request = Json.mapper().createObjectNode();
    request.set("kinds", Json.mapper().valueToTree(kinds));
    request.put("count", count).put("leaseSeconds", lease);
    if (worker != null) {
      request.put("worker", worker);
    }
    Map<String, Object> query = new LinkedHashMap<>();
    query.put("tenant", tenant);
    JsonNode claimed =
        gateway.client().send("POST", query(PATH + "/claim", query), request).path("items");
    output.list(
        claimed, "taskId", "token", "kind", "priority", "dueAt", "aggregate", "leasedUntil");
    return 0;
  }

  @Command(
      description = "Keep a task for longer.",
      footer = {"", "Example: tidegate task extend TASK_ID --token 1 --lease 600"})
  int extend(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin Claimed claimed,
      @Option(
              names = "--lease",
              paramLabel = "SECONDS",
              defaultValue = "60",
              description = "From now, up to 3600; ${DEFAULT-VALUE} by default.")
          int lease)
      throws InterruptedException {
    return claimed.say(gateway, output, "extend", claimed.request().put("leaseSeconds", lease));
  }

  @Command(
      description = "Say that a task is done.",
      footer = {
        "",
        "Examples:",
        "  tidegate task complete TASK_ID --token 1 --result 42",
        "  tidegate task complete TASK_ID --token 1 --result-file -"
      })
  int complete(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin Claimed claimed,
      @ArgGroup Result result)
      throws IOException, InterruptedException {
    ObjectNode request = claimed.request();
    if (result != null) {
      request.set("result", result.read(output));
    }
    return claimed.say(gateway, output, "complete", request);
  }

  @Command(
      description = "Say that a task could not be done: for good, or to be tried again.",
      footer = {
        "",
        "Examples:",
        "  tidegate task fail TASK_ID --token 1 --reason away --retry",
        "  tidegate task fail TASK_ID --token 1 --reason \"no answer\""
      })
  int fail(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin Claimed claimed,
      @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why.")
          String reason,
      @Option(names = "--retry", description = "Let somebody try again.") boolean retry,
      @Option(
              names = "--delay",
              paramLabel = "SECONDS",
              description = "But not before so many seconds; with --retry.")
          Integer delay)
      throws InterruptedException {
    ObjectNode request = claimed.request().put("reason", reason).put("retry", retry);
    if (delay != null) {
      request.put("delaySeconds", delay);
    }
    return claimed.say(gateway, output, "fail", request);
  }

  @Command(
      description = "End tasks that are not finished, whoever has them.",
      footer = {"", "Example: tidegate task cancel TASK_ID --reason \"asked twice\""})
  int cancel(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin Things things,
      @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why.")
          String reason)
      throws InterruptedException {
    ObjectNode request = Json.mapper().createObjectNode().put("reason", reason);
    return things.send(gateway, output, PATH, "cancel", request, COLUMNS);
  }
}
