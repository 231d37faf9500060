package dev.tidegate.local.infrastructure;

import static dev.tidegate.local.infrastructure.TerraformModule.map;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Repository;
import dev.tidegate.transforms.PipelineMetrics;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.beam.sdk.metrics.Counter;
import org.apache.beam.sdk.metrics.Distribution;
import org.apache.beam.sdk.metrics.Metric;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Alerts and the dashboard look at metrics that there are. */
class TerraformMetricsTest {
  private static TerraformModule module;

  @BeforeAll
  static void readModule() throws Exception {
    module = TerraformModule.read();
  }

  @Test
  void thePipelineHasEachCounter() throws Exception {
    assertThat(namesOf(Counter.class)).containsAll(module.names("pipeline_counters"));
  }

  @Test
  void thePipelineHasEachDistribution() throws Exception {
    assertThat(namesOf(Distribution.class))
        .containsExactlyInAnyOrderElementsOf(module.names("pipeline_distributions"));
  }

  @Test
  void queriesUseTheNamesOfTheListsOnly() {
    Set<String> used = found("local\\.(?:growth\\[\"(?:10m|1h)\"\\]|counted|mean)\\.(\\w+)");
    Set<String> listed = new TreeSet<>(module.names("pipeline_counters"));
    listed.addAll(module.names("pipeline_distributions"));

    assertThat(used).contains("events_read", "events_dead_lettered").isSubsetOf(listed);
    // No other way around the lists.
    assertThat(found("metric_name\\\\?\"=(\\S+)"))
        .allMatch(value -> value.contains("%q") || value.contains("%s_MEAN"));
  }

  /** As Google's list of metrics has them. */
  @Test
  void othersMetricsAreOnesThatGoogleHas() {
    assertThat(found("((?:dataflow|pubsub)\\.googleapis\\.com/\\w[\\w/]+)"))
        .containsExactlyInAnyOrder(
            "dataflow.googleapis.com/job/current_num_vcpus",
            "dataflow.googleapis.com/job/data_watermark_age",
            "dataflow.googleapis.com/job/streaming_engine/stage_end_to_end_latencies",
            "dataflow.googleapis.com/job/system_lag",
            "dataflow.googleapis.com/job/user_counter",
            "dataflow.googleapis.com/worker",
            "pubsub.googleapis.com/subscription/num_undelivered_messages",
            "pubsub.googleapis.com/subscription/oldest_unacked_message_age");
  }

  @Test
  void theDatabaseAlertLooksForWhatAWorkerLogs() throws IOException {
    Matcher looked =
        Pattern.compile("jsonPayload.message:\"([^\"]+)\"")
            .matcher(module.local("database_away_filter").toString());
    assertThat(looked.find()).isTrue();
    assertThat(transforms("postgresql/ConnectionPool"))
        .containsPattern("LOG\\.warn\\(\"" + Pattern.quote(looked.group(1)));
    assertThat(looked.find()).isTrue();
    for (String logging : List.of("postgresql/RefusedEvents", "bigquery/TableRefusals")) {
      assertThat(transforms(logging)).as(logging).contains(looked.group(1));
    }
  }

  private static String transforms(String type) throws IOException {
    return Files.readString(
        Repository.ROOT.resolve(
            "transforms/src/main/java/dev/tidegate/transforms/%s.java".formatted(type)));
  }

  /** An alert at night is as good as the page it links to. */
  @Test
  void eachAlertHasItsSectionThatSaysWhatToDo() throws IOException {
    String page = Files.readString(Repository.ALERTS_PAGE);
    Set<String> alerts = new TreeSet<>(map(module.local("threshold_alerts")).keySet());
    alerts.addAll(map(module.local("query_alerts")).keySet());
    alerts.add("database-away");

    assertThat(alerts)
        .containsExactlyInAnyOrder(
            "error-rate",
            "stage-latency",
            "system-lag",
            "dead-letters",
            "tenant-mismatch",
            "backlog-age",
            "database-away",
            "database-connections",
            "signature-failures",
            "refused-events",
            "job-not-running");
    Set<String> sections = new TreeSet<>();
    for (String section : page.split("(?m)^### ")) {
      String name = section.lines().findFirst().orElse("");
      if (alerts.contains(name)) {
        sections.add(name);
        assertThat(section)
            .as(name)
            .contains("**Symptom.**", "**Meaning.**", "**Look at**", "**Run", "**Over**");
      }
    }
    assertThat(sections).isEqualTo(alerts);
    assertThat(Files.readString(Repository.INFRASTRUCTURE_PAGE))
        .contains(alerts.stream().map("(runbooks/alerts.md#%s)"::formatted).toList());
  }

  @Test
  void eachAlertLinksToItsSection() {
    String page = map(module.variables().get("runbooks_url")).get("default").toString();
    assertThat(Repository.ROOT.resolve(page)).isEqualTo(Repository.ALERTS_PAGE).exists();
    assertThat(found("(format\\(.*var\\.runbooks_url.*)"))
        .containsExactly(
            "format(\"%s. What it means and what to run: %s#%s\","
                + " alert.title, var.runbooks_url, name),");
    assertThat(found("(content +=.*)"))
        .containsExactlyInAnyOrder(
            "content   = local.alert_documentation[each.key]",
            "content   = local.alert_documentation[\"database-away\"]");
  }

  /**
   * Dataflow gives no percentiles of a pipeline's own distributions, and maxima that never fall.
   */
  @Test
  void noAlertLooksAtADistributionOfThePipeline() throws IOException {
    assertThat(Files.readString(Repository.TERRAFORM.resolve("alert-conditions.tf")))
        .doesNotContain("local.mean");
  }

  private static Set<String> found(String pattern) {
    Set<String> found = new TreeSet<>();
    Matcher matcher = Pattern.compile(pattern).matcher(withoutComments());
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  private static String withoutComments() {
    return module.text().replaceAll("(?m)^ *#.*\n", "");
  }

  private static Set<String> namesOf(Class<? extends Metric> kind) throws IllegalAccessException {
    Set<String> names = new TreeSet<>();
    for (Field field : PipelineMetrics.class.getFields()) {
      if (Modifier.isStatic(field.getModifiers()) && kind.isAssignableFrom(field.getType())) {
        names.add(((Metric) field.get(null)).getName().getName());
      }
    }
    return names;
  }
}
