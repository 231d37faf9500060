package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.EffectMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tidegate event}: what became of events. */
@Command(
    name = "event",
    description = "Look at events, and retry those that failed.",
    footer = {
      "",
      "Examples:",
      "  tidegate event list --status DEAD_LETTER",
      "  tidegate event find NBLU2048175"
    })
public final class EventCommand extends Noun {
  private static final String ADMIN_EVENTS = "/admin/events";

  /** Where the gateway looks for what an event is called, or is about. */
  private static final List<String> NAMES_OF_EVENTS =
      List.of("notificationId", "requestId", "about");

  private static final String[] COLUMNS = {
    "eventId",
    "status",
    "tenant",
    "source",
    "eventType",
    "notificationId",
    "processedAt",
    "errorClass"
  };

  /** What can have become of an event. */
  enum Status {
    PROCESSED,
    UNHANDLED,
    DEAD_LETTER
  }

  @Command(
      description = "List events, the last processed first.",
      footer = {
        "",
        "Examples:",
        "  tidegate event list --status DEAD_LETTER --since 2026-01-31",
        "  tidegate event list --type container.updated --limit 500 -o csv"
      })
  int list(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin ListOption list,
      @Option(
              names = "--status",
              paramLabel = "STATUS",
              description = "Only: ${COMPLETION-CANDIDATES}.")
          Status status,
      @Option(names = "--type", paramLabel = "TYPE", description = "Only of this type.")
          String type,
      @Option(names = "--source", paramLabel = "NAME", description = "Only of this source.")
          String source,
      @Option(names = "--subject", paramLabel = "NAME", description = "Only of this user.")
          String subject,
      @Option(names = "--since", paramLabel = "TIME", description = "Processed since then.")
          String since,
      @Option(names = "--until", paramLabel = "TIME", description = "Processed before then.")
          String until)
      throws InterruptedException {
    Map<String, Object> query = new LinkedHashMap<>();
    query.put("status", status);
    query.put("eventType", type);
    query.put("source", source);
    query.put("subject", subject);
    query.put("since", output.time("--since", since).orElse(null));
    query.put("until", output.time("--until", until).orElse(null));
    return list.print(gateway, output, "/events", query, COLUMNS);
  }

  @Command(
      description = {
        "Find events by whatever is at hand: an event's ID, the notification ID, the request ID, or a",
        "key such as a container's number. If one event is found, all that is known of it is shown."
      },
      footer = {
        "",
        "Examples:",
        "  tidegate event find NBLU2048175",
        "  tidegate event find 38f37ecc-d000-463d-a112-fe10cf6bd8c8",
        "  tidegate event find containers/98ae6d14-848b-51f4-9ee6-06236eb2c88b"
      })
  int find(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin ListOption list,
      @Parameters(
              paramLabel = "VALUE",
              description = {
                "evt_…, a notification ID, a request ID, a value that events are about, or a row as",
                "TABLE/KEY."
              })
          String value)
      throws InterruptedException {
    GatewayClient client = gateway.client();
    Map<String, JsonNode> found = new LinkedHashMap<>();
    if (value.startsWith("evt_")) {
      // Stripe's notification IDs begin so, too.
      try {
        JsonNode event = client.get("/events/" + GatewayClient.encoded(value));
        found.put(event.path("eventId").asText(), event);
      } catch (GatewayClient.Refusal refused) {
        if (refused.status() != 404) {
          throw refused;
        }
      }
    }
    for (String name : NAMES_OF_EVENTS) {
      for (JsonNode event : list.read(client, ADMIN_EVENTS, Map.of(name, value))) {
        found.putIfAbsent(event.path("eventId").asText(), event);
      }
    }
    if (found.isEmpty()) {
      throw new CommandFailure(
          ("No event is called %s, and none is about it. One that was sent a moment ago may still be"
                  + " on its way")
              .formatted(value));
    }
    if (found.size() == 1 && output.isForPeople() && !output.isQuiet()) {
      show(output, known(client, GatewayClient.encoded(found.keySet().iterator().next())));
    } else {
      output.list(found.values(), COLUMNS);
    }
    return 0;
  }

