package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the real Terraform makes of those of the module's files that need no provider: variables and
 * their rules, filters, queries, the dashboard, the views and their order.
 */
class TerraformEvaluationTest {
  private static final List<String> WITHOUT_PROVIDERS =
      List.of(
          "variables.tf",
          "job-variables.tf",
          "alert-variables.tf",
          "release-variables.tf",
          "names.tf",
          "consumer-filters.tf",
          "metric-names.tf",
          "metric-queries.tf",
          "alert-conditions.tf",
          "dashboard-charts.tf",
          "view-definitions.tf");

  private static final String OUTPUTS =
      """
      output "filters" { value = local.consumer_filters }
      output "consumers" { value = local.consumers }
      output "domain_parameters" { value = local.domain_parameters }
      output "domain_publishers" { value = local.domain_publishers }
      output "members" { value = local.consumer_members }
      output "alerts" { value = merge(local.query_alerts, local.threshold_alerts) }
      output "alert_documentation" { value = local.alert_documentation }
      output "signature_failures" { value = local.signature_failure_filter }
      output "refused_events" { value = local.refused_event_filter }
      output "growth" { value = local.growth }
      output "dashboard" { value = jsonencode(local.dashboard) }
      output "view_queries" { value = local.view_queries }
      output "view_descriptions" { value = local.view_descriptions }
      output "view_levels" {
        value = [keys(local.views_of_tables), keys(local.views_of_views), keys(local.views_above)]
      }
      output "cloud_sql" { value = [local.cloud_sql_project, local.cloud_sql_name] }
      """;

  private static final List<String> VARIABLES =
      List.of(
          "project=my-project",
          "region=europe-west1",
          "jdbc_url=jdbc:postgresql://host/tidegate",
          "jdbc_username=tidegate",
          "cloud_sql_instance=example.com:my-project:europe-west1:database",
          "consumers={billing={tenant_id=\"acme\",event_type_prefix=\"container.\","
              + "members=[\"user:a@b.c\"]},audit={tenant_id=\"other\"}}",
          "domains={documents={event_types=[\"document.ingested\",\"document.up*\"],"
              + "publishers=[\"user:p@b.c\"],"
              + "tenants={acme={members=[\"user:d@b.c\"]},globex={}}},"
              + "users={tenants={acme={}}}}");

  private static final String VIEW =
      "-- What it is, in\n-- two lines.\nCREATE OR REPLACE VIEW ${dataset}.%s AS\n%s\n";

  @TempDir static Path root;

  private static Command terraform;
  private static JsonNode outputs;

  @BeforeAll
  static void evaluate() throws IOException {
    Command.assumeInstalled("terraform");
    Path module = Files.createDirectories(root.resolve("templates/terraform"));
    for (String file : WITHOUT_PROVIDERS) {
      Files.copy(Repository.TERRAFORM.resolve(file), module.resolve(file));
    }
    Files.writeString(module.resolve("test-outputs.tf"), OUTPUTS);
    Path views =
        Files.createDirectories(
            root.resolve(Repository.ROOT.relativize(Repository.BIGQUERY)).resolve("views"));
    view(views, "top", "SELECT * FROM ${dataset}.middle");
    view(views, "middle", "SELECT * FROM ${dataset}.low JOIN ${dataset}.raw_events USING (id);");
    view(views, "low", "SELECT * FROM ${dataset}.raw_events");
    terraform =
        Command.in(module).with("TF_CLI_CONFIG_FILE", empty()).with("TF_IN_AUTOMATION", "1");

    assertThat(terraform.run(List.of("terraform", "init", "-no-color"))).matches(isWell());
    assertThat(terraform.run(words("apply", "-auto-approve", VARIABLES))).matches(isWell());
    outputs =
        new ObjectMapper()
            .readTree(terraform.run(List.of("terraform", "output", "-json")).output());
  }

  private static java.util.function.Predicate<Command.Result> isWell() {
    return result -> result.exitCode() == 0;
  }

