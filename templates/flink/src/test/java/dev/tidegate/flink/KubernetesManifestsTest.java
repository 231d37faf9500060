package dev.tidegate.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.tidegate.pipeline.EventPipelineConfiguration;
import dev.tidegate.pipeline.EventPipelineOptions;
import dev.tidegate.testing.Repository;
import dev.tidegate.transforms.Batching;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.beam.runners.flink.FlinkPipelineOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is in {@code kubernetes/}, held to what will read it. */
class KubernetesManifestsTest {
  private static final Path FOLDER = Repository.KUBERNETES;
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  /** The operator's own description of its resource. */
  private static final String SCHEMA = "/META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml";

  private static JsonNode deployment;

  @BeforeAll
  static void read() throws IOException {
    deployment = documents("flink-deployment.yaml").get(0);
  }

  @Test
  void theDeploymentIsWhatTheOperatorTakes() throws IOException {
    assertThat(mistakesIn(deployment)).isEmpty();
    ObjectNode misspelt = deployment.deepCopy();
    ((ObjectNode) misspelt.path("spec").path("job")).put("upgradeMod", "savepoint");
    assertThat(mistakesIn(misspelt)).hasSize(1);
  }

  @Test
  void everySettingIsOneOfFlinks() {
    deployment
        .at("/spec/flinkConfiguration")
        .fields()
        .forEachRemaining(
            setting ->
                assertThatCode(
                        () -> FlinkSettings.check(setting.getKey(), setting.getValue().asText()))
                    .as(setting.getKey())
                    .doesNotThrowAnyException());
    assertThatThrownBy(() -> FlinkSettings.check("state.backend.typ", "rocksdb"))
        .hasMessageContaining("no setting");
    assertThatThrownBy(() -> FlinkSettings.check("heartbeat.timeout", "20 s"))
        .hasMessageContaining("Could not parse");
  }

  @Test
  void everySettingOfTheClusterOnThisMachineIsOneOfFlinks() throws IOException {
    List<String> settings =
        Files.readString(Repository.ROOT.resolve("scripts/flink-configuration.bash"))
            .replaceAll("(?s).*?\n  cat <<END\n(.*?)\nEND\n.*", "$1")
            .replaceAll("\\$[a-z_]+", "1")
            .lines()
            .toList();
    assertThat(settings).hasSizeGreaterThan(30);
    assertThat(settings)
        .allSatisfy(
            line -> {
              String[] setting = line.split(": ", 2);
              FlinkSettings.check(setting[0], setting[1]);
            });
  }

  @Test
  void everyArgumentIsAnOptionAndTogetherTheyAreAllThatIsNeeded() {
    String[] arguments =
        StreamSupport.stream(deployment.at("/spec/job/args").spliterator(), false)
            .map(JsonNode::asText)
            .toArray(String[]::new);
    EventPipelineOptions options =
        PipelineOptionsFactory.fromArgs(arguments).withValidation().as(EventPipelineOptions.class);
    assertThat(EventPipelineConfiguration.of(options).sink().batching().mode())
        .as("Flink's bundles are batches, without being told")
        .isEqualTo(Batching.Mode.BUNDLES);
    assertThat(options.as(FlinkPipelineOptions.class).getFinishBundleBeforeCheckpointing())
        .as("dead letters do not wait in state")
        .isTrue();
  }

  @Test
  void thePasswordComesFromASecret() {
    JsonNode variable = deployment.at("/spec/podTemplate/spec/containers/0/env/0");
    assertThat(variable.path("name").asText()).isEqualTo("TIDEGATE_JDBC_PASSWORD");
    assertThat(variable.has("value")).isFalse();
    assertThat(variable.at("/valueFrom/secretKeyRef/key").asText()).isEqualTo("password");
  }

  @Test
  void theKeyOfStampsComesFromASecret() {
    JsonNode variable = deployment.at("/spec/podTemplate/spec/containers/0/env/1");
    assertThat(variable.path("name").asText()).isEqualTo("TIDEGATE_STAMP_KEY");
    assertThat(variable.has("value")).isFalse();
    assertThat(variable.at("/valueFrom/secretKeyRef/name").asText()).isEqualTo("tidegate-stamp");
  }

