package dev.tidegate.schemas;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.ValidationMessage;
import com.networknt.schema.serialization.node.LocationJsonNodeFactoryFactory;
import com.networknt.schema.utils.JsonNodes;
import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * A file in YAML, of which JSON is a part, and what is wrong with it. All mistakes are reported,
 * each with its line and its place; none quotes a value of the file.
 */
public final class YamlDocument {
  private static final YAMLMapper MAPPER =
      YAMLMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          // A version 2.10 is another one than 2.1.
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final Comparator<Mistake> BY_PLACE =
      Comparator.comparingInt(Mistake::line)
          .thenComparing(Mistake::pointer)
          .thenComparing(Mistake::what);

  private final String name;
  private final ObjectNode root;
  private final Set<Mistake> mistakes = new TreeSet<>(BY_PLACE);

  /**
   * Something that must be mended.
   *
   * @param line in the file, from 1; 0 where that is not known
   * @param pointer a JSON pointer to the place
   * @param what what is wrong
   */
  public record Mistake(int line, String pointer, String what) {}

  /** {@code name} as a part of a JSON pointer. */
  public static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  private YamlDocument(String name, ObjectNode root) {
    this.name = name;
    this.root = root;
  }

  /**
   * Reads a document.
   *
   * @param name the file's, for messages
   * @throws IllegalArgumentException where it is not one mapping of names to values
   */
  public static YamlDocument parse(String name, byte[] text) {
    try (YAMLParser tokens = MAPPER.getFactory().createParser(text);
        JsonParser parser = MAPPER.createParser(text)) {
      refuseAliases(name, tokens);
      JsonNode root =
          MAPPER
              .reader(LocationJsonNodeFactoryFactory.getInstance().getJsonNodeFactory(parser))
              .readTree(parser);
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException(name + " must be one document");
      }
      if (!(root instanceof ObjectNode object)) {
        throw new IllegalArgumentException(name + " must be a mapping of names to values");
      }
      return new YamlDocument(name, object);
    } catch (JsonProcessingException noYaml) {
      // Its message quotes the file, and someone may have put a secret there.
      JsonLocation at = noYaml.getLocation();
      throw new IllegalArgumentException(
          "%s is not valid YAML or JSON, or has a name twice%s"
              .formatted(
                  name,
                  at == null
                      ? ""
                      : " near line %d, column %d".formatted(at.getLineNr(), at.getColumnNr())));
    } catch (IOException noText) {
      throw new IllegalArgumentException(
          "%s cannot be read (%s)".formatted(name, noText.getClass().getSimpleName()));
    }
  }

  /** An alias would be read as text. What it stands for, ten times over, could fill the memory. */
  private static void refuseAliases(String name, YAMLParser tokens) throws IOException {
    while (tokens.nextToken() != null) {
      if (tokens.isCurrentAlias()) {
        throw new IllegalArgumentException(
            "%s has an alias in line %d: write out what it stands for"
                .formatted(name, tokens.currentTokenLocation().getLineNr()));
      }
    }
  }

  /** What it says. */
  public ObjectNode root() {
    return root;
  }

  /** Notes what {@code schema} does not let through. What is named and left empty is left out. */
  public void check(JsonSchema schema) {
    check(schema, found -> false);
  }

  /**
   * As {@link #check(JsonSchema)}.
   *
   * @param exception whether somebody else has told of what was found, or nobody is to
   */
  public void check(JsonSchema schema, Predicate<ValidationMessage> exception) {
    removeNulls(root);
    for (ValidationMessage found : schema.validate(root)) {
      if (exception.test(found)) {
        continue;
      }
      JsonNode rule =
          schema
              .getSchemaNode()
              .at(JsonPointer.compile(found.getSchemaLocation().getFragment().toString()).head());
      String at = found.getInstanceLocation().toString();
      String member = found.getProperty();
      switch (found.getType()) {
        case "required" -> mistake(at, "needs " + member);
        case "additionalProperties" -> {
          Set<String> known = new TreeSet<>();
          rule.path("properties").fieldNames().forEachRemaining(known::add);
          mistake(
              at + JsonPointer.empty().appendProperty(member),
              "is not known" + nearest(member, known));
        }
        default -> mistake(at, rule.path("errorMessage").asText(ruleOf(rule)));
      }
    }
  }

  private static void removeNulls(JsonNode node) {
    if (node instanceof ObjectNode object) {
      object.properties().removeIf(member -> member.getValue().isNull());
    }
    node.forEach(YamlDocument::removeNulls);
  }

  private static String ruleOf(JsonNode rule) {
    if (rule.has("enum")) {
      return "must be one of "
          + StreamSupport.stream(rule.get("enum").spliterator(), false)
              .map(JsonNode::asText)
              .collect(Collectors.joining(", "));
    }
    return switch (rule.path("type").asText()) {
      case "object" -> "must be a mapping of names to values";
      case "array" -> "must be a list";
      case "boolean" -> "must be true or false";
      case "integer" ->
          "must be a whole number from %s to %s"
              .formatted(rule.get("minimum"), rule.get("maximum"));
      default -> "must be text (in quotes, where it looks like a number)";
    };
  }

  /**
   * Notes a mistake.
   *
   * @param pointer a JSON pointer to its place, or to one that is missing
   */
  public void mistake(String pointer, String what) {
    mistakes.add(new Mistake(lineOf(pointer), pointer, what));
  }

  /** The line of a JSON pointer's place, or of the nearest one around it; 0 where it is unknown. */
  public int lineOf(String pointer) {
    return lineOf(JsonPointer.compile(pointer));
  }

  private int lineOf(JsonPointer pointer) {
    JsonNode node = root.at(pointer);
    if (node.isMissingNode()) {
      return pointer.matches() ? 0 : lineOf(pointer.head());
    }
    return Optional.ofNullable(JsonNodes.tokenLocationOf(node))
        .map(JsonLocation::getLineNr)
        .orElse(0);
  }

  /** Its mistakes in the order of their lines. */
  public List<Mistake> mistakes() {
    return List.copyOf(mistakes);
  }

  /** A line for each of its mistakes: {@code file:line: place what}. */
  public List<String> report() {
    return mistakes.stream()
        .map(
            mistake ->
                "%s:%s %s %s"
                    .formatted(
                        name,
                        mistake.line == 0 ? "" : mistake.line + ":",
                        mistake.pointer.isEmpty() ? "/" : mistake.pointer,
                        mistake.what))
        .toList();
  }

  /** A question after the one of {@code known} that is nearest to {@code written}; else all. */
  public static String nearest(String written, Collection<String> known) {
    return known.stream()
        .min(Comparator.comparingInt((String each) -> changes(written, each)))
        .filter(each -> changes(written, each) <= Math.max(2, each.length() / 3))
        .map(each -> "; did you mean " + each + "?")
        .orElseGet(() -> known.isEmpty() ? "" : "; known are " + String.join(", ", known));
  }

  /** Levenshtein's distance, whatever the case. */
  private static int changes(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        boolean same =
            Character.toLowerCase(from.charAt(i - 1)) == Character.toLowerCase(to.charAt(j - 1));
        int replaced = diagonal + (same ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