  private static void view(Path folder, String name, String query) throws IOException {
    Files.writeString(folder.resolve(name + ".sql"), VIEW.formatted(name, query));
  }

  private static String empty() throws IOException {
    return Files.createFile(root.resolve("empty.tfrc")).toString();
  }

  private static List<String> words(String command, String option, List<String> variables) {
    List<String> words = new ArrayList<>(List.of("terraform", command, "-no-color", option));
    variables.forEach(variable -> words.addAll(List.of("-var", variable)));
    return words;
  }

  private static JsonNode output(String name) {
    return outputs.get(name).get("value");
  }

  @Test
  void filesAreFormatted() {
    Command.Result result =
        Command.in(Repository.TERRAFORM)
            .with("TF_CLI_CONFIG_FILE", root.resolve("empty.tfrc").toString())
            .run(List.of("terraform", "fmt", "-check", "-diff", "-recursive", "-no-color"));
    assertThat(result.output()).isEmpty();
    assertThat(result.exitCode()).isZero();
  }

  @Test
  void consumersGetTheirTenantsEvents() {
    assertThat(output("filters").get("billing").asText())
        .isEqualTo(
            "attributes.tenant_id = \"acme\" AND hasPrefix(attributes.event_type, \"container.\")");
    assertThat(output("filters").get("audit").asText())
        .isEqualTo("attributes.tenant_id = \"other\"");
    assertThat(output("members")).hasSize(2);
    assertThat(output("members").get("billing user:a@b.c").get("consumer").asText())
        .isEqualTo("billing");
  }

  /** Adding a tenant is adding it to the one list. */
  @Test
  void eachTenantOfADomainHasASubscriptionToItsEventsOfThatDomain() {
    assertThat(output("consumers").properties().stream().map(Map.Entry::getKey))
        .containsExactlyInAnyOrder(
            "billing", "audit", "documents/acme", "documents/globex", "users/acme");
    JsonNode acme = output("consumers").get("documents/acme");
    assertThat(acme.get("name").asText()).isEqualTo("tidegate-domain-documents-tenant-acme");
    assertThat(acme.get("topic").asText())
        .isEqualTo("projects/my-project/topics/tidegate-domain-documents");
    assertThat(output("filters").get("documents/acme").asText())
        .isEqualTo(
            "attributes.tenant_id = \"acme\" AND (attributes.event_type = \"document.ingested\" OR"
                + " hasPrefix(attributes.event_type, \"document.up\"))");
    assertThat(output("filters").get("users/acme").asText())
        .isEqualTo("attributes.tenant_id = \"acme\"");
    assertThat(output("members").get("documents/acme user:d@b.c").get("consumer").asText())
        .isEqualTo("documents/acme");
    assertThat(output("domain_publishers").get("documents user:p@b.c").get("domain").asText())
        .isEqualTo("documents");
    assertThat(output("domain_parameters").get("documents").get("tenants").asText())
        .isEqualTo("acme,globex");
    assertThat(output("domain_parameters").get("documents").get("inputSubscription").asText())
        .isEqualTo("projects/my-project/subscriptions/tidegate-domain-documents");
  }

  @Test
  void theErrorRateIsARatio() {
    String dead = output("growth").get("10m").get("events_dead_lettered").asText();
    String read = output("growth").get("10m").get("events_read").asText();

    assertThat(alert("error-rate", "query"))
        .isEqualTo("(%s / %s > 0.05) and (%s >= 100)".formatted(dead, read, read));
    assertThat(alert("error-rate", "title")).startsWith("More than 5 % of events");
    assertThat(alert("dead-letters", "query"))
        .endsWith(" offset 1h) or (" + counter("events_dead_lettered") + " * 0))) > 100");
  }

