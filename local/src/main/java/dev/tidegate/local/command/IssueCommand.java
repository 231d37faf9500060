package dev.tidegate.local.command;

import static dev.tidegate.local.command.GatewayClient.encoded;
import static dev.tidegate.local.command.GatewayClient.query;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tidegate issue}: dead letters by why they failed. */
@Command(
    name = "issue",
    description = "Look after failures: an issue is all the dead letters with one cause.",
    footer = {"", "Example: tidegate issue list --state OPEN"})
public final class IssueCommand extends Noun {
  private static final String ISSUES = "/admin/issues";
  private static final String LETTERS = "/admin/events/failed";

  private static final String[] COLUMNS = {
    "fingerprint",
    "state",
    "tenant",
    "source",
    "stage",
    "errorClass",
    "openLetters",
    "lastFailedAt",
    "errorMessage"
  };

  private static final String REPLAYS = "/admin/replays";
  private static final long POLL_MILLIS = 200;

  /** What operators make of an issue. */
  enum State {
    OPEN,
    ACKNOWLEDGED,
    RESOLVED,
    IGNORED
  }

  @Command(
      description = "List issues, the last failed first.",
      footer = {"", "Example: tidegate issue list --state OPEN"})
  int list(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin ListOption list,
      @Option(
              names = "--state",
              paramLabel = "STATE",
              description = "Only: ${COMPLETION-CANDIDATES}.")
          State state)
      throws InterruptedException {
    return list.print(gateway, output, ISSUES, Collections.singletonMap("state", state), COLUMNS);
  }

  @Command(
      description = "Show an issue and its open dead letters, the last failed first.",
      footer = {"", "Example: tidegate issue show 0123456789abcdef -o json"})
  int show(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin ListOption list,
      @Parameters(paramLabel = "FINGERPRINT", description = "Which issue.") String fingerprint)
      throws InterruptedException {
    GatewayClient client = gateway.client();
    ObjectNode issue = find(client, fingerprint, list.tenant()).deepCopy();
    List<JsonNode> letters = list.read(client, LETTERS, lettersOf(issue));
    if (output.isForPeople() && !output.isQuiet()) {
      output.one(issue, "fingerprint");
      output.out().print("\n");
      output.list(letters, "eventId", "notificationId", "eventType", "attempts", "failedAt");
    } else {
      issue.putArray("deadLetters").addAll(letters);
      output.one(issue, "fingerprint");
    }
    return 0;
  }

  @Command(
      description = "Say that somebody looks after issues.",
      footer = {"", "Example: tidegate issue ack 0123456789abcdef"})
  int ack(@Mixin GatewayOption gateway, @Mixin OutputOption output, @Mixin Things things)
      throws InterruptedException {
    return set(gateway, output, things, State.ACKNOWLEDGED);
  }

  @Command(
      description = "Say that the cause of issues is mended; one that fails again is open again.",
      footer = {
        "",
        "Example:",
        "  tidegate replay start --from dead-letters --fingerprint 0123456789abcdef",
        "  tidegate issue resolve 0123456789abcdef"
      })
  int resolve(@Mixin GatewayOption gateway, @Mixin OutputOption output, @Mixin Things things)
      throws InterruptedException {
    return set(gateway, output, things, State.RESOLVED);
  }

  @Command(
      description = {
        "Say that nobody need look at issues. Their dead letters stay open until somebody replays or",
        "discards them; tidegate issue discard does both at once."
      },
      footer = {"", "Example: tidegate issue ignore 0123456789abcdef"})
  int ignore(@Mixin GatewayOption gateway, @Mixin OutputOption output, @Mixin Things things)
      throws InterruptedException {
    return set(gateway, output, things, State.IGNORED);
  }

  @Command(
      description =
          "Discard the open dead letters of issues, which nobody will replay, and ignore them.",
      footer = {"", "Example: tidegate issue discard 0123456789abcdef --reason \"sent by a test\""})
  int discard(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin Things things,
      @Option(
              names = "--reason",
              paramLabel = "TEXT",
              defaultValue = "tidegate issue discard",
              description = "Why, for the audit.")
          String reason)
      throws InterruptedException {
    return things.each(
        gateway,
        output,
        (client, fingerprint) -> {
          JsonNode issue = find(client, fingerprint, things.tenant());
          discardLetters(client, issue, reason);
          return patch(client, issue, State.IGNORED);
        },
        COLUMNS);
  }

  private static int set(GatewayOption gateway, OutputOption output, Things things, State state)
      throws InterruptedException {
    return things.each(
        gateway,
        output,
        (client, fingerprint) -> {
          JsonNode changed = patch(client, find(client, fingerprint, things.tenant()), state);
          if (changed.path("openLetters").asLong() > 0 && changed.hasNonNull("letters")) {
            output.note(fingerprint + ": " + changed.path("letters").asText());
          }
          return changed;
        },
        COLUMNS);
  }

  private static JsonNode patch(GatewayClient client, JsonNode issue, State state)
      throws InterruptedException {
    return client.send(
        "PATCH",
        query(ISSUES + "/" + encoded(issue.path("fingerprint").asText()), tenantOf(issue)),
        Json.mapper().createObjectNode().put("state", state.name()));
  }

  /** Has the gateway discard all open letters of the issue, and waits. */
  private static void discardLetters(GatewayClient client, JsonNode issue, String reason)
      throws InterruptedException {
    ObjectNode request =
        Json.mapper().createObjectNode().put("action", "DISCARD").put("reason", reason);
    ObjectNode filter = request.putObject("filter");
    filter.putArray("tenants").add(issue.path("tenant").asText());
    filter.putArray("fingerprints").add(issue.path("fingerprint").asText());
    JsonNode discard = client.send("POST", query(REPLAYS, tenantOf(issue)), request);
    String path =
        query(REPLAYS + "/" + encoded(discard.path("replayId").asText()), tenantOf(issue));
    while (discard.path("status").asText().equals(ReplayCommand.Status.RUNNING.name())) {
      Thread.sleep(POLL_MILLIS);
      discard = client.get(path);
    }
    if (!discard.path("status").asText().equals(ReplayCommand.Status.COMPLETED.name())) {
      throw new CommandFailure(
          "The letters are not all discarded: tidegate replay show %s says why"
              .formatted(discard.path("replayId").asText()));
    }
  }

  /** The one issue that is meant: tenants fail for the same causes. */
  private static JsonNode find(GatewayClient client, String fingerprint, String tenant)
      throws InterruptedException {
    Map<String, Object> query = new LinkedHashMap<>();
    query.put("fingerprint", fingerprint);
    query.put("tenant", tenant);
    List<JsonNode> issues = client.list(ISSUES, query, 100);
    if (issues.isEmpty()) {
      throw new GatewayClient.Refusal(404, "There is no such issue. tidegate issue list shows all");
    } else if (issues.size() > 1) {
      throw new GatewayClient.Refusal(
          400,
          "Tenants have it: %s. Choose one with --tenant"
              .formatted(
                  String.join(
                      ", ", issues.stream().map(issue -> issue.path("tenant").asText()).toList())));
    }
    return issues.get(0);
  }

  private static Map<String, String> lettersOf(JsonNode issue) {
    return Map.of(
        "tenant", issue.path("tenant").asText(),
        "fingerprint", issue.path("fingerprint").asText());
  }

  private static Map<String, String> tenantOf(JsonNode issue) {
    return Map.of("tenant", issue.path("tenant").asText());
  }
}