  @Command(
      aliases = "show",
      description = {
        "Show all that is known of an event: what became of it, each attempt with its time and error,",
        "its dead letters, rows and effects."
      },
      footer = {
        "",
        "Examples:",
        "  tidegate event get evt_AbCd -o json",
        "  tidegate event get evt_AbCd --wait 10",
        "  tidegate event get evt_AbCd --payload >body.json"
      })
  int get(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Parameters(paramLabel = "EVENT-ID", description = "As the gateway named it: evt_…")
          String eventId,
      @Option(
              names = "--wait",
              paramLabel = "SECONDS",
              description = "Wait for it to be processed, 30 at the most.")
          Integer wait,
      @Option(names = "--payload", description = "Print its body, byte for byte, and nothing else.")
          boolean payload)
      throws InterruptedException {
    GatewayClient client = gateway.client();
    String id = GatewayClient.encoded(eventId);
    if (payload) {
      write(client.getBytes("/admin/events/" + id + "/payload").body());
      return 0;
    }
    if (wait != null) {
      JsonNode event = client.get("/events/" + id + "?wait=" + wait);
      if (event.path("status").asText().equals("PENDING")) {
        output.one(event, "eventId");
        return 0;
      }
    }
    try {
      show(output, known(client, id));
    } catch (GatewayClient.Refusal refused) {
      throw refused.status() == 404
          ? new CommandFailure(
              refused.getMessage() + ". tidegate event find VALUE takes any other name of an event",
              refused)
          : refused;
    }
    return 0;
  }

  /** All that the caller may know of an event. */
  private static JsonNode known(GatewayClient client, String id) throws InterruptedException {
    try {
      return client.get(ADMIN_EVENTS + "/" + id);
    } catch (GatewayClient.Refusal refused) {
      // Only operators see everything; others see what became of their events. What has not
      // been processed has no details yet.
      if (refused.status() != 403 && refused.status() != 404) {
        throw refused;
      }
      return client.get("/events/" + id);
    }
  }

  /** For people, what happened is a table of its own, and the body is left out. */
  private static void show(OutputOption output, JsonNode event) {
    if (!output.isForPeople() || output.isQuiet() || !event.has("timeline")) {
      output.one(event, "eventId");
      return;
    }
    ObjectNode facts = event.deepCopy();
    facts.remove(List.of("payload", "payloadBase64"));
    JsonNode timeline = facts.remove("timeline");
    JsonNode letters = facts.remove("deadLetters");
    output.one(facts, "eventId");
    output.out().print("\nWhat happened:\n");
    output.list(
        timeline,
        "at",
        "kind",
        "stage",
        "errorClass",
        "errorMessage",
        "effect",
        "release",
        "replayId");
    if (!letters.isEmpty()) {
      output.out().print("\nDead letters:\n");
      output.list(
          letters,
          "fingerprint",
          "status",
          "stage",
          "errorClass",
          "attempts",
          "failedAt",
          "errorMessage");
    }
    if (event.has("payload") || event.has("payloadBase64")) {
      output.note(
          "Its body: tidegate event get %s --payload".formatted(event.path("eventId").asText()));
    }
  }

  @Command(
      description = "Send events again: those that failed, or others once more.",
      footer = {
        "",
        "Examples:",
        "  tidegate event retry evt_AbCd",
        "  tidegate event retry evt_AbCd --effects all",
        "  tidegate event list --status DEAD_LETTER -q | xargs tidegate event retry"
      })
  int retry(
      @Mixin GatewayOption gateway,
      @Mixin OutputOption output,
      @Mixin Things things,
      @Option(
              names = "--effects",
              paramLabel = "none|missing|all",
              description =
                  "Which follow-up events, tasks and notices they may cause: missing by default, those that no event has caused before.")
          EffectMode effects)
      throws InterruptedException {
    Map<String, Object> query = new LinkedHashMap<>();
    query.put("tenant", things.tenant());
    query.put("effects", effects);
    return things.each(
        gateway,
        output,
        (client, id) ->
            client.post(
                GatewayClient.query(
                    "/admin/events/" + GatewayClient.encoded(id) + "/replay", query)),
        "eventId",
        "replayId",
        "messages");
  }

  private static void write(byte[] body) {
    System.out.write(body, 0, body.length);
    System.out.flush();
  }
}