  @Test
  void theCheckpointTimeoutOutlastsTheRetriesAndTheRestartsNeverEnd() {
    JsonNode settings = deployment.at("/spec/flinkConfiguration");
    assertThat(settings.path("execution.checkpointing.timeout").asText()).isEqualTo("10 min");
    assertThat(
            settings
                .path("restart-strategy.exponential-delay.attempts-before-reset-backoff")
                .asInt())
        .isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void theImageIsOfTheSameFlinkAndHoldsTheJarWhereTheDeploymentLooks() throws IOException {
    String dockerfile = Files.readString(FOLDER.resolve("Dockerfile"));
    String version = EnvironmentInformation.getVersion();
    assertThat(dockerfile).contains("FROM flink:" + version + "-").contains("-java17\n");
    assertThat(dockerfile)
        .contains("USER " + deployment.at("/spec/podTemplate/spec/securityContext/runAsUser"));
    assertThat(dockerfile)
        .contains(deployment.at("/spec/job/jarURI").asText().replace("local://", " "));
    assertThat(deployment.at("/spec/flinkVersion").asText())
        .isEqualTo("v" + version.replaceFirst("\\.[0-9]+$", "").replace('.', '_'));
  }

  @Test
  void theOtherManifestsNameWhatTheDeploymentCreates() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).toList()) {
        assertThat(documents(file.getFileName().toString()))
            .as(file.toString())
            .allSatisfy(
                document -> {
                  assertThat(document.path("apiVersion").asText()).isNotEmpty();
                  assertThat(document.path("kind").asText()).isNotEmpty();
                  assertThat(document.at("/metadata/name").asText()).startsWith("tidegate-events");
                });
      }
    }
    String name = deployment.at("/metadata/name").asText();
    assertThat(documents("access.yaml").get(0).at("/metadata/name"))
        .isEqualTo(deployment.at("/spec/serviceAccount"));
    assertThat(documents("disruption.yaml").get(0).at("/spec/selector/matchLabels/app").asText())
        .isEqualTo(name);
    JsonNode monitor = documents("monitoring.yaml").get(0);
    assertThat(monitor.at("/spec/selector/matchLabels/app").asText()).isEqualTo(name);
    assertThat(monitor.at("/spec/podMetricsEndpoints/0/port"))
        .isEqualTo(deployment.at("/spec/podTemplate/spec/containers/0/ports/0/name"));
    assertThat(deployment.at("/spec/podTemplate/spec/containers/0/ports/0/containerPort").asText())
        .isEqualTo(
            deployment.at("/spec/flinkConfiguration").path("metrics.reporter.prom.port").asText());
  }

  private static List<String> mistakesIn(JsonNode resource) throws IOException {
    try (InputStream definition = KubernetesManifestsTest.class.getResourceAsStream(SCHEMA)) {
      JsonNode version = YAML.readTree(definition).at("/spec/versions/0");
      assertThat(resource.path("apiVersion").asText())
          .isEqualTo("flink.apache.org/" + version.path("name").asText());
      JsonNode schema = version.at("/schema/openAPIV3Schema/properties/spec");
      refuseTheUnknown(schema);
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(schema)
          .validate(resource.path("spec"))
          .stream()
          .map(Object::toString)
          .toList();
    }
  }

  /** Kubernetes drops properties that it does not know, silently. */
  private static void refuseTheUnknown(JsonNode schema) {
    if (schema.has("properties")
        && !schema.has("additionalProperties")
        && !schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
      ((ObjectNode) schema).put("additionalProperties", false);
    }
    schema.forEach(KubernetesManifestsTest::refuseTheUnknown);
  }

  private static List<JsonNode> documents(String file) throws IOException {
    try (MappingIterator<JsonNode> documents =
        YAML.readerFor(JsonNode.class).readValues(FOLDER.resolve(file).toFile())) {
      return new ArrayList<>(documents.readAll());
    }
  }
}
