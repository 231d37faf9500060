package dev.tidegate.gateway.config;

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
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.schemas.MessageStamp;
import dev.tidegate.schemas.YamlDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Reads a {@link GatewayConfiguration} from a file in YAML, of which JSON is a part. The schema
 * {@code configuration.schema.json} says what may stand there, and what holds where it is left out.
 */
public final class ConfigurationFile {
  private static final YAMLMapper MAPPER =
      YAMLMapper.builder()
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

  private final YamlDocument document;
  private final ObjectNode root;
  private final SecretSource secrets;

  private ConfigurationFile(YamlDocument document, SecretSource secrets) {
    this.document = document;
    this.root = document.root();
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
    YamlDocument document = parse(file);
    document.root().setAll(MAPPER.<ObjectNode>valueToTree(instead));
    ConfigurationFile reading = new ConfigurationFile(document, new SecretSource(environment));
    return reading.read(file, environment.getOrDefault("PORT", ""));
  }

  private static YamlDocument parse(Path file) {
    try {
      return YamlDocument.parse(file.toString(), Files.readAllBytes(file));
    } catch (IllegalArgumentException unusable) {
      throw new ConfigurationException(unusable.getMessage());
    } catch (IOException unreadable) {
      throw new ConfigurationException(
          "%s cannot be read (%s)".formatted(file, unreadable.getClass().getSimpleName()));
    }
  }

  private GatewayConfiguration read(Path file, String port) {
    document.check(SCHEMA, this::tells);
    readSecrets(root, JsonPointer.empty());
    requireUnique("/webhooks", "name");
    requireUnique("/authentication/issuers", "issuer");
    requireUnique("/authentication/apiKeys", "id");
    requireUnique("/authentication/apiKeys", "sha256");
    // One thing may break several rules of the schema.
    Set<String> mistakes =
        document.mistakes().stream()
            .map(ConfigurationFile::describe)
            .collect(Collectors.toCollection(TreeSet::new));
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

  /** Puts secrets in the place of their names. */
  private void readSecrets(JsonNode node, JsonPointer at) {
    if (node instanceof ObjectNode object) {
      for (Map.Entry<String, JsonNode> member : object.properties()) {
        JsonPointer pointer = at.appendProperty(member.getKey());
        if (SECRETS.contains(member.getKey()) && member.getValue().isTextual()) {
          try {
            byte[] secret = secrets.read(member.getValue().textValue());
            requireLength(member.getKey(), secret);
            member.setValue(root.binaryNode(secret));
          } catch (IllegalArgumentException unusable) {
            document.mistake(pointer.toString(), unusable.getMessage());
          }
        }
        readSecrets(member.getValue(), pointer);
      }
    }
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      readSecrets(node.get(i), at.appendIndex(i));
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
        document.mistake("%s/%d/%s".formatted(list, i, member), "is another one's already");
      }
    }
  }

  /** Tells of a member that is missing by its own pointer, and of one of several as a whole. */
  private boolean tells(ValidationMessage found) {
    if (found.getEvaluationPath().toString().contains("/oneOf/")) {
      return true;
    }
    if (!found.getType().equals("required")) {
      return false;
    }
    document.mistake(found.getInstanceLocation() + "/" + found.getProperty(), "is missing");
    return true;
  }

  private static String describe(YamlDocument.Mistake mistake) {
    String line = mistake.line() == 0 ? "" : " (line %d)".formatted(mistake.line());
    return "%s%s: %s".formatted(mistake.pointer(), line, mistake.what());
  }

  private static final class WebhookConverter
      extends StdConverter<WebhookSection, WebhookEndpoint> {
    @Override
    public WebhookEndpoint convert(WebhookSection section) {
      return section.toEndpoint();
    }
  }
}
