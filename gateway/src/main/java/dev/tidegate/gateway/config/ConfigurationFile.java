package dev.tidegate.gateway.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tidegate.gateway.events.EventLimits;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.publish.SpoolConfiguration;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.schemas.MessageStamp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a {@link GatewayConfiguration} from a file in YAML, of which JSON is a part. Secrets are
 * named in it and not held by it.
 */
public final class ConfigurationFile {
  private static final int STANDARD_PORT = 8080;
  private static final int STANDARD_POOL = 8;
  private static final long STANDARD_SPOOL = 1L << 30;

  /** What Cloud Run and others tell the port by. */
  private static final String PORT_VARIABLE = "PORT";

  private static final YAMLMapper MAPPER =
      YAMLMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private ConfigurationFile() {}

  /**
   * Reads and checks {@code file}.
   *
   * @param environment {@code PORT}, if set, is the port whatever the file says; secrets may be
   *     there
   * @throws ConfigurationException with every mistake in its message
   */
  public static GatewayConfiguration read(Path file, Map<String, String> environment) {
    Mistakes mistakes = new Mistakes();
    Section root = new Section(parse(file), "", mistakes, new SecretSource(environment));
    GatewayConfiguration configuration = read(root, environment, mistakes);
    root.finish();
    mistakes.throwIfAny(file.toString());
    return configuration;
  }

  private static JsonNode parse(Path file) {
    try {
      return MAPPER.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException noYaml) {
      String where =
          noYaml.getLocation() == null
              ? ""
              : " near line %d, column %d"
                  .formatted(noYaml.getLocation().getLineNr(), noYaml.getLocation().getColumnNr());
      throw new ConfigurationException(
          "%s is neither YAML nor JSON, or names something twice%s".formatted(file, where));
    } catch (IOException unreadable) {
      throw new ConfigurationException(
          "%s cannot be read (%s)".formatted(file, unreadable.getClass().getSimpleName()));
    }
  }

  private static GatewayConfiguration read(
      Section root, Map<String, String> environment, Mistakes mistakes) {
    Secret eventIdKey = root.secret("eventIdKey");
    AuthenticationSection.requireLength(root, "eventIdKey", eventIdKey);
    Optional<Secret> stampKey = root.secretIfAny("stampKey");
    stampKey.ifPresent(key -> requireStampKey(root, key));
    List<String> proxies = root.texts("trustedProxies");
    AddressBlocks.check(root, "trustedProxies", proxies);
    Optional<PubsubConfiguration> pubsub =
        root.sectionIfAny("pubsub", ConfigurationFile::readPubsub);
    if (pubsub.isEmpty()) {
      root.mistake("pubsub", "is missing: the project and topic that events go to");
    }
    return new GatewayConfiguration(
        root.textIfAny("host").orElse("0.0.0.0"),
        port(root, environment, mistakes),
        pubsub.orElse(new PubsubConfiguration("", "", Optional.empty())),
        root.sectionIfAny("spool", ConfigurationFile::readSpool),
        root.sectionIfAny("database", ConfigurationFile::readDatabase),
        readWebhooks(root),
        root.sectionIfAny("authentication", AuthenticationSection::read)
            .orElse(AuthenticationSection.NOBODY),
        root.sectionIfAny("limits", ConfigurationFile::readLimits).orElse(EventLimits.STANDARD),
        eventIdKey,
        stampKey,
        proxies);
  }

  private static void requireStampKey(Section root, Secret key) {
    try {
      MessageStamp.of(key.text());
    } catch (IllegalArgumentException tooShort) {
      root.mistake("stampKey", "cannot be used: " + tooShort.getMessage());
    }
  }

  private static int port(Section root, Map<String, String> environment, Mistakes mistakes) {
    int port = root.integer("port", STANDARD_PORT, 0, 65_535);
    String outside = environment.getOrDefault(PORT_VARIABLE, "");
    if (outside.isEmpty()) {
      return port;
    }
    if (!outside.matches("[0-9]{1,5}") || Integer.parseInt(outside) > 65_535) {
      mistakes.add("the environment variable PORT", "must be a port, 0 to 65535");
      return port;
    }
    return Integer.parseInt(outside);
  }

  private static PubsubConfiguration readPubsub(Section section) {
    Optional<String> endpoint = section.textIfAny("endpoint");
    if (endpoint.isPresent() && !endpoint.get().matches(".+:[0-9]{1,5}")) {
      section.mistake("endpoint", "must be host:port of an emulator; leave it out for Google's");
    }
    return new PubsubConfiguration(section.text("project"), section.text("topic"), endpoint);
  }

  private static SpoolConfiguration readSpool(Section section) {
    return new SpoolConfiguration(
        Path.of(section.text("folder")),
        section.number("maxBytes", STANDARD_SPOOL, 1 << 20, 1L << 50));
  }

  private static DatabaseConfiguration readDatabase(Section section) {
    String jdbcUrl = section.text("jdbcUrl");
    if (!jdbcUrl.isEmpty() && !jdbcUrl.startsWith("jdbc:postgresql:")) {
      section.mistake("jdbcUrl", "must begin with jdbc:postgresql:");
    }
    if (jdbcUrl.matches("(?i).*([?&](password|user)=|//[^/]*@).*")) {
      section.mistake("jdbcUrl", "must not hold credentials: they belong to username and password");
    }
    return new DatabaseConfiguration(
        jdbcUrl,
        section.text("username"),
        section.secretIfAny("password"),
        section.integer("poolSize", STANDARD_POOL, 1, 200));
  }

  private static List<WebhookEndpoint> readWebhooks(Section root) {
    List<WebhookEndpoint> endpoints = new ArrayList<>();
    root.named("webhooks", WebhookSection::read)
        .forEach(
            (name, endpoint) -> {
              if (!name.matches("[a-z0-9][a-z0-9_.-]{0,63}")) {
                root.mistake(
                    "webhooks." + name,
                    "must be named by small letters, digits, hyphens: it is part of an address");
              }
              endpoints.add(
                  new WebhookEndpoint(
                      name,
                      endpoint.source(),
                      endpoint.scheme(),
                      endpoint.secrets(),
                      endpoint.allowedAddresses(),
                      endpoint.maxBodyBytes()));
            });
    return endpoints;
  }

  private static EventLimits readLimits(Section section) {
    EventLimits standard = EventLimits.STANDARD;
    int largest = 100 << 20;
    return new EventLimits(
        section.integer("maxBodyBytes", standard.maxBodyBytes(), 1, 9 << 20),
        section.integer("maxBatchBytes", standard.maxBatchBytes(), 1, largest),
        section.integer("eventsPerSecond", standard.eventsPerSecond(), 1, 1_000_000),
        section.integer("burst", standard.burst(), 1, 1_000_000));
  }
}