  /**
   * A counter that begins within the window counts from 0: increase() would leave its start out.
   */
  @Test
  void whatWasCountedIsTheDifferenceToTheWindowsBeginning() {
    String counter = counter("sql_retries");
    assertThat(output("growth").get("10m").get("sql_retries").asText())
        .isEqualTo("sum(%s - ((%s offset 10m) or (%s * 0)))".formatted(counter, counter, counter));
  }

  private static String counter(String name) {
    return "{\"__name__\"=\"dataflow.googleapis.com/job/user_counter\","
        + " \"monitored_resource\"=\"dataflow_job\", \"job_name\"=\"tidegate-events\","
        + " \"metric_name\"=\""
        + name
        + "\"}";
  }

  private static String alert(String name, String attribute) {
    return output("alerts").get(name).get(attribute).asText();
  }

  @Test
  void badSignaturesAndRefusedEventsAreCountedFromTheGatewaysLog() {
    assertThat(output("alerts")).hasSize(10);
    assertThat(output("signature_failures").asText())
        .isEqualTo(
            "resource.type=\"cloud_run_revision\" AND jsonPayload.event=\"webhook_rejected\""
                + " AND jsonPayload.reason=\"signature\"");
    assertThat(output("refused_events").asText())
        .isEqualTo("resource.type=\"cloud_run_revision\" AND jsonPayload.event=\"event_refused\"");
    assertThat(alert("refused-events", "query"))
        .isEqualTo(
            "sum(increase({\"__name__\"=\"logging.googleapis.com/user/tidegate-refused-events\","
                + " \"monitored_resource\"=\"cloud_run_revision\"}[1h])) > 0");
    assertThat(alert("signature-failures", "query"))
        .isEqualTo(
            "sum(increase({\"__name__\"=\"logging.googleapis.com/user/tidegate-signature-failures\","
                + " \"monitored_resource\"=\"cloud_run_revision\"}[10m])) > 20");
  }

  @Test
  void anAlertTellsWhatToDoAndWhereToLook() throws IOException {
    assertThat(output("alert_documentation")).hasSize(11);
    assertThat(output("alert_documentation").get("dead-letters").asText())
        .isEqualTo(
            "More than 100 dead letters within an hour. What it means and what to run:"
                + " docs/runbooks/alerts.md#dead-letters");
    List<String> variables = new ArrayList<>(VARIABLES);
    variables.add("console_url=https://tidegate.example.com/console");
    variables.add("runbooks_url=https://example.com/alerts.md");
    Command.Result result = terraform.run(words("plan", "-input=false", variables));
    assertThat(result.exitCode()).isZero();
    List<String> lines = result.output().lines().map(String::strip).toList();
    for (String alert : List.of("dead-letters issues", "database-away health", "system-lag ")) {
      String[] words = alert.split(" ", 2);
      assertThat(lines)
          .anyMatch(line -> line.endsWith("https://example.com/alerts.md#" + words[0]))
          .anyMatch(line -> line.endsWith("https://tidegate.example.com/console/" + words[1]));
    }
  }

  @Test
  void anotherCounterOfBadSignaturesCanBeNamed() {
    String selector = "tidegate_events_rejected_total{reason=\"signature\"}";
    List<String> variables = new ArrayList<>(VARIABLES);
    variables.add("signature_failure_selector=" + selector);
    Command.Result result = terraform.run(words("plan", "-input=false", variables));
    assertThat(result.exitCode()).isZero();
    assertThat(result.output().replace("\\\"", "\""))
        .contains("sum(increase(" + selector + "[10m])) > 20");
  }

  @Test
  void theDashboardsTilesDoNotOverlap() throws IOException {
    JsonNode layout = new ObjectMapper().readTree(output("dashboard").asText()).get("mosaicLayout");
    List<String> places = new ArrayList<>();
    layout
        .get("tiles")
        .forEach(
            tile -> {
              assertThat(tile.get("xPos").asInt() + tile.get("width").asInt())
                  .isLessThanOrEqualTo(48);
              places.add(tile.get("xPos") + "," + tile.get("yPos"));
              assertThat(tile.at("/widget/xyChart/dataSets")).isNotEmpty();
              tile.at("/widget/xyChart/dataSets")
                  .forEach(
                      line ->
                          assertThat(line.at("/timeSeriesQuery/prometheusQuery").asText())
                              .contains("__name__"));
            });
    assertThat(places).hasSizeGreaterThan(8).doesNotHaveDuplicates();
  }

