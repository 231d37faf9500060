package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.tidegate.transforms.handlers.InvalidEventException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The JSON Schema of a family of notifications: what its handler relies on, no more. Each includes
 * the one of all notifications.
 */
final class NotificationSchema {
  static final NotificationSchema TRANSPORT = new NotificationSchema("transport");
  static final NotificationSchema CONTAINER = new NotificationSchema("container");
  static final NotificationSchema SHIPMENT = new NotificationSchema("shipment");
  static final NotificationSchema TRACKING_REQUEST = new NotificationSchema("tracking-request");
  static final NotificationSchema DOCUMENT = new NotificationSchema("document");

  private static final String IDENTIFIERS = "urn:tidegate:terminal49:";
  private static final String RESOURCES = "classpath:dev/tidegate/schemas/json/terminal49/";

  /** A message is read by people; a body can break a rule ten thousand times. */
  private static final int MAX_VIOLATIONS = 10;

  /** Far beyond any notification; the schema says the same. */
  private static final int MAX_INCLUDED = 10_000;

  private static final int MAX_POINTER_LENGTH = 120;

  private final JsonSchema schema;

  private NotificationSchema(String name) {
    schema =
        JsonSchemaFactory.getInstance(
                SpecVersion.VersionFlag.V202012,
                factory ->
                    factory.schemaMappers(
                        mappers ->
                            mappers.mappings(
                                id ->
                                    id.startsWith(IDENTIFIERS)
                                        ? RESOURCES
                                            + id.substring(IDENTIFIERS.length())
                                            + ".schema.json"
                                        : null)))
            .getSchema(
                SchemaLocation.of(IDENTIFIERS + name),
                SchemaValidatorsConfig.builder().pathType(PathType.JSON_POINTER).build());
    schema.initializeValidators();
  }

  /**
   * Checks {@code payload}.
   *
   * @throws InvalidEventException where it breaks rules; the message names them and where, and
   *     holds none of the payload's values
   */
  void check(JsonNode payload) throws InvalidEventException {
    // The validator collects every violation: a large array of nothing would fill the memory.
    if (payload.path("included").size() > MAX_INCLUDED) {
      throw new InvalidEventException("/included: maxItems " + MAX_INCLUDED);
    }
    List<String> violations =
        schema.validate(payload).stream().map(NotificationSchema::describe).distinct().toList();
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
