package dev.tidegate.templates;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A template's metadata, as the Dataflow API's {@code TemplateMetadata} has them. */
final class TemplateMetadata {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private TemplateMetadata() {}

  static String json(Template template) throws JsonProcessingException {
    ObjectNode metadata = MAPPER.createObjectNode();
    metadata.put("name", template.title());
    metadata.put("description", template.description());
    metadata.put("streaming", template.isStreaming());
    if (template.isStreaming()) {
      // Tables come out the same in both modes. In the cheaper one, what is repeated behind
      // Deduplicate is archived and counted again: so it is there to be chosen, and not the
      // default.
      metadata.put("supportsAtLeastOnce", true);
      metadata.put("supportsExactlyOnce", true);
      metadata.put("defaultStreamingMode", "EXACTLY_ONCE");
    }
    ArrayNode parameters = metadata.putArray("parameters");
    for (TemplateParameter parameter : template.parameters()) {
      parameters.add(parameter(parameter, template.options().get(parameter.name())));
    }
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(metadata) + "\n";
  }

  private static ObjectNode parameter(TemplateParameter parameter, TemplateOption option) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("name", parameter.name());
    json.put("label", parameter.label());
    json.put(
        "helpText",
        option.isList() ? option.description() + " Separated by commas." : option.description());
    json.put("paramType", type(option));
    json.put("isOptional", !parameter.required());
    if (option.defaultValue() != null) {
      json.put("defaultValue", option.defaultValue());
    }
    if (parameter.regex() != null) {
      json.putArray("regexes").add(parameter.regex());
    }
    if (option.type().isEnum()) {
      ArrayNode values = json.putArray("enumOptions");
      option.values().stream()
          .filter(value -> !Template.OMITTED_VALUES.contains(value))
          .forEach(value -> values.addObject().put("value", value).put("label", value));
    }
    if (parameter.parent() == null) {
      json.put("groupName", parameter.group());
    } else {
      json.put("parentName", parameter.parent());
      ArrayNode triggers = json.putArray("parentTriggerValues");
      parameter.triggers().forEach(triggers::add);
    }
    return json;
  }

  private static String type(TemplateOption option) {
    if (option.type().isEnum()) {
      return "ENUM";
    }
    if (option.type() == boolean.class) {
      return "BOOLEAN";
    }
    if (option.isNumber()) {
      return "NUMBER";
    }
    return switch (option.name()) {
      case "inputSubscription" -> "PUBSUB_SUBSCRIPTION";
      case "deadLetterTopic", "outputTopic" -> "PUBSUB_TOPIC";
      default -> "TEXT";
    };
  }
}