  @Test
  void viewsAreMadeAfterThoseTheyUse() {
    assertThat(output("view_levels").toString()).isEqualTo("[[\"low\"],[\"middle\"],[\"top\"]]");
  }

  @Test
  void aViewsQueryNamesTheDataset() {
    assertThat(output("view_queries").get("middle").asText())
        .isEqualTo(
            "SELECT * FROM `my-project.tidegate.low` JOIN `my-project.tidegate.raw_events` USING (id)");
    assertThat(output("view_descriptions").get("middle").asText())
        .isEqualTo("What it is, in two lines.");
  }

  @Test
  void theProjectOfADomainHasAColon() {
    assertThat(output("cloud_sql").toString())
        .isEqualTo("[\"example.com:my-project\",\"database\"]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "project=My Project | The project is a project ID",
        "region=europe-west1-b | The region is the name of a region",
        "name=x | The name has 3 to 21",
        "jdbc_url=jdbc:mysql://host/d | The JDBC URL begins with jdbc:postgresql:",
        "jdbc_url=jdbc:postgresql://h/d?password=p | The JDBC URL begins with jdbc:postgresql:",
        "cloud_sql_instance=database | The Cloud SQL instance is PROJECT:REGION:INSTANCE",
        "archive_method=FILES | The archive's method is",
        "streaming_template=template.json | The template is a file in Cloud Storage",
        "pipeline_parameters={jdbcPassword=\"x\"} | A password is never a parameter",
        "pipeline_parameters={jdbcUrl=\"x\"} | This module sets inputSubscription",
        "num_workers=9 | The job starts with at least 1 worker",
        "table_expiry_days={raw_events=1} | Each expiry is a whole number of days",
        "dataset_id=a-b | A dataset's ID has letters",
        "alert_thresholds={error_rate=5} | The error rate is a part of 1",
        "consumers={a={tenant_id=\"x\\\" OR \\\"y\"}} | A consumer's tenant_id",
        "topic_retention_hours=1000 | A topic keeps events for 1 to 744 hours",
        "webhook_secrets=[\"Terminal 49\"] | The name of a webhook's secret",
        "console_url=tidegate.example.com/console | The console's address begins with https://",
        "console_url=https://tidegate.example.com/console/ | The console's address begins with",
        "gateway_resource_type=Cloud Run | The gateway's resource type is one of Cloud Logging",
        "signature_failure_selector=rate(x[5m]) | The selector is a metric's name with labels",
        "github_repository=tidegate | The repository is OWNER/NAME",
        "github_environment=a:b | The environment's name has letters",
        "domains={Docs={tenants={}}} | A domain's name has lower-case letters",
        "domains={docs={tenants={\"x y\"={}}}} | A domain's tenants and event_types",
        "domains={docs={tenants={x={}},event_types=[\"a\\\" OR \\\"b\"]}} | A domain's tenants and",
        "domains={docs={tenants={x={}},event_types=[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\",\"ccccccccccccccccccccccccccccccccc\"]}} | A domain's event_types are too many",
        "consumers={A={tenant_id=\"x\"}} | A consumer's name has lower-case letters"
      })
  void aMistakeIsToldBeforeAnythingIsMade(String variable, String message) {
    List<String> variables = new ArrayList<>(VARIABLES);
    variables.add(variable);
    Command.Result result = terraform.run(words("plan", "-input=false", variables));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors().replaceAll("\\s*[│╷╵]\\s*|\\s+", " ")).contains(message);
  }
}
