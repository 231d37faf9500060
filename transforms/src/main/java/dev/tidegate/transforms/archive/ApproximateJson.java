package dev.tidegate.transforms.archive;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.StorableText;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Bodies that {@link ExactJson} cannot carry, as JSON that means nearly the same and that every
 * reader takes alike: so that views see them as the tables do. If a key comes twice, its last value
 * counts, as it does for handlers. Numbers are rounded to doubles, and null where they are beyond
 * them.
 */
final class ApproximateJson {
  /**
   * Larger bodies have no approximation: beside their bytes in Base64 it would make the row larger
   * than the 10 MB that BigQuery takes.
   */
  private static final int MAX_BODY_BYTES = 3_000_000;

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private ApproximateJson() {}

  /** The line; empty where the body is no JSON, or a single value, or too large. */
  static Optional<byte[]> lineOf(RawEvent event) {
    if (event.body().length > MAX_BODY_BYTES) {
      return Optional.empty();
    }
    try {
      JsonNode body = event.json();
      return body.isContainerNode()
          ? Optional.of(Json.write(approximate(body)).getBytes(StandardCharsets.UTF_8))
          : Optional.empty();
    } catch (JsonProcessingException notJson) {
      return Optional.empty();
    }
  }

  private static JsonNode approximate(JsonNode node) {
    if (node.isObject()) {
      ObjectNode object = NODES.objectNode();
      node.fields()
          .forEachRemaining(
              field -> object.set(StorableText.of(field.getKey()), approximate(field.getValue())));
      return object;
    }
    if (node.isArray()) {
      ArrayNode array = NODES.arrayNode(node.size());
      node.forEach(element -> array.add(approximate(element)));
      return array;
    }
    if (node.isTextual()) {
      return NODES.textNode(StorableText.of(node.textValue()));
    }
    return node.isNumber() ? approximate(node.decimalValue(), node) : node;
  }

  private static JsonNode approximate(BigDecimal number, JsonNode node) {
    if (node.canConvertToLong() && node.isIntegralNumber()) {
      return node;
    }
    double rounded = number.doubleValue();
    return Double.isFinite(rounded) ? NODES.numberNode(rounded) : NODES.nullNode();
  }
}
