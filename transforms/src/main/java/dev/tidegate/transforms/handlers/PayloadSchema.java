package dev.tidegate.transforms.handlers;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A JSON Schema that payloads are checked against: what a handler relies on, no more. The schemas
 * are resources, {@code dev/tidegate/schemas/json/<name>.schema.json}, and refer to each other as
 * {@code urn:tidegate:<name>} with colons for slashes.
 */
public final class PayloadSchema {
  private static final String IDENTIFIERS = "urn:tidegate:";
  private static final String RESOURCES = "classpath:dev/tidegate/schemas/json/";

  /** A message is read by people; a body can break a rule ten thousand times. */
  private static final int MAX_VIOLATIONS = 10;

  private static final int MAX_POINTER_LENGTH = 120;

  private final JsonSchema schema;

  private PayloadSchema(JsonSchema schema) {
    this.schema = schema;
  }

  /**
   * The schema of that name, {@code terminal49/transport} for example, ready to be used by any
   * number of threads.
   *
   * @throws com.networknt.schema.SchemaException where there is none
   */
  public static PayloadSchema named(String name) {
    JsonSchema schema =
        JsonSchemaFactory.getInstance(
                SpecVersion.VersionFlag.V202012,
                factory ->
                    factory.schemaMappers(mappers -> mappers.mappings(PayloadSchema::resourceOf)))
            .getSchema(
                SchemaLocation.of(IDENTIFIERS + name.replace('/', ':')),
                SchemaValidatorsConfig.builder().pathType(PathType.JSON_POINTER).build());
    schema.initializeValidators();
    return new PayloadSchema(schema);
  }

  /** Where the schema of that identifier is; nowhere, for any but ours. */
  private static String resourceOf(String identifier) {
    return identifier.startsWith(IDENTIFIERS)
        ? RESOURCES + identifier.substring(IDENTIFIERS.length()).replace(':', '/') + ".schema.json"
        : null;
  }

  /**
   * Checks {@code payload}. All violations are collected: bound what can be long before.
   *
   * @throws InvalidEventException where it breaks rules; the message names them and where, and
   *     holds none of the payload's values
   */
  public void check(JsonNode payload) throws InvalidEventException {
    List<String> violations =
        schema.validate(payload).stream().map(PayloadSchema::describe).distinct().toList();
    if (violations.isEmpty()) {
      return;
    }
    String message = violations.stream().limit(MAX_VIOLATIONS).collect(Collectors.joining("; "));
    int others = violations.size() - MAX_VIOLATIONS;
    throw new InvalidEventException(
        others > 0 ? "%s; and %d more".formatted(message, others) : message);
  }

  /** The validator's own message will not do: it quotes what it found. */
  private static String describe(ValidationMessage violation) {
    String pointer = violation.getInstanceLocation().toString();
    if (pointer.length() > MAX_POINTER_LENGTH) {
      pointer = pointer.substring(0, MAX_POINTER_LENGTH) + "…";
    }
    // "required" lists all that must be there; what is missing is told apart.
    String rule =
        violation.getProperty() != null
            ? violation.getProperty()
            : String.valueOf(violation.getSchemaNode());
    return "%s: %s %s".formatted(pointer, violation.getType(), rule);
  }
}
