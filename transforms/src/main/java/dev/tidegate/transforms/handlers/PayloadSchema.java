package dev.tidegate.transforms.handlers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.JsonNodePath;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.resource.InputStreamSource;
import dev.tidegate.schemas.PermanentFailureException;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A JSON Schema for payloads. It requires what a handler relies on, and no more. The schemas are
 * resources, {@code dev/tidegate/schemas/json/<name>.schema.json}, and refer to each other as
 * {@code urn:tidegate:<name>} with colons for slashes.
 */
public final class PayloadSchema {
  private static final String IDENTIFIERS = "urn:tidegate:";
  private static final String RESOURCES = "classpath:dev/tidegate/schemas/json/";

  /** A message is read by people; a body can break a rule ten thousand times. */
  private static final int MAX_VIOLATIONS = 10;

  /** Steps of a pattern's program. */
  private static final int LARGEST_PATTERN = 4_000;

  private static final String REQUIRED = "required";

  /** A schema in another file or on another server: no event makes us fetch anything. */
  private static final InputStreamSource NOTHING =
      () -> {
        throw new IOException("a schema refers to nothing but itself");
      };

  private final JsonSchema schema;

  private PayloadSchema(JsonSchema schema) {
    this.schema = schema;
  }

  /**
   * The schema of that name, {@code terminal49/notification} for example, ready to be used by any
   * number of threads.
   *
   * @throws com.networknt.schema.SchemaException where there is no such schema
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

  /**
   * {@code schema}, ready to be used by any number of threads. It cannot refer to other files, and
   * its patterns are RE2's: they take time in proportion to the text, whatever the text is.
   *
   * @throws JsonSchemaException where it is no such schema
   */
  public static PayloadSchema of(JsonNode schema) {
    JsonSchema read =
        JsonSchemaFactory.getInstance(
                SpecVersion.VersionFlag.V202012,
                factory -> factory.schemaLoaders(loaders -> loaders.add(elsewhere -> NOTHING)))
            .getSchema(
                schema,
                SchemaValidatorsConfig.builder()
                    .pathType(PathType.JSON_POINTER)
                    .regularExpressionFactory(PayloadSchema::linear)
                    .build());
    try {
      read.initializeValidators();
      PayloadSchema payloadSchema = new PayloadSchema(read);
      payloadSchema.schema.validate(JsonNodeFactory.instance.objectNode());
      return payloadSchema;
    } catch (StackOverflowError endless) {
      throw new JsonSchemaException("the schema refers to itself without end");
    }
  }

  private static RegularExpression linear(String pattern) {
    try {
      Pattern compiled = Pattern.compile(pattern);
      if (compiled.programSize() > LARGEST_PATTERN) {
        throw new JsonSchemaException("a pattern is too large");
      }
      return text -> compiled.matcher(text).find();
    } catch (PatternSyntaxException beyond) {
      throw new JsonSchemaException("a pattern is beyond RE2");
    }
  }

  /** The place of the schema of that identifier; null for identifiers that are not ours. */
  private static String resourceOf(String identifier) {
    return identifier.startsWith(IDENTIFIERS)
        ? RESOURCES + identifier.substring(IDENTIFIERS.length()).replace(':', '/') + ".schema.json"
        : null;
  }

  /**
   * Checks {@code payload}. All violations are collected: bound what can be long before.
   *
   * @throws PermanentFailureException where it breaks rules; the message names them and where, and
   *     holds none of the payload's values and names
   */
  public void check(JsonNode payload) {
    List<String> violations;
    try {
      violations =
          schema.validate(payload).stream().map(PayloadSchema::describe).distinct().toList();
    } catch (StackOverflowError endless) {
      throw PermanentFailureException.invalid("the schema refers to itself without end");
    }
    if (violations.isEmpty()) {
      return;
    }
    String message = violations.stream().limit(MAX_VIOLATIONS).collect(Collectors.joining("; "));
    int others = violations.size() - MAX_VIOLATIONS;
    throw PermanentFailureException.invalid(
        others > 0 ? "%s; and %d more".formatted(message, others) : message);
  }

  /**
   * Describes a violation without the validator's own message, which quotes the payload. Names can
   * be data too, so the pointer shows only names that the schema has.
   */
  private static String describe(ValidationMessage violation) {
    JsonNodePath path = violation.getEvaluationPath();
    Set<String> known = new HashSet<>();
    for (int i = 1; i < path.getNameCount(); i++) {
      if ("properties".equals(path.getElement(i - 1))) {
        known.add(String.valueOf(path.getElement(i)));
      }
    }
    StringBuilder pointer = new StringBuilder();
    JsonNodePath place = violation.getInstanceLocation();
    for (int i = 0; i < place.getNameCount(); i++) {
      Object name = place.getElement(i);
      boolean told = name instanceof Integer || known.contains(String.valueOf(name));
      pointer.append('/').append(told ? name : "*");
    }
    // "required" lists every required name; the violation names the missing one.
    String rule =
        REQUIRED.equals(violation.getType())
            ? violation.getProperty()
            : String.valueOf(violation.getSchemaNode());
    return "%s: %s %s".formatted(pointer, violation.getType(), rule);
  }
}
