package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.EventAttributes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tidegate listen}: shows events as they land in the ledger, and passes them on. */
@Command(
    name = "listen",
    description = "Show events as they land, one line each, until Ctrl-C.",
    footer = {
      "",
      "An option that is given several times, or with commas, takes events that have any of its"
          + " values.",
      "",
      "--forward-to posts the body of each event to a URL, byte for byte. The event's attributes"
          + " are headers, such as X-Tidegate-Notification-Id. A POST that fails is tried three"
          + " times. Then a line on standard error names the event.",
      "",
      "Examples:",
      "  tidegate listen --status DEAD_LETTER",
      "  tidegate listen --type container.updated --output ndjson",
      "  tidegate listen --forward-to http://localhost:3000/hooks"
    })
public final class ListenCommand implements Callable<Integer> {
  private static final Duration POLL = Duration.ofMillis(500);

  /** A gateway is asked a fifth of the time at the most, however many events land. */
  private static final int RESTS = 4;

  /**
   * An event's time is when its transaction began: it can be seen some time later, after events
   * with later times. So each look goes back a little, and what was seen is remembered.
   */
  private static final Duration LOOK_BACK = Duration.ofSeconds(5);

  private static final int MOST_IN_A_LOOK = 100_000;
  private static final int DELIVERY_ATTEMPTS = 3;

  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private static final Pattern HEADER_UNSAFE = Pattern.compile("[^\\x20-\\x7E]+");

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

