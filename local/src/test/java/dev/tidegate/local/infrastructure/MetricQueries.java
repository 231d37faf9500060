package dev.tidegate.local.infrastructure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What Grafana's dashboard and Prometheus' alerts ask for, and the metrics they name in it. */
public final class MetricQueries {
  static final Path DASHBOARD = Repository.ROOT.resolve("templates/grafana/tidegate.json");
  static final Path ALERTS = Repository.ROOT.resolve("templates/grafana/alerts.yaml");

  private static final Set<String> OPERATORS = Set.of("and", "or", "unless", "offset", "bool");

  /** Prometheus' own, of each sample that it reads. */
  private static final Set<String> LABELS_OF_TARGETS = Set.of("job", "instance");

  private static final Pattern STRING = Pattern.compile("\"[^\"]*\"");
  private static final Pattern GROUPING =
      Pattern.compile("\\b(?:by|without|on|ignoring)\\s*\\(([^)]*)\\)");
  private static final Pattern METRIC =
      Pattern.compile("\\b([a-zA-Z_]\\w*)\\b(?!\\s*\\()(?:\\{([^}]*)})?");
  private static final Pattern LABEL = Pattern.compile("[a-zA-Z_]\\w*");

  /** A query, and how the dashboard calls its lines. */
  record Query(String text, String legend) {}

  private MetricQueries() {}

  static JsonNode dashboard() throws IOException {
    return new ObjectMapper().readTree(DASHBOARD.toFile());
  }

  static List<JsonNode> alerts() throws IOException {
    List<JsonNode> alerts = new ArrayList<>();
    new YAMLMapper()
        .readTree(ALERTS.toFile())
        .path("groups")
        .forEach(group -> group.path("rules").forEach(alerts::add));
    return alerts;
  }

  static List<Query> ofTheDashboard() throws IOException {
    List<Query> queries = new ArrayList<>();
    dashboard()
        .path("panels")
        .forEach(
            panel ->
                panel
                    .path("targets")
                    .forEach(
                        target ->
                            queries.add(
                                new Query(
                                    target.path("expr").asText(),
                                    target.path("legendFormat").asText()))));
    return queries;
  }

  private static Stream<Query> ofTheVariables() throws IOException {
    return dashboard().findValuesAsText("definition").stream()
        // As Grafana reads it: the samples, and which label of theirs.
        .map(query -> query.replaceFirst("label_values\\((.*), (\\w+)\\)", "max by ($2) ($1)"))
        .map(query -> new Query(query, ""));
  }

  /** Each metric by its name, with the labels that are asked for. */
  public static Map<String, Set<String>> metrics() throws IOException {
    Map<String, Set<String>> metrics = new HashMap<>();
    Stream.of(
            ofTheDashboard().stream(),
            ofTheVariables(),
            alerts().stream().map(alert -> new Query(alert.path("expr").asText(), "")))
        .flatMap(queries -> queries)
        .forEach(query -> addMetrics(query, metrics));
    return metrics;
  }

  private static void addMetrics(Query query, Map<String, Set<String>> metrics) {
    Set<String> ofAll = new TreeSet<>();
    Matcher grouping = GROUPING.matcher(query.text());
    while (grouping.find()) {
      ofAll.addAll(labels(grouping.group(1)));
    }
    Matcher shown = Pattern.compile("\\{\\{(\\w+)}}").matcher(query.legend());
    while (shown.find()) {
      ofAll.add(shown.group(1));
    }
    String rest = GROUPING.matcher(STRING.matcher(query.text()).replaceAll("")).replaceAll(" ");
    Matcher metric = METRIC.matcher(rest.replaceAll("\\[[^]]*]", ""));
    while (metric.find()) {
      if (!OPERATORS.contains(metric.group(1))) {
        Set<String> labels = metrics.computeIfAbsent(metric.group(1), name -> new TreeSet<>());
        labels.addAll(ofAll);
        labels.addAll(labels(metric.group(2) == null ? "" : metric.group(2)));
        labels.removeAll(LABELS_OF_TARGETS);
      }
    }
  }

  private static Set<String> labels(String list) {
    return LABEL.matcher(list).results().map(label -> label.group()).collect(Collectors.toSet());
  }
}
