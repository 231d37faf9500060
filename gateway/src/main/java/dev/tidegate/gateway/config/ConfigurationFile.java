package dev.tidegate.gateway.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.deser.std.StdDelegatingDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.StdConverter;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.networknt.schema.ApplyDefaultsStrategy;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import com.networknt.schema.serialization.node.LocationJsonNodeFactoryFactory;
import com.networknt.schema.utils.JsonNodes;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.schemas.MessageStamp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Reads a {@link GatewayConfiguration} from a file in YAML, of which JSON is a part. The schema
 * {@code configuration.schema.json} says what may stand there, and what holds where it is left out.
 */
public final class ConfigurationFile {
  private static final YAMLMapper MAPPER =
      YAMLMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .addModule(
              new SimpleModule()
                  .addDeserializer(
                      WebhookEndpoint.class,
                      new StdDelegatingDeserializer<>(new WebhookConverter())))
          .build();

  private static final JsonSchema SCHEMA =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(
              ConfigurationFile.class.getResourceAsStream(
                  "/dev/tidegate/gateway/configuration.schema.json"),
              SchemaValidatorsConfig.builder()
                  .pathType(PathType.JSON_POINTER)
                  .applyDefaultsStrategy(new ApplyDefaultsStrategy(true, true, true))
                  .build());

  /** What HS256 needs at the least (RFC 7518, section 3.2). */
  private static final int SHORTEST_KEY_BYTES = 32;

  /** The members that name a secret; see the schema's definition of that name. */
  private static final Set<String> SECRETS =
      Set.of("secret", "password", "developmentKey", "eventIdKey", "stampKey");

  private final ObjectNode root;
  private final SecretSource secrets;

  /** What is wrong, line by line: one thing may break several rules of the schema. */
  private final Set<String> mistakes = new TreeSet<>();

  private ConfigurationFile(ObjectNode root, SecretSource secrets) {
    this.root = root;
    this.secrets = secrets;
  }

  /**
   * Reads and checks {@code file}.
   *
   * @param environment {@code PORT}, if set, is the port whatever the file says, as Cloud Run tells
   *     it; secrets may be there
   * @throws ConfigurationException with every mistake in its message
   */
  public static GatewayConfiguration read(Path file, Map<String, String> environment) {
    return read(file, environment, Map.of());
  }

  /**
   * As {@link #read(Path, Map)}, with members that stand in the place of the file's.
   *
   * @param instead by their names; null leaves a member out
   */
  public static GatewayConfiguration read(
      Path file, Map<String, String> environment, Map<String, ?> instead) {
    if (!(parse(file) instanceof ObjectNode root)) {
      throw new ConfigurationException(file + " must be a mapping of names to values");
    }
    root.setAll(MAPPER.<ObjectNode>valueToTree(instead));
    ConfigurationFile reading = new ConfigurationFile(root, new SecretSource(environment));
    return reading.read(file, environment.getOrDefault("PORT", ""));
  }

  private static JsonNode parse(Path file) {
    try (JsonParser parser = MAPPER.createParser(Files.readAllBytes(file))) {
      JsonNode root =
          MAPPER
              .reader(LocationJsonNodeFactoryFactory.getInstance().getJsonNodeFactory(parser))
              .readTree(parser);
      if (parser.nextToken() != null) {
        throw new ConfigurationException(file + " must be one document");
      }
      return root;
    } catch (JsonProcessingException noYaml) {
      // Its message quotes the file, and someone may have put a secret there.
      JsonLocation at = noYaml.getLocation();
      throw new ConfigurationException(
          "%s is neither YAML nor JSON, or names something twice%s"
              .formatted(
                  file,
                  at == null
                      ? ""
                      : " near line %d, column %d".formatted(at.getLineNr(), at.getColumnNr())));
    } catch (IOException unreadable) {
      throw new ConfigurationException(
          "%s cannot be read (%s)".formatted(file, unreadable.getClass().getSimpleName()));
    }
  }

  private GatewayConfiguration read(Path file, String port) {
    removeNulls(root);
    SCHEMA.validate(root).forEach(this::add);
    readSecrets(root, "");
    requireUnique("/webhooks", "name");
    requireUnique("/authentication/issuers", "issuer");
    requireUnique("/authentication/apiKeys", "id");
    requireUnique("/authentication/apiKeys", "sha256");
    if (port.matches("[0-9]{1,5}") && Integer.parseInt(port) <= 65_535) {
      root.put("port", Integer.parseInt(port));
    } else if (!port.isEmpty()) {
      mistakes.add("the environment variable PORT: must be a port, 0 to 65535");
    }
    if (!mistakes.isEmpty()) {
      throw new ConfigurationException(
          "%s has %s:\n  %s"
              .formatted(
                  file,
                  mistakes.size() == 1 ? "a mistake" : mistakes.size() + " mistakes",
                  String.join("\n  ", mistakes)));
    }
    SCHEMA.walk(root, false);
    try {
      return MAPPER.treeToValue(root, GatewayConfiguration.class);
    } catch (JsonProcessingException unlikeTheSchema) {
      throw new IllegalStateException("the schema lets through what cannot be read");
    }
  }