  @Mixin private GatewayOption gateway;
  @Mixin private OutputOption output;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      split = ",",
      hideParamSyntax = true,
      description = "Of these types.")
  private List<String> types = List.of();

  @Option(
      names = "--status",
      paramLabel = "STATUS",
      split = ",",
      hideParamSyntax = true,
      description = "Of these: ${COMPLETION-CANDIDATES}.")
  private List<EventCommand.Status> statuses = List.of();

  @Option(names = "--tenant", paramLabel = "ID", description = "Of this tenant.")
  private String tenant;

  @Option(names = "--forward-to", paramLabel = "URL", description = "Post each event to this URL.")
  private URI target;

  @Option(names = "--count", paramLabel = "N", description = "End after N events.")
  private Long most;

  /** When an event was processed, by its ID. */
  private final Map<String, String> seen = new HashMap<>();

  private Instant latest = Instant.EPOCH;
  private long failures;

  @Override
  public Integer call() throws InterruptedException {
    if (target != null
        && (target.getHost() == null || !String.valueOf(target.getScheme()).matches("https?"))) {
      throw output.mistake("--forward-to takes http://HOST:PORT/PATH, not " + target);
    }
    GatewayClient client = gateway.client();
    // What was there before is nobody's news.
    for (JsonNode event : client.list("/events", query(), 1)) {
      latest = Instant.parse(event.path("processedAt").asText());
      next(client);
    }
    OutputOption.Items items =
        output.endlessly(
            "eventId", "status", "tenant", "eventType", "notificationId", "errorClass");
    output.note("Listening to " + client.url());
    long shown = 0;
    // Whoever reads the output may be gone: then nobody listens any more.
    while (!output.out().checkError()) {
      long begin = System.nanoTime();
      for (JsonNode event : next(client)) {
        show(event, items);
        if (target != null) {
          forward(client, event);
        }
        if (most != null && ++shown >= most) {
          return failures == 0 ? 0 : 1;
        }
      }
      long took = (System.nanoTime() - begin) / 1_000_000;
      try {
        Thread.sleep(Math.max(POLL.toMillis(), RESTS * took));
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    return failures == 0 ? 0 : 1;
  }

  private Map<String, Object> query() {
    Map<String, Object> query = new LinkedHashMap<>();
    query.put("tenant", tenant);
    query.put("status", statuses.size() == 1 ? statuses.get(0) : null);
    query.put("eventType", types.size() == 1 ? types.get(0) : null);
    return query;
  }

  /** What has landed since the last look; an event that lands again is there again. */
  private List<JsonNode> next(GatewayClient client) throws InterruptedException {
    Instant from = latest.minus(LOOK_BACK);
    Map<String, Object> query = query();
    query.put("since", from.isBefore(Instant.EPOCH) ? null : from);
    List<JsonNode> landed = new ArrayList<>();
    for (JsonNode event : client.list("/events", query, MOST_IN_A_LOOK)) {
      String time = event.path("processedAt").asText();
      boolean isNew = !time.equals(seen.put(event.path("eventId").asText(), time));
      if (isNew && isWanted(event)) {
        landed.add(event);
      }
      latest = latest.isBefore(Instant.parse(time)) ? Instant.parse(time) : latest;
    }
    seen.values().removeIf(time -> Instant.parse(time).isBefore(from));
    Collections.reverse(landed);
    return landed;
  }

  private boolean isWanted(JsonNode event) {
    return (types.isEmpty() || types.contains(event.path("eventType").asText()))
        && (statuses.isEmpty()
            || statuses.contains(EventCommand.Status.valueOf(event.path("status").asText())));
  }

  private void show(JsonNode event, OutputOption.Items items) {
    if (output.isForPeople() && !output.isQuiet()) {
      String line =
          String.format(
              Locale.ROOT,
              "%s  %-11s  %s  %s  %s  %,.0f ms%s",
              TIME.format(Instant.parse(event.path("processedAt").asText())),
              event.path("status").asText(),
              event.path("tenant").asText(),
              event.path("eventType").asText("(unreadable)"),
              event.path("notificationId").asText(),
              event.path("latencyMillis").asDouble(),
              event.has("errorClass") ? "  " + event.path("errorClass").asText() : "");
      // What strangers sent acts on no terminal.
      output.out().print(DisplayText.escaped(line) + "\n");
    } else {
      items.add(event);
    }
    output.out().flush();
  }

  private void forward(GatewayClient client, JsonNode event) throws InterruptedException {
    String id = event.path("eventId").asText();
    String path = "/admin/events/" + GatewayClient.encoded(id);
    String problem = "";
    try {
      byte[] body = client.getBytes(path + "/payload").body();
      HttpRequest request = request(body, client.get(path).path("attributes"));
      for (int attempt = 1; attempt <= DELIVERY_ATTEMPTS; attempt++) {
        problem = delivered(request);
        if (problem.isEmpty()) {
          return;
        }
        Thread.sleep(attempt < DELIVERY_ATTEMPTS ? POLL.toMillis() << attempt : 0);
      }
    } catch (CommandFailure unread) {
      problem = unread.getMessage();
    }
    failures++;
    output
        .err()
        .println(
            "tidegate: " + DisplayText.escaped("%s was not forwarded: %s".formatted(id, problem)));
    output.err().flush();
  }

  /** Why it was not; empty where it was. */
  private static String delivered(HttpRequest request) throws InterruptedException {
    try {
      int status = HTTP.send(request, BodyHandlers.discarding()).statusCode();
      return status / 100 == 2 ? "" : "%s answered %d".formatted(request.uri(), status);
    } catch (IOException failure) {
      return "%s cannot be reached (%s)".formatted(request.uri(), FailureReport.reason(failure));
    }
  }

  private HttpRequest request(byte[] body, JsonNode attributes) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target)
            .timeout(Duration.ofSeconds(30))
            .POST(BodyPublishers.ofByteArray(body));
    String type =
        attributes.path(EventAttributes.CONTENT_TYPE.attribute()).asText("application/json");
    request.header("Content-Type", headerText(type));
    attributes
        .properties()
        .forEach(
            attribute ->
                request.header(
                    headerOf(attribute.getKey()), headerText(attribute.getValue().asText())));
    return request.build();
  }

  /** In percent-encoding what a header cannot hold, as CloudEvents have it. */
  private static String headerText(String text) {
    return HEADER_UNSAFE.matcher(text).replaceAll(unsafe -> GatewayClient.encoded(unsafe.group()));
  }

  /** {@code notification_id} becomes {@code X-Tidegate-Notification-Id}. */
  private static String headerOf(String attribute) {
    StringBuilder name = new StringBuilder("X-Tidegate");
    for (String word : attribute.split("[^A-Za-z0-9]+")) {
      if (!word.isEmpty()) {
        name.append('-').append(word.substring(0, 1).toUpperCase(Locale.ROOT));
        name.append(word.substring(1));
      }
    }
    return name.toString();
  }
}
