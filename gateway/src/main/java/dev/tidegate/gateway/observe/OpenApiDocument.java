package dev.tidegate.gateway.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** The API's description in OpenAPI 3.1: one document, of which each area has written its part. */
public final class OpenApiDocument {
  private static final String FOLDER = "/dev/tidegate/gateway/openapi/";
  private static final List<String> AREAS =
      List.of("common", "webhooks", "events", "ledger", "operations", "refused-events", "health");

  private static final YAMLMapper MAPPER = new YAMLMapper();

  private OpenApiDocument() {}

  /** The whole document. */
  public static ObjectNode read() {
    ObjectNode document = MAPPER.createObjectNode();
    for (String area : AREAS) {
      merge(part(area), document, area);
    }
    return document;
  }

  /** The same in YAML, for people. */
  static String toYaml(ObjectNode document) {
    try {
      return MAPPER.writeValueAsString(document);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a tree can always be written", impossible);
    }
  }

  /** What an area has written; nothing, where it has not. */
  private static ObjectNode part(String name) {
    try (InputStream in = OpenApiDocument.class.getResourceAsStream(FOLDER + name + ".yaml")) {
      if (in == null) {
        return MAPPER.createObjectNode();
      }
      // Jackson alone leaves YAML's aliases unresolved.
      return MAPPER.valueToTree(new Yaml(new SafeConstructor(new LoaderOptions())).load(in));
    } catch (IOException | YAMLException broken) {
      throw new IllegalStateException("openapi/%s.yaml cannot be read".formatted(name), broken);
    }
  }

  /** Adds what {@code part} has; nothing may be said twice, or one area would hide another's. */
  private static void merge(ObjectNode part, ObjectNode document, String area) {
    part.properties()
        .forEach(
            entry -> {
              JsonNode there = document.get(entry.getKey());
              if (there == null) {
                document.set(entry.getKey(), entry.getValue());
              } else if (there instanceof ObjectNode into
                  && entry.getValue() instanceof ObjectNode more) {
                merge(more, into, area);
              } else {
                throw new IllegalStateException(
                    "openapi/%s.yaml says %s again".formatted(area, entry.getKey()));
              }
            });
  }
}
