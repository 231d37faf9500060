package dev.tidegate.schemas;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * What the file of a declared source tells the gateway: its name, how its webhooks are verified,
 * and where its events tell their ID and type. {@code source.schema.json} is the grammar of the
 * whole file.
 *
 * @param tenants whose events it takes; empty for everybody's
 * @param cloudEvents values of CloudEvents' {@code source} that mean this source; a final asterisk
 *     stands for any end
 * @param webhook how its webhooks are verified, as the file writes it; null where it has none
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record SourceFile(
    String source,
    List<String> tenants,
    @JsonProperty("cloud_events") List<String> cloudEvents,
    @Nullable ObjectNode webhook,
    Identity event) {
  /** The resource that is the grammar of the files, a JSON Schema. */
  public static final String GRAMMAR = "/dev/tidegate/schemas/source.schema.json";

  /** How many bytes a file may have: people write it. */
  public static final int LARGEST = 1 << 20;

  private static final List<String> SHIPPED =
      List.of("concierge", "github", "shopify", "stripe", "workspace");

  private static final JsonSchema SCHEMA =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(
              SourceFile.class.getResourceAsStream(GRAMMAR),
              SchemaValidatorsConfig.builder().pathType(PathType.JSON_POINTER).build());

  private static final JsonMapper MAPPER = new JsonMapper();

  /** Headers that prove who the sender is, in every spelling. */
  private static final Pattern CREDENTIAL =
      Pattern.compile(
          "(?i).*(authorization|cookie|signature|hmac|secret|passw|credential|api-?key"
              + "|(?<!idempotency-)token).*");

  /** Where an event's ID and type are; null where its message's own attributes tell. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Identity(@Nullable Place id, @Nullable Place type) {}

  public SourceFile {
    tenants = List.copyOf(Objects.requireNonNullElse(tenants, List.of()));
    cloudEvents = List.copyOf(Objects.requireNonNullElse(cloudEvents, List.of()));
    event = Objects.requireNonNullElse(event, new Identity(null, null));
  }

  /**
   * Reads {@code document}, where it keeps the grammar.
   *
   * @return null where it has mistakes: they are noted in the document
   */
  public static @Nullable SourceFile read(YamlDocument document) {
    document.check(SCHEMA, found -> found.getEvaluationPath().toString().contains("/oneOf/"));
    checkHeaders(document);
    if (!document.mistakes().isEmpty()) {
      return null;
    }
    try {
      return MAPPER.treeToValue(document.root(), SourceFile.class);
    } catch (JsonProcessingException unlikeTheSchema) {
      throw new IllegalStateException(
          "the schema lets through what cannot be read", unlikeTheSchema);
    }
  }

  /** Whether {@code header} may hold what proves who sends: then no message keeps it. */
  public static boolean isCredential(String header) {
    return CREDENTIAL.matcher(header).matches();
  }

  /** Whether events of {@code tenant} are its. */
  public boolean takes(String tenant) {
    return tenants.isEmpty() || tenants.contains(tenant);
  }

  /** Whether a CloudEvent's {@code source} means this one. */
  public boolean isCloudEventSource(String text) {
    return cloudEvents.stream()
        .anyMatch(
            known ->
                known.endsWith("*")
                    ? text.startsWith(known.substring(0, known.length() - 1))
                    : text.equals(known));
  }

  private static void checkHeaders(YamlDocument document) {
    JsonNode webhook = document.root().path("webhook");
    JsonNode kept = webhook.path("keep_headers");
    for (int i = 0; i < kept.size(); i++) {
      if (isCredential(kept.get(i).asText())
          || kept.get(i).asText().equalsIgnoreCase(webhook.path("header").asText())) {
        document.mistake("/webhook/keep_headers/" + i, "must not be kept: it may prove who sends");
      }
    }
    headerPlaces(document)
        .forEach(
            (pointer, header) -> {
              if (isCredential(header)) {
                document.mistake(pointer, "must be another header: it may prove who sends");
              }
            });
    JsonNode event = document.root().path("event");
    if (webhook.path("scheme").asText().equals("hmac")) {
      for (String name : List.of("id", "type")) {
        if (!event.path(name).asText().matches("(body|header):.*")) {
          document.mistake(
              "/event/" + name,
              "must be body: or header:, where a webhook of the scheme hmac has it");
        }
      }
    }
  }

  /** The headers that the file looks for anything in. */
  public static List<String> headersIn(YamlDocument document) {
    return List.copyOf(headerPlaces(document).values());
  }

  /** The headers that the file looks for anything in, by the pointers of where it says so. */
  private static Map<String, String> headerPlaces(YamlDocument document) {
    Map<String, String> headers = new TreeMap<>();
    addHeaders(document.root().path("event"), "/event/", headers);
    document
        .root()
        .path("events")
        .properties()
        .forEach(
            type ->
                addHeaders(
                    Json.mapper().createObjectNode().set("time", type.getValue().path("time")),
                    "/events/%s/".formatted(YamlDocument.escaped(type.getKey())),
                    headers));
    return headers;
  }

  private static void addHeaders(JsonNode places, String within, Map<String, String> headers) {
    for (Map.Entry<String, JsonNode> member : places.properties()) {
      String place = member.getValue().path("from").asText(member.getValue().asText());
      if (place.startsWith("header:")) {
        headers.put(within + member.getKey(), Place.of(place).header());
      }
    }
  }

  /**
   * The content of the sources' files, by name.
   *
   * @param places files, folders of {@code .yaml} and {@code .yml} files, or names of shipped
   *     sources
   * @throws IllegalArgumentException where a place holds none, or cannot be read
   */
  public static Map<String, byte[]> texts(List<String> places) {
    Map<String, byte[]> texts = new TreeMap<>();
    for (String place : places) {
      Optional<byte[]> shipped = shipped(place.strip());
      if (shipped.isPresent()) {
        texts.put(place.strip() + ".yaml", shipped.get());
      } else {
        texts.putAll(found(place.strip()));
      }
    }
    return texts;
  }

  /** The file of a source that comes with Tidegate; empty where none has that name. */
  public static Optional<byte[]> shipped(String name) {
    if (!name.matches("[a-z][a-z0-9_-]*")) {
      return Optional.empty();
    }
    try (InputStream file =
        SourceFile.class.getResourceAsStream("sources/%s.yaml".formatted(name))) {
      return file == null ? Optional.empty() : Optional.of(file.readAllBytes());
    } catch (IOException unreadable) {
      throw new IllegalStateException("the class path cannot be read", unreadable);
    }
  }

  private static Map<String, byte[]> found(String place) {
    Map<String, byte[]> texts = new TreeMap<>();
    try {
      Path path = Path.of(place);
      List<Path> files = List.of(path);
      if (Files.isDirectory(path)) {
        try (Stream<Path> all = Files.list(path)) {
          files = all.filter(file -> file.toString().matches(".*\\.ya?ml")).sorted().toList();
        }
      }
      for (Path file : files) {
        if (Files.size(file) > LARGEST) {
          throw new IllegalArgumentException("%s is larger than %d bytes".formatted(file, LARGEST));
        }
        texts.put(file.toString(), Files.readAllBytes(file));
      }
    } catch (IOException | InvalidPathException nothingThere) {
      // Said below.
    }
    if (texts.isEmpty()) {
      throw noneAt(place);
    }
    return texts;
  }

  /** Says that {@code place} holds no source, with the nearest name of one that is shipped. */
  public static IllegalArgumentException noneAt(String place) {
    return new IllegalArgumentException(
        "%s is not a .yaml file, a folder with one, or a shipped source%s"
            .formatted(place, YamlDocument.nearest(place, SHIPPED)));
  }
}
