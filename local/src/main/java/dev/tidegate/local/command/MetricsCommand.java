package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tidegate metrics}: the figures of the gateway and of the pipeline. */
@Command(
    name = "metrics",
    description = {
      "Show the figures of the gateway and of the pipeline.",
      "How many events of which kind there were, how long they took, and the counters of the"
          + " gateway and of the pipeline beside it."
    },
    footer = {
      "",
      "Examples:",
      "  tidegate metrics --since 2026-01-31",
      "  tidegate metrics -o json",
      "  tidegate metrics -o csv | grep latency"
    })
public final class MetricsCommand implements Callable<Integer> {
  /** A line of Prometheus' text format, but for what histograms are made of. */
  private static final Pattern SAMPLE =
      Pattern.compile("(?m)^(tidegate_\\w+?)(?<!_bucket)(?:\\{(.*)})? ([-+0-9.eEInfNa]+)$");

  @Mixin private GatewayOption gateway;
  @Mixin private OutputOption output;

  @Option(names = "--tenant", paramLabel = "ID", description = "Events of this tenant only.")
  private String tenant;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Events processed since then; a day before --until by default.")
  private String since;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "Events processed before then; now by default.")
  private String until;

  @Override
  public Integer call() throws InterruptedException {
    GatewayClient client = gateway.client();
    Map<String, Object> query = new LinkedHashMap<>();
    query.put("tenant", tenant);
    query.put("since", output.time("--since", since).orElse(null));
    query.put("until", output.time("--until", until).orElse(null));
    ObjectNode metrics = Json.mapper().createObjectNode();
    JsonNode events = client.get(GatewayClient.query("/admin/metrics", query));
    metrics.set("events", output.isForPeople() ? readable(events) : events);
    String text =
        new String(client.getPublic("/metrics").body(), StandardCharsets.UTF_8).replace("\r", "");
    if (output.isForPeople()) {
      ObjectNode figures = metrics.putObject("gateway");
      SAMPLE.matcher(text).results().forEach(line -> figures.set(nameOf(line), value(line)));
    } else {
      ArrayNode figures = metrics.putArray("gateway");
      SAMPLE
          .matcher(text)
          .results()
          .forEach(
              line -> {
                ObjectNode figure = figures.addObject().put("name", line.group(1));
                figure.put("labels", line.group(2)).set("value", value(line));
              });
    }
    output.one(metrics, "events");
    return 0;
  }

  /** A type's name instead of its place in the list. */
  private static ObjectNode readable(JsonNode events) {
    ObjectNode readable = events.deepCopy();
    ObjectNode types = readable.putObject("byType");
    for (JsonNode type : events.path("byType")) {
      ObjectNode counts = type.deepCopy();
      String name =
          type.path("source").asText() + "/" + type.path("eventType").asText("(unreadable)");
      types.set(name, counts.without(List.of("source", "eventType")));
    }
    return readable;
  }

  private static String nameOf(MatchResult line) {
    return line.group(1).replaceFirst("^tidegate_", "")
        + (line.group(2) == null ? "" : "{" + line.group(2) + "}");
  }

  /** A count without the fraction that Prometheus' format gives it. */
  private static JsonNode value(MatchResult line) {
    double value = Double.parseDouble(line.group(3).replace("Inf", "Infinity"));
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Json.mapper().getNodeFactory().numberNode((long) value)
        : Json.mapper().getNodeFactory().numberNode(value);
  }
}
