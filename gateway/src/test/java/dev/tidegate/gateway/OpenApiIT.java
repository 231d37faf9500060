package dev.tidegate.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import dev.tidegate.gateway.auth.AuthenticationConfiguration;
import dev.tidegate.gateway.config.GatewayConfiguration;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.events.EventLimits;
import dev.tidegate.gateway.http.RoutePattern;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.schemas.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The OpenAPI document, as an assembled gateway serves it, against what the gateway answers to. */
class OpenApiIT {
  private static final Set<String> METHODS =
      Set.of("get", "put", "post", "delete", "options", "head", "patch", "trace");

  private static final Pattern VARIABLE = Pattern.compile("\\{([^}]+)}");

  private static Gateway gateway;
  private static JsonNode document;

  @BeforeAll
  static void start() throws Exception {
    gateway =
        Gateway.start(
            new GatewayConfiguration(
                "127.0.0.1",
                0,
                new PubsubConfiguration("local-dev", "events", Optional.of("localhost:1")),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                new AuthenticationConfiguration(List.of(), List.of(), Optional.empty()),
                EventLimits.STANDARD,
                Secret.of("0123456789abcdef0123456789abcdef"),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty()),
            new GatewayMetrics(),
            Extensions.NONE);
    document = Json.parse(get("/openapi.json").content().array());
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void itTellsOfExactlyWhatIsServed() {
    Set<String> served = new TreeSet<>();
    gateway
        .routes()
        .forEach(
            route ->
                route
                    .methods()
                    .forEach(method -> served.add(method + " " + RoutePattern.of(route))));
    Set<String> told = new TreeSet<>();
    operations().forEach((operation, node) -> told.add(operation));
    assertThat(told).isEqualTo(served);
  }

  @Test
  void everyOperationHasAnIdItsParametersAndItsProblems() {
    List<String> ids = new ArrayList<>();
    operations()
        .forEach(
            (operation, node) -> {
              ids.add(node.path("operationId").asText());
              assertThat(node.path("operationId").asText()).as(operation).isNotEmpty();
              assertThat(node.path("summary").asText()).as(operation).isNotEmpty();
              assertThat(node.path("responses").toString()).as(operation).contains("Problem");
              Matcher variables = VARIABLE.matcher(operation);
              while (variables.find()) {
                assertThat(node.path("parameters").toString())
                    .as(operation)
                    .contains("\"name\":\"" + variables.group(1) + "\"");
              }
            });
    assertThat(ids).doesNotHaveDuplicates();
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    document
        .findValuesAsText("$ref")
        .forEach(
            reference -> {
              assertThat(reference).startsWith("#/");
              assertThat(document.at(reference.substring(1)).isMissingNode())
                  .as(reference)
                  .isFalse();
            });
  }

  /** The official schema: with the dialect's, it checks the schemas in the document as well. */
  @Test
  void itIsOpenApi31ByItsOwnSchema() {
    JsonSchema openApi31 =
        JsonSchemaFactory.getInstance(
                SpecVersion.VersionFlag.V202012,
                factory ->
                    factory.schemaMappers(
                        mappers ->
                            mappers.mapPrefix(
                                "https://spec.openapis.org", "classpath:spec.openapis.org")))
            .getSchema(
                SchemaLocation.of("https://spec.openapis.org/oas/3.1/schema-base/2022-10-07"));
    assertThat(document.path("openapi").asText()).isEqualTo("3.1.0");
    assertThat(openApi31.validate(document)).isEmpty();

    ObjectNode broken = document.deepCopy();
    ((ObjectNode) broken.at("/paths/~1livez/get")).put("responses", "none");
    ((ObjectNode) broken.at("/components/schemas/Health")).put("type", "record");
    assertThat(openApi31.validate(broken))
        .extracting(mistake -> mistake.getInstanceLocation().toString())
        .contains("$.paths./livez.get.responses", "$.components.schemas.Health.type");
  }

  @Test
  void theYamlIsTheSame() throws Exception {
    JsonNode yaml = new YAMLMapper().readTree(get("/openapi.yaml").contentUtf8());
    // Written and read again: the two formats' parsers choose other types for the same numbers.
    assertThat(Json.parse(Json.write(yaml).getBytes(UTF_8))).isEqualTo(document);
  }

  private static Map<String, JsonNode> operations() {
    Map<String, JsonNode> operations = new TreeMap<>();
    document
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        entry -> {
                          if (METHODS.contains(entry.getKey())) {
                            operations.put(
                                entry.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                                entry.getValue());
                          }
                        }));
    return operations;
  }

  private static AggregatedHttpResponse get(String path) {
    return WebClient.of("http://127.0.0.1:" + gateway.port()).get(path).aggregate().join();
  }
}