  /** What is named and left empty is left out: all of a list may be commented out. */
  private static void removeNulls(JsonNode node) {
    if (node instanceof ObjectNode object) {
      object.properties().removeIf(member -> member.getValue().isNull());
    }
    node.forEach(ConfigurationFile::removeNulls);
  }

  /** Puts secrets in the place of their names. */
  private void readSecrets(JsonNode node, String at) {
    if (node instanceof ObjectNode object) {
      for (Map.Entry<String, JsonNode> member : object.properties()) {
        String pointer = at + "/" + member.getKey();
        if (SECRETS.contains(member.getKey()) && member.getValue().isTextual()) {
          try {
            byte[] secret = secrets.read(member.getValue().textValue());
            requireLength(member.getKey(), secret);
            member.setValue(root.binaryNode(secret));
          } catch (IllegalArgumentException unusable) {
            add(pointer, member.getValue(), unusable.getMessage());
          }
        }
        readSecrets(member.getValue(), pointer);
      }
    }
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      readSecrets(node.get(i), at + "/" + i);
    }
  }

  private static void requireLength(String name, byte[] secret) {
    if (name.equals("stampKey")) {
      MessageStamp.of(Secret.of(secret).text());
    } else if (name.endsWith("Key") && secret.length < SHORTEST_KEY_BYTES) {
      throw new IllegalArgumentException(
          "the secret that it names must have at least %d bytes".formatted(SHORTEST_KEY_BYTES));
    }
  }

  private void requireUnique(String list, String member) {
    Set<String> seen = new HashSet<>();
    JsonNode items = root.at(list);
    for (int i = 0; i < items.size(); i++) {
      JsonNode value = items.get(i).path(member);
      if (value.isTextual() && !seen.add(value.textValue())) {
        add("%s/%d/%s".formatted(list, i, member), value, "is another one's already");
      }
    }
  }

  /** Notes what the schema does not let through, in words that never quote it. */
  private void add(ValidationMessage found) {
    JsonNode schema =
        SCHEMA
            .getSchemaNode()
            .at(JsonPointer.compile(found.getSchemaLocation().getFragment().toString()).head());
    String at = found.getInstanceLocation().toString();
    String name = found.getProperty();
    String own = schema.path("errorMessage").asText();
    if (found.getEvaluationPath().toString().contains("/oneOf/")) {
      // That one of several must be there is told as a whole.
      return;
    }
    switch (found.getType()) {
      case "required" -> add(at + "/" + name, found.getInstanceNode(), "is missing");
      case "additionalProperties" ->
          add(
              at + JsonPointer.empty().appendProperty(name),
              found.getInstanceNode().path(name),
              "is not known" + NearestName.hint(name, schema.path("properties")));
      default -> add(at, found.getInstanceNode(), own.isEmpty() ? rule(schema) : own);
    }
  }

  private static String rule(JsonNode schema) {
    if (schema.has("enum")) {
      return "must be one of "
          + StreamSupport.stream(schema.get("enum").spliterator(), false)
              .map(JsonNode::asText)
              .collect(Collectors.joining(", "));
    }
    return switch (schema.path("type").asText()) {
      case "object" -> "must be a mapping of names to values";
      case "array" -> "must be a list";
      case "integer" ->
          "must be a whole number from %s to %s"
              .formatted(schema.get("minimum"), schema.get("maximum"));
      default -> "must be text (in quotes, where it looks like a number)";
    };
  }

  private void add(String pointer, @Nullable JsonNode node, String what) {
    JsonLocation place = node == null ? null : JsonNodes.tokenLocationOf(node);
    mistakes.add(
        "%s%s: %s"
            .formatted(
                pointer, place == null ? "" : " (line %d)".formatted(place.getLineNr()), what));
  }

  private static final class WebhookConverter
      extends StdConverter<WebhookSection, WebhookEndpoint> {
    @Override
    public WebhookEndpoint convert(WebhookSection section) {
      return section.toEndpoint();
    }
  }
}
