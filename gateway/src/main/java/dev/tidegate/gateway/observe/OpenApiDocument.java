package dev.tidegate.gateway.observe;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The API's description in OpenAPI 3.1: the file {@code openapi.yaml}. */
public final class OpenApiDocument {
  private static final String FILE = "/dev/tidegate/gateway/openapi.yaml";

  private OpenApiDocument() {}

  /** The document as JSON. */
  public static ObjectNode read() {
    try {
      return (ObjectNode) new YAMLMapper().readTree(yaml());
    } catch (IOException broken) {
      throw new IllegalStateException(FILE + " cannot be read", broken);
    }
  }

  /** The document in YAML, as it was written. */
  static String yaml() {
    try (InputStream in = OpenApiDocument.class.getResourceAsStream(FILE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException broken) {
      throw new IllegalStateException(FILE + " cannot be read", broken);
    }
  }
}
