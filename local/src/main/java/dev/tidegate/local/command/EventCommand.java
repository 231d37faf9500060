package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.EffectMode;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tidegate event}: what became of events. */
@Command(
    name = "event",
    description = "Look at events, and retry those that failed.",
    footer = {"", "Example: tidegate event list --status DEAD_LETTER"})
public final class EventCommand extends Noun {
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
    return list.print(
        gateway,
        output,
        "/events",
        query,
        "eventId",
        "status",
        "tenant",
        "source",
        "eventType",
        "notificationId",
        "processedAt",
        "errorClass");
  }

  @Command(
      description = "Show all that is known of an event.",
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
    JsonNode event = null;
    if (wait != null) {
      event = client.get("/events/" + id + "?wait=" + wait);
    }
    if (event == null || !event.path("status").asText().equals("PENDING")) {
      try {
        event = client.get("/admin/events/" + id);
      } catch (GatewayClient.Refusal refused) {
        // Only operators see everything; others see what became of their events. What has not
        // been processed has no details yet.
        if (refused.status() != 403 && refused.status() != 404) {
          throw refused;
        }
        event = client.get("/events/" + id);
      }
    }
    output.one(event, "eventId");
    return 0;
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
