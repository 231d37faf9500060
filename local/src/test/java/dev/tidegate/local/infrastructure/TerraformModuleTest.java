package dev.tidegate.local.infrastructure;

import static dev.tidegate.local.infrastructure.TerraformModule.map;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidegate.local.infrastructure.TerraformModule.Resource;
import dev.tidegate.pipeline.EventPipelineOptions;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TerraformModuleTest {
  private static final String SUBSCRIPTION = "google_pubsub_subscription";

  private static TerraformModule module;

  @BeforeAll
  static void readModule() throws Exception {
    module = TerraformModule.read();
  }

  @Test
  void onlyFilesWithoutResourcesAreBeyondTheParser() throws IOException {
    for (String file : TerraformModule.BEYOND_THE_PARSER) {
      assertThat(Files.readString(Repository.TERRAFORM.resolve(file)))
          .as(file)
          .doesNotContainPattern("(?m)^(resource|data|variable|output|module|provider) ");
    }
  }

  @Test
  void thePipelinesSubscriptionHasNothingThatDataflowDoesNotSupport() {
    Resource subscription = module.resource(SUBSCRIPTION, "pipeline");

    assertThat(subscription.body())
        .containsEntry("message_retention_duration", "604800s")
        .containsEntry("ack_deadline_seconds", 60.0)
        .doesNotContainKeys(
            "dead_letter_policy",
            "retry_policy",
            "filter",
            "enable_exactly_once_delivery",
            "enable_message_ordering");
    assertThat(map(subscription.body().get("expiration_policy"))).containsEntry("ttl", "");
  }

  @Test
  void othersSubscriptionsAreFilteredRetriedAndDeadLettered() {
    Resource subscription = module.resource(SUBSCRIPTION, "consumer");

    assertThat(subscription.text("filter")).startsWith("local.consumer_filters");
    assertThat(map(subscription.body().get("retry_policy")))
        .containsEntry("minimum_backoff", "10s")
        .containsEntry("maximum_backoff", "600s");
    Map<String, Object> deadLetters = map(subscription.body().get("dead_letter_policy"));
    assertThat(deadLetters).containsEntry("max_delivery_attempts", 5.0);
    assertThat(String.valueOf(deadLetters.get("dead_letter_topic")))
        .startsWith("google_pubsub_topic.consumer_dead_letters");
  }

  /** Without a subscription what is published is gone. */
  @Test
  void eachTopicHasASubscription() {
    Set<String> subscribed =
        module.resources().stream()
            .filter(resource -> resource.type().equals(SUBSCRIPTION))
            .map(resource -> resource.text("topic").split("\\.")[1])
            .collect(Collectors.toSet());
    assertThat(
            module.resources().stream()
                .filter(resource -> resource.type().equals("google_pubsub_topic"))
                .map(Resource::name))
        .isNotEmpty()
        .allMatch(subscribed::contains);
  }

  @Test
  void eachTableIsPartitionedAndClusteredByColumnsOfItsSchema() throws IOException {
    Map<String, Object> tables = map(module.local("tables"));
    assertThat(tables.keySet())
        .containsExactlyInAnyOrderElementsOf(
            Repository.files(Repository.BIGQUERY, ".json").stream()
                .map(file -> file.getFileName().toString().replace(".json", ""))
                .toList());

    Map<String, List<String>> keys = new LinkedHashMap<>();
    for (Map.Entry<String, Object> table : tables.entrySet()) {
      Map<String, Object> laidOut = map(table.getValue());
      Map<String, String> types = columns(table.getKey());
      String day = (String) laidOut.get("partition_by");
      assertThat(types).containsEntry(day, "TIMESTAMP");
      List<?> clusters = (List<?>) laidOut.get("cluster_by");
      assertThat(clusters)
          .allSatisfy(column -> assertThat(types).containsEntry((String) column, "STRING"));
      keys.put(
          table.getKey(), List.of(day, clusters.get(0).toString(), clusters.get(1).toString()));
    }
    assertThat(keys)
        .containsEntry("raw_events", List.of("received_at", "tenant_id", "event_type"))
        .containsEntry("dead_letters", List.of("failed_at", "tenant_id", "error_class"))
        .containsEntry("event_outcomes", List.of("processed_at", "tenant_id", "event_type"));
  }

  private static Map<String, String> columns(String table) throws IOException {
    Map<String, String> types = new LinkedHashMap<>();
    JsonNode schema =
        new ObjectMapper().readTree(Files.readString(Repository.BIGQUERY.resolve(table + ".json")));
    schema.forEach(column -> types.put(column.get("name").asText(), column.get("type").asText()));
    return types;
  }

  @Test
  void tablesAreMadeFromTheSchemasOfThePipeline() {
    assertThat(module.text())
        .contains("file(\"${local.bigquery_path}/${each.key}.json\")")
        .contains(
            "bigquery_path = \"${path.module}/../../"
                + Repository.ROOT.relativize(Repository.BIGQUERY)
                + "\"");
  }

  @Test
  void theJobDrainsAndIsGivenNoPassword() {
    Resource job = module.resource("google_dataflow_flex_template_job", "events");

    assertThat(job.text("provider")).isEqualTo("google-beta");
    assertThat(job.body())
        .containsEntry("on_delete", "drain")
        .containsEntry("enable_streaming_engine", true);
    assertThat(module.text()).doesNotContainPattern("(?i)jdbcPassword +=");
  }

  /** The archive's and the secret's options are other parts of the same release. */
  @Test
  void theJobsParametersAreOptionsOfThePipeline() throws IOException {
    Set<String> options =
        Arrays.stream(EventPipelineOptions.class.getMethods())
            .map(method -> method.getName())
            .filter(name -> name.startsWith("get"))
            .map(name -> Character.toLowerCase(name.charAt(3)) + name.substring(4))
            .collect(Collectors.toCollection(TreeSet::new));
    String job = Files.readString(Repository.TERRAFORM.resolve("job.tf"));
    Matcher parameter =
        Pattern.compile("(?m)^ {6}(\\w+) +=").matcher(job.substring(0, job.indexOf("resource")));
    Set<String> parameters = new TreeSet<>();
    while (parameter.find()) {
      parameters.add(parameter.group(1));
    }
    assertThat(parameters).contains("inputSubscription", "jdbcUrl").isSubsetOf(options);
  }

  @Test
  void eachVariableAndOutputSaysWhatItIs() {
    assertThat(module.variables()).hasSizeGreaterThan(20);
    assertThat(module.outputs()).hasSizeGreaterThan(10);
    module
        .variables()
        .forEach(
            (name, body) -> assertThat(map(body)).as(name).containsKeys("description", "type"));
    module
        .outputs()
        .forEach(
            (name, body) -> assertThat(map(body)).as(name).containsKeys("description", "value"));
  }

  /** The pages' examples are complete, and set nothing that does not exist. */
  @ParameterizedTest
  @ValueSource(strings = {"infrastructure.md", "launching.md"})
  void theExampleSetsEachRequiredVariable(String name) throws Exception {
    String page = Files.readString(Repository.ROOT.resolve("docs").resolve(name));
    Matcher example = Pattern.compile("(?s)```hcl\n(module \"tidegate\" .*?\n\\})").matcher(page);
    assertThat(example.find()).isTrue();
    Map<String, Object> parsed =
        new com.bertramlabs.plugins.hcl4j.HCLParser().parse(example.group(1));
    Set<String> set = new TreeSet<>(map(map(parsed.get("module")).get("tidegate")).keySet());
    set.remove("source");

    assertThat(module.variables().keySet()).containsAll(set);
    module
        .variables()
        .forEach(
            (variable, body) -> {
              if (!map(body).containsKey("default")) {
                assertThat(set).contains(variable);
              }
            });
  }
}
