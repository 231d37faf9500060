package dev.tidegate.gateway.config;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.deser.std.StdDelegatingDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.databind.util.StdConverter;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.google.common.base.CaseFormat;
import com.networknt.schema.ApplyDefaultsStrategy;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import dev.tidegate.schemas.MessageStamp;
import dev.tidegate.schemas.Place;
import dev.tidegate.schemas.SourceFile;
import dev.tidegate.schemas.YamlDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.checkerframework.checker.nullness.qual.Nullable;

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

  /** The shortest key for HS256 (RFC 7518, section 3.2). */
  private static final int SHORTEST_KEY_BYTES = 32;

  /** The members that name a secret; see the schema's definition of that name. */
  private static final Set<String> SECRETS =
      Set.of(
          "secret",
          "password",
          "developmentKey",
          "eventIdKey",
          "stampKey",
          "sessionKeys",
          "clientSecret");

  /** Members of a source's webhook that the configuration writes as constants. */
  private static final Set<String> CONSTANTS = Set.of("scheme", "algorithm", "encoding");

  private final YamlDocument document;
  private final ObjectNode root;
  private final SecretSource secrets;
  private final Function<SourceFile, @Nullable TenantSecret> secretsOtherwise;
  private final List<SourceFile> sources = new ArrayList<>();
  private final List<ObjectNode> sections = new ArrayList<>();

  private ConfigurationFile(
      YamlDocument document,
      SecretSource secrets,
      Function<SourceFile, @Nullable TenantSecret> secretsOtherwise) {
    this.document = document;
    this.root = document.root();
    this.secrets = secrets;
    this.secretsOtherwise = secretsOtherwise;
  }

  /**
   * Reads and checks {@code file}.
   *
   * @param environment {@code PORT}, if set, is the port whatever the file says, as Cloud Run tells
   *     it; secrets may be there
   * @throws ConfigurationException with every mistake in its message
   */
  public static GatewayConfiguration read(Path file, Map<String, String> environment) {
    return read(file, environment, Map.of(), source -> null);
  }

  /**
   * As {@link #read(Path, Map)}, with members that stand in the place of the file's.
   *
   * @param instead by their names; null leaves a member out
   * @param secretsOtherwise the secret of a source's webhooks where neither the configuration nor
   *     the source's file names one; null for none
   */
  public static GatewayConfiguration read(
      Path file,
      Map<String, String> environment,
      Map<String, ?> instead,
      Function<SourceFile, @Nullable TenantSecret> secretsOtherwise) {
    byte[] text;
    try {
      text = Files.readAllBytes(file);
    } catch (IOException unreadable) {
      throw new ConfigurationException(
          "%s cannot be read (%s)".formatted(file, unreadable.getClass().getSimpleName()));
    }
    return read(file.toString(), text, environment, instead, secretsOtherwise);
  }

  /**
   * As above, without a file.
   *
   * @param name of what tells the members, for messages
   * @param members by their names; null leaves one out
   */
  public static GatewayConfiguration read(
      String name,
      Map<String, ?> members,
      Map<String, String> environment,
      Function<SourceFile, @Nullable TenantSecret> secretsOtherwise) {
    byte[] nothing = "{}".getBytes(StandardCharsets.UTF_8);
    return read(name, nothing, environment, members, secretsOtherwise);
  }

  private static GatewayConfiguration read(
      String name,
      byte[] text,
      Map<String, String> environment,
      Map<String, ?> instead,
      Function<SourceFile, @Nullable TenantSecret> secretsOtherwise) {
    YamlDocument document;
    try {
      document = YamlDocument.parse(name, text);
    } catch (IllegalArgumentException unusable) {
      throw new ConfigurationException(unusable.getMessage());
    }
    document.root().setAll(MAPPER.<ObjectNode>valueToTree(instead));
    SecretSource secrets = new SecretSource(environment);
    return new ConfigurationFile(document, secrets, secretsOtherwise)
        .read(name, environment.getOrDefault("PORT", ""));
  }

  private GatewayConfiguration read(String file, String port) {
    document.check(SCHEMA, this::tells);
    readSecrets(root, JsonPointer.empty(), document);
    requireUnique("/webhooks", "name");
    requireUnique("/authentication/issuers", "issuer");
    requireUnique("/authentication/apiKeys", "id");
    requireUnique("/authentication/apiKeys", "sha256");
    requireUnique("/relay/tables", "name");
    if (root.path("relay").isObject() && !root.path("database").isObject()) {
      document.mistake("/relay", "needs the database, whose outbox it publishes");
    }
    List<String> mistakesOfSources = readSources();
    // One thing may break several rules of the schema.
    Set<String> mistakes =
        document.mistakes().stream()
            .map(ConfigurationFile::describe)
            .collect(Collectors.toCollection(TreeSet::new));
    mistakes.addAll(mistakesOfSources);
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
    root.withArray("webhooks").addAll(sections);
    root.withArray("webhooks").forEach(webhook -> WebhookSection.addPreset((ObjectNode) webhook));
    SCHEMA.walk(root, false);
    root.remove("sourceSecrets");
    sources.forEach(root.putArray("sources")::addPOJO);
    try {
      return MAPPER.treeToValue(root, GatewayConfiguration.class);
    } catch (JsonProcessingException unlikeTheSchema) {
      throw new IllegalStateException("the schema lets through what cannot be read");
    }
  }

  /** Reads the files of sources; the webhook of each becomes one of the configuration's. */
  private List<String> readSources() {
    Map<String, byte[]> texts = new TreeMap<>();
    JsonNode places = root.path("sources");
    for (int i = 0; i < places.size(); i++) {
      try {
        texts.putAll(SourceFile.texts(List.of(places.get(i).asText())));
      } catch (IllegalArgumentException notThere) {
        document.mistake("/sources/" + i, notThere.getMessage());
      }
    }
    List<String> mistakes = new ArrayList<>();
    texts.forEach(
        (name, text) -> {
          try {
            YamlDocument file = YamlDocument.parse(name, text);
            SourceFile source = SourceFile.read(file);
            if (source != null) {
              add(source, file);
            }
            mistakes.addAll(file.report());
          } catch (IllegalArgumentException noYaml) {
            mistakes.add(noYaml.getMessage());
          }
        });
    List<String> names = sources.stream().map(SourceFile::source).toList();
    root.path("sourceSecrets")
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!names.contains(name)) {
                document.mistake(
                    JsonPointer.compile("/sourceSecrets").appendProperty(name).toString(),
                    "is not one of the sources" + YamlDocument.nearest(name, names));
              }
            });
    return mistakes;
  }

  private void add(SourceFile source, YamlDocument file) {
    String name = source.source();
    if (sources.stream().anyMatch(other -> other.source().equals(name))) {
      file.mistake("/source", "is used twice");
    }
    sources.add(source);
    Set<String> given = new HashSet<>(root.path("webhooks").findValuesAsText("name"));
    if (source.webhook() == null || given.contains(name)) {
      return;
    }
    ObjectNode section = root.objectNode();
    for (Map.Entry<String, JsonNode> member : source.webhook().properties()) {
      boolean isConstant = CONSTANTS.contains(member.getKey());
      section.set(
          CaseFormat.LOWER_UNDERSCORE.to(CaseFormat.LOWER_CAMEL, member.getKey()),
          isConstant
              ? TextNode.valueOf(
                  member.getValue().asText().toUpperCase(Locale.ROOT).replace('-', '_'))
              : member.getValue());
    }
    section.put("name", name).put("source", name);
    putPlace(section, "notificationId", source.event().id());
    putPlace(section, "eventType", source.event().type());
    SourceFile.headersIn(file).forEach(section.withArray("keepHeaders")::add);
    section.set("secrets", secretsOf(source, file));
    for (String tenant : section.path("secrets").findValuesAsText("tenant")) {
      if (!source.takes(tenant)) {
        file.mistake("/tenants", "must name every tenant that has a secret");
      }
    }
    sections.add(section);
  }

  private JsonNode secretsOf(SourceFile source, YamlDocument file) {
    JsonNode given = root.path("sourceSecrets").path(source.source());
    if (!given.isEmpty()) {
      return given;
    }
    JsonNode own = source.webhook().path("secrets");
    readSecrets(own, JsonPointer.compile("/webhook/secrets"), file);
    TenantSecret otherwise = own.isEmpty() ? secretsOtherwise.apply(source) : null;
    if (otherwise != null) {
      ObjectNode secret = root.objectNode().put("tenant", otherwise.tenant());
      return root.arrayNode().add(secret.put("secret", otherwise.secret().bytes()));
    }
    if (own.isEmpty()) {
      file.mistake("/webhook", "needs secrets, here or in the sourceSecrets of the gateway");
    }
    return own;
  }

  private static void putPlace(ObjectNode section, String member, @Nullable Place place) {
    if (place != null && place.isInBody()) {
      section.put(member + "Pointer", place.pointer().toString());
    } else if (place != null && place.isHeader()) {
      section.put(member + "Header", place.header());
    }
  }

  /** Puts secrets in the place of their names. */
  private void readSecrets(JsonNode node, JsonPointer at, YamlDocument file) {
    if (node instanceof ObjectNode object) {
      for (Map.Entry<String, JsonNode> member : object.properties()) {
        JsonPointer pointer = at.appendProperty(member.getKey());
        if (SECRETS.contains(member.getKey()) && member.getValue().isTextual()) {
          member.setValue(readSecret(member.getKey(), member.getValue(), pointer, file));
        }
        if (SECRETS.contains(member.getKey()) && member.getValue() instanceof ArrayNode list) {
          for (int i = 0; i < list.size(); i++) {
            list.set(i, readSecret(member.getKey(), list.get(i), pointer.appendIndex(i), file));
          }
        }
        readSecrets(member.getValue(), pointer, file);
      }
    }
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      readSecrets(node.get(i), at.appendIndex(i), file);
    }
  }

  /** The secret that {@code reference} names; the reference where that cannot be had. */
  private JsonNode readSecret(String name, JsonNode reference, JsonPointer at, YamlDocument file) {
    if (!reference.isTextual()) {
      return reference;
    }
    try {
      byte[] secret = secrets.read(reference.textValue());
      requireLength(name, secret);
      return root.binaryNode(secret);
    } catch (IllegalArgumentException unusable) {
      file.mistake(at.toString(), unusable.getMessage());
      return reference;
    }
  }

  private static void requireLength(String name, byte[] secret) {
    if (name.equals("stampKey")) {
      MessageStamp.of(Secret.of(secret).text());
    } else if (name.matches(".*Keys?") && secret.length < SHORTEST_KEY_BYTES) {
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
        document.mistake("%s/%d/%s".formatted(list, i, member), "is used twice");
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
