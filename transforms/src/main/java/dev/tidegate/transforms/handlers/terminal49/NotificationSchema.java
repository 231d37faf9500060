package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.tidegate.transforms.handlers.InvalidEventException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Collectors;

/** The JSON Schema of notifications: what handlers rely on, no more. */
final class NotificationSchema {
  private static final String RESOURCE =
      "/dev/tidegate/schemas/json/terminal49/notification.schema.json";

  /** A message is read by people; a body can break a rule ten thousand times. */
  private static final int MAX_VIOLATIONS = 10;

  /** Far beyond any notification; the schema says the same. */
  private static final int MAX_INCLUDED = 10_000;

  private static final int MAX_POINTER_LENGTH = 120;

  private static final JsonSchema SCHEMA = compile();

  private NotificationSchema() {}

  /**
   * Checks {@code payload}.
   *
   * @throws InvalidEventException where it breaks rules; the message names them and where, and
   *     holds none of the payload's values
   */
  static void check(JsonNode payload) throws InvalidEventException {
    // The validator collects every violation: a large array of nothing would fill the memory.
    if (payload.path("included").size() > MAX_INCLUDED) {
      throw new InvalidEventException("/included: maxItems " + MAX_INCLUDED);
    }
    List<String> violations =
        SCHEMA.validate(payload).stream().map(NotificationSchema::describe).distinct().toList();
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

  private static JsonSchema compile() {
    try (InputStream in = NotificationSchema.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("missing from the class path: " + RESOURCE);
      }
      JsonSchema schema =
          JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
              .getSchema(
                  in, SchemaValidatorsConfig.builder().pathType(PathType.JSON_POINTER).build());
      schema.initializeValidators();
      return schema;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
