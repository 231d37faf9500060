package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Grafana's dashboard and Prometheus' alerts. That the metrics are there is shown on a running
 * system.
 */
class MonitoringFilesTest {
  /** Where the console's frame says which pages there are. */
  private static final Path FRAME =
      Repository.ROOT.resolve("gateway/src/main/resources/dev/tidegate/gateway/console/app.js");

  private static final String CONSOLE =
      "{{ or $externalLabels.tidegate_console \"http://localhost:8080/console\" }}";
  private static final String RUNBOOKS =
      "{{ or $externalLabels.tidegate_runbooks \"docs/runbooks/alerts.md\" }}#";

  private static Set<String> pages() throws IOException {
    return Pattern.compile("menu: \\['([^']+)'")
        .matcher(Files.readString(FRAME))
        .results()
        .map(page -> page.group(1))
        .collect(Collectors.toSet());
  }

  @Test
  void theDashboardsPanelsDoNotOverlap() throws IOException {
    Set<Integer> ids = new HashSet<>();
    Set<List<Integer>> taken = new HashSet<>();
    for (JsonNode panel : MetricQueries.dashboard().path("panels")) {
      assertThat(ids.add(panel.path("id").asInt(-1))).as(panel.path("title").asText()).isTrue();
      JsonNode place = panel.path("gridPos");
      int right = place.path("x").asInt() + place.path("w").asInt();
      assertThat(right).isLessThanOrEqualTo(24);
      for (int x = place.path("x").asInt(); x < right; x++) {
        for (int y = 0; y < place.path("h").asInt(); y++) {
          assertThat(taken.add(List.of(x, place.path("y").asInt() + y)))
              .as(panel.path("title").asText())
              .isTrue();
        }
      }
    }
    assertThat(ids).hasSizeGreaterThan(30);
  }

  /** It is imported into a Grafana whose data sources have other names. */
  @Test
  void theDashboardAsksTheChosenPrometheus() throws IOException {
    JsonNode dashboard = MetricQueries.dashboard();
    Set<String> variables = new TreeSet<>();
    dashboard
        .at("/templating/list")
        .forEach(variable -> variables.add(variable.path("name").asText()));
    assertThat(variables).containsExactly("console", "datasource", "job", "source");
    assertThat(dashboard.findValues("datasource"))
        .hasSizeGreaterThan(60)
        .allSatisfy(source -> assertThat(source.path("uid").asText()).isEqualTo("${datasource}"));
    assertThat(
            Pattern.compile("\\$\\{?([a-z]\\w*)")
                .matcher(dashboard.toString())
                .results()
                .map(used -> used.group(1))
                .collect(Collectors.toSet()))
        .isEqualTo(variables);
  }

  @Test
  void theDashboardLinksToPagesOfTheConsole() throws IOException {
    assertThat(
            MetricQueries.dashboard().findValuesAsText("url").stream()
                .map(url -> url.replaceFirst("^\\$\\{console}", ""))
                .collect(Collectors.toSet()))
        .hasSizeGreaterThan(6)
        .isSubsetOf(pages());
  }

  @Test
  void eachAlertLinksToItsSectionAndToAPageOfTheConsole() throws IOException {
    Set<String> names = new HashSet<>();
    for (JsonNode alert : MetricQueries.alerts()) {
      String name = alert.path("alert").asText();
      assertThat(names.add(name)).as(name).isTrue();
      assertThat(alert.at("/labels/severity").asText()).isIn("critical", "error", "warning");
      JsonNode annotations = alert.path("annotations");
      assertThat(annotations.path("summary").asText()).as(name).isNotEmpty();
      assertThat(annotations.path("console_url").asText()).as(name).startsWith(CONSOLE);
      assertThat(
              annotations.path("console_url").asText().substring(CONSOLE.length()).split("\\?")[0])
          .as(name)
          .isIn(pages());
      assertThat(annotations.path("runbook_url").asText()).as(name).startsWith(RUNBOOKS);
      assertThat(section(annotations.path("runbook_url").asText().substring(RUNBOOKS.length())))
          .as(name)
          .contains("**Symptom.**", "**Meaning.**", "**Look at**", "**Run", "**Over**");
    }
    assertThat(names).hasSizeGreaterThan(12);
  }

  private static String section(String name) throws IOException {
    return Stream.of(Files.readString(Repository.ALERTS_PAGE).split("(?m)^### "))
        .filter(section -> section.startsWith(name + "\n"))
        .findFirst()
        .orElse("");
  }

  /** Terraform's alerts do too, where the console's address is known. */
  @Test
  void eachAlertOfTerraformNamesAPageOfTheConsole() throws Exception {
    assertThat(
            Pattern.compile("\\bpage +(?:=|:) +\"([^\"?]*)")
                .matcher(TerraformModule.read().text())
                .results()
                .map(page -> "/" + page.group(1))
                .toList())
        .hasSize(11)
        .isSubsetOf(pages());
  }

  @Test
  void prometheusTakesTheRulesAndTheDashboardsQueries(@TempDir Path folder) throws IOException {
    Command.assumeInstalled("promtool");
    Path queries = folder.resolve("queries.yaml");
    List<String> rules = new ArrayList<>(List.of("groups:", "- name: dashboard", "  rules:"));
    for (MetricQueries.Query query : MetricQueries.ofTheDashboard()) {
      rules.add("  - record: query");
      rules.add("    labels: { number: '%d' }".formatted(rules.size()));
      rules.add("    expr: >-");
      rules.add("      " + query.text().replace("$__rate_interval", "5m"));
    }
    Files.write(queries, rules);
    for (Path file : List.of(MetricQueries.ALERTS, queries)) {
      Command.Result result = Command.in(folder).run("promtool", "check", "rules", file.toString());
      assertThat(result.exitCode()).as(result.output() + result.errors()).isZero();
    }
    Command.Result raised =
        Command.in(MetricQueries.ALERTS.getParent())
            .run("promtool", "test", "rules", "alerts-test.yaml");
    assertThat(raised.exitCode()).as(raised.output() + raised.errors()).isZero();
  }
}
