package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.declared.Incompatibility.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Whether a JSON Schema takes every value that an older one took. Each keyword of the newer schema
 * must follow from one of the older. An incompatible change is reported with its place; so is a
 * change that nobody can decide, such as another pattern: it never passes for compatible.
 *
 * <p>The older schema is a list of schemas that hold together: itself, what it refers to, and what
 * it lists under {@code allOf}.
 */
public final class SchemaComparison {
  /** Schemas that refer to each other can be compared in more ways than anybody waits for. */
  private static final int MOST_COMPARISONS = 10_000;

  private static final int DEEPEST = 200;

  private static final JsonNode ANYTHING = BooleanNode.TRUE;

  /** Keywords that describe, and refuse no value. */
  private static final Set<String> ANNOTATIONS =
      Set.of(
          "$schema",
          "$id",
          "$comment",
          "$defs",
          "$anchor",
          "$vocabulary",
          "definitions",
          "title",
          "description",
          "default",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly",
          "format",
          "contentEncoding",
          "contentMediaType",
          "contentSchema",
          "errorMessage",
          "nullable",
          "then",
          "else",
          "minContains",
          "maxContains");

  /** Keywords that say more of the older schema than is looked at here. */
  private static final Set<String> OPAQUE =
      Set.of(
          "not",
          "if",
          "anyOf",
          "oneOf",
          "contains",
          "propertyNames",
          "dependentRequired",
          "dependentSchemas",
          "dependencies",
          "unevaluatedProperties",
          "unevaluatedItems",
          "$dynamicRef",
          "nullable");

  /** Keywords whose schema refuses nothing where it takes anything. */
  private static final Set<String> TRIVIAL_IF_ANYTHING =
      Set.of("propertyNames", "unevaluatedProperties", "unevaluatedItems");

  /** What a value can be. */
  private enum Type {
    NULL,
    BOOLEAN,
    OBJECT,
    ARRAY,
    STRING,
    INTEGER,
    FRACTION
  }

  private final JsonNode oldRoot;
  private final JsonNode newRoot;
  private final Set<Comparison> inProgress = new HashSet<>();
  private int comparisons;

  private SchemaComparison(JsonNode oldRoot, JsonNode newRoot) {
    this.oldRoot = oldRoot;
    this.newRoot = newRoot;
  }

  /** A node itself, and not one that looks the same. */
  private record Same(JsonNode node) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Same same && same.node == node;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(node);
    }
  }

  private record Comparison(List<Same> older, Same newer) {}

  /** What {@code newer} does not take of what {@code older} took; each with its JSON pointer. */
  public static List<Incompatibility> compare(JsonNode older, JsonNode newer) {
    if (older.equals(newer)) {
      return List.of();
    }
    for (JsonNode root : List.of(older, newer)) {
      if (!root.path("$schema").asText("2020-12").contains("2020-12")
          || root.findParents("$id").stream().anyMatch(parent -> parent != root)) {
        return List.of(
            new Incompatibility(
                Kind.CANNOT_TELL,
                "",
                "has parts with an $id, or is of another draft than 2020-12"));
      }
    }
    List<Incompatibility> found = new SchemaComparison(older, newer).of(List.of(older), newer, "");
    return List.copyOf(new LinkedHashSet<>(found));
  }

  private List<Incompatibility> of(List<JsonNode> older, JsonNode newer, String at) {
    Comparison comparison = new Comparison(older.stream().map(Same::new).toList(), new Same(newer));
    if (isAnything(newer) || !inProgress.add(comparison)) {
      // What is being compared further up holds here if it holds there.
      return List.of();
    }
    try {
      List<JsonNode> facts = new ArrayList<>();
      Set<Same> seen = new HashSet<>();
      older.forEach(schema -> flatten(schema, facts, seen));
      return ofFacts(facts, seen, newer, at);
    } finally {
      inProgress.remove(comparison);
    }
  }

  /**
   * @param seen the older schemas that were listed on the way to {@code facts}
   */
  private List<Incompatibility> ofFacts(
      List<JsonNode> facts, Set<Same> seen, JsonNode newer, String at) {
    if (++comparisons > MOST_COMPARISONS || inProgress.size() > DEEPEST) {
      return cannotTell(at, "belongs to schemas that are too large to compare");
    }
    if (facts.stream().anyMatch(fact -> fact.isBoolean() && !fact.booleanValue())) {
      return List.of();
    }
    List<Incompatibility> found = new ArrayList<>();
    if (newer.isBoolean()) {
      return broken(facts, at, "is no longer taken");
    }
    if (!newer.isObject() || facts.stream().anyMatch(fact -> sameAs(fact, newer))) {
      return found;
    }
    Optional<List<JsonNode>> values = valuesOf(facts);
    newer
        .properties()
        .forEach(keyword -> found.addAll(ofKeyword(facts, values, newer, keyword.getKey(), at)));
    return found.isEmpty() ? found : byCase(facts, seen, newer, at).orElse(found);
  }

  /** One alternative of the older schema after the other, where it has some. */
  private Optional<List<Incompatibility>> byCase(
      List<JsonNode> facts, Set<Same> seen, JsonNode newer, String at) {
    for (JsonNode fact : facts) {
      for (String keyword : List.of("anyOf", "oneOf")) {
        if (fact.path(keyword).isArray()) {
          List<Incompatibility> found = new ArrayList<>();
          for (JsonNode alternative : fact.get(keyword)) {
            List<JsonNode> narrowed = new ArrayList<>(facts);
            narrowed.remove(fact);
            ObjectNode rest = ((ObjectNode) fact).objectNode();
            rest.setAll((ObjectNode) fact);
            rest.remove(keyword);
            narrowed.add(rest);
            Set<Same> listed = new HashSet<>(seen);
            flatten(alternative, narrowed, listed);
            found.addAll(ofFacts(narrowed, listed, newer, at));
          }
          return Optional.of(found);
        }
      }
    }
    return Optional.empty();
  }

  /** Adds {@code schema}, what it refers to, and what it lists as all holding. */
  private void flatten(JsonNode schema, List<JsonNode> facts, Set<Same> seen) {
    if (!seen.add(new Same(schema))) {
      return;
    }
    facts.add(schema);
    resolve(oldRoot, schema.path("$ref")).ifPresent(target -> flatten(target, facts, seen));
    schema.path("allOf").forEach(each -> flatten(each, facts, seen));
  }

  private static Optional<JsonNode> resolve(JsonNode root, JsonNode reference) {
    String text = reference.asText();
    if (!reference.isTextual() || !(text.equals("#") || text.startsWith("#/"))) {
      return Optional.empty();
    }
    return Optional.of(root.at(JsonPointer.compile(text.substring(1).replace("%25", "%"))))
        .filter(target -> !target.isMissingNode());
  }

  private List<Incompatibility> ofKeyword(
      List<JsonNode> facts,
      Optional<List<JsonNode>> values,
      JsonNode newer,
      String keyword,
      String at) {
    JsonNode rule = newer.get(keyword);
    Set<Type> types = typesOf(facts);
    return switch (keyword) {
      case "$ref" ->
          resolve(newRoot, rule)
              .map(target -> of(facts, target, at))
              .orElseGet(() -> cannotTell(at, "refers to what is not in the schema"));
      case "allOf" -> {
        List<Incompatibility> found = new ArrayList<>();
        rule.forEach(each -> found.addAll(of(facts, each, at)));
        yield found;
      }
      case "anyOf" -> ofAlternatives(facts, newer, rule, at);
      case "type" -> ofType(facts, values, types, rule, at);
      case "enum", "const" -> ofValues(facts, values, keyword, rule, at);
      case "required" -> types.contains(Type.OBJECT) ? ofRequired(facts, rule, at) : List.of();
      case "properties" -> types.contains(Type.OBJECT) ? ofProperties(facts, rule, at) : List.of();
      case "patternProperties" ->
          types.contains(Type.OBJECT) ? ofPatterns(facts, rule, at) : List.of();
      case "additionalProperties" ->
          types.contains(Type.OBJECT) ? ofAdditional(facts, newer, rule, at) : List.of();
      case "prefixItems" -> {
        List<Incompatibility> found = new ArrayList<>();
        for (int i = 0; types.contains(Type.ARRAY) && i < rule.size(); i++) {
          found.addAll(of(itemAt(facts, i), rule.get(i), at + "/" + i));
        }
        yield found;
      }
      case "items" -> types.contains(Type.ARRAY) ? ofItems(facts, newer, rule, at) : List.of();
      case "minLength" ->
          types.contains(Type.STRING) ? atLeast(facts, keyword, rule, at) : List.of();
      case "maxLength" ->
          types.contains(Type.STRING) ? atMost(facts, keyword, rule, at) : List.of();
      case "minItems" -> types.contains(Type.ARRAY) ? atLeast(facts, keyword, rule, at) : List.of();
      case "maxItems" -> types.contains(Type.ARRAY) ? atMost(facts, keyword, rule, at) : List.of();
      case "minProperties" ->
          types.contains(Type.OBJECT) ? atLeast(facts, keyword, rule, at) : List.of();
      case "maxProperties" ->
          types.contains(Type.OBJECT) ? atMost(facts, keyword, rule, at) : List.of();
      case "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf" ->
          types.contains(Type.INTEGER) || types.contains(Type.FRACTION)
              ? ofNumber(facts, types, keyword, rule, at)
              : List.of();
      case "pattern" -> types.contains(Type.STRING) ? ofPattern(facts, rule, at) : List.of();
      case "uniqueItems" ->
          !rule.asBoolean()
                  || !types.contains(Type.ARRAY)
                  || facts.stream().anyMatch(fact -> fact.path(keyword).asBoolean())
              ? List.of()
              : broken(facts, at, "must not repeat items any more");
      default -> ofOther(facts, newer, keyword, at);
    };
  }

  /** What is not understood must be as it was. */
  private List<Incompatibility> ofOther(
      List<JsonNode> facts, JsonNode newer, String keyword, String at) {
    Set<String> together =
        switch (keyword) {
          case "if" -> Set.of("if", "then", "else");
          case "contains" -> Set.of("contains", "minContains", "maxContains");
          default -> Set.of(keyword);
        };
    boolean dependsOnOthers = keyword.startsWith("unevaluated") || keyword.equals("$dynamicRef");
    if (ANNOTATIONS.contains(keyword)
        || keyword.startsWith("x-")
        || (TRIVIAL_IF_ANYTHING.contains(keyword) && isAnything(newer.get(keyword)))
        || (!dependsOnOthers
            && facts.stream()
                .anyMatch(
                    fact ->
                        together.stream()
                            .allMatch(each -> sameAs(fact.path(each), newer.path(each)))))) {
      return List.of();
    }
    return cannotTell(at, "has another %s, or one that depends on others".formatted(keyword));
  }

  /** Whether both say the same, also where they refer to something. */
  private boolean sameAs(JsonNode older, JsonNode newer) {
    return sameAs(older, newer, new HashSet<>());
  }

  private boolean sameAs(JsonNode older, JsonNode newer, Set<String> seen) {
    return older.equals(newer)
        && newer.findValues("$dynamicRef").isEmpty()
        && newer.findValues("$ref").stream()
            .filter(reference -> seen.add(reference.asText()))
            .allMatch(
                reference -> {
                  Optional<JsonNode> was = resolve(oldRoot, reference);
                  Optional<JsonNode> is = resolve(newRoot, reference);
                  return was.isPresent() && is.isPresent() && sameAs(was.get(), is.get(), seen);
                });
  }

  private List<Incompatibility> ofAlternatives(
      List<JsonNode> facts, JsonNode newer, JsonNode alternatives, String at) {
    for (JsonNode alternative : alternatives) {
      if (of(facts, alternative, at).isEmpty()) {
        return List.of();
      }
    }
    return facts.stream().anyMatch(fact -> sameAs(fact.path("anyOf"), newer.get("anyOf")))
        ? List.of()
        : cannotTell(at, "has another anyOf");
  }

  private static List<Incompatibility> ofType(
      List<JsonNode> facts,
      Optional<List<JsonNode>> values,
      Set<Type> were,
      JsonNode rule,
      String at) {
    Set<Type> refused = EnumSet.noneOf(Type.class);
    refused.addAll(were);
    values.ifPresent(
        known -> {
          refused.clear();
          known.forEach(value -> refused.add(typeOf(value)));
        });
    refused.removeAll(named(rule));
    if (refused.isEmpty()) {
      return List.of();
    }
    Set<String> names = new TreeSet<>();
    for (Type type : refused) {
      boolean isNumber = type == Type.FRACTION || type == Type.INTEGER;
      names.add(
          !isNumber
              ? type.name().toLowerCase(Locale.ROOT)
              : refused.contains(Type.INTEGER) ? "number" : "number with a fraction");
    }
    return broken(facts, at, "may no longer be of type " + String.join(", ", names));
  }

  private static Set<Type> typesOf(List<JsonNode> facts) {
    Set<Type> types = EnumSet.allOf(Type.class);
    for (JsonNode fact : facts) {
      if (fact.has("type") && !fact.path("nullable").asBoolean()) {
        types.retainAll(named(fact.get("type")));
      }
    }
    return types;
  }

  private static Set<Type> named(JsonNode rule) {
    Set<Type> types = EnumSet.noneOf(Type.class);
    (rule.isArray() ? rule : JsonNodeFactory.instance.arrayNode().add(rule))
        .forEach(
            name -> {
              if (name.asText().equals("number")) {
                types.add(Type.INTEGER);
                types.add(Type.FRACTION);
              } else {
                Arrays.stream(Type.values())
                    .filter(type -> type.name().equalsIgnoreCase(name.asText()))
                    .forEach(types::add);
              }
            });
    return types;
  }

  private static Type typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> Type.OBJECT;
      case ARRAY -> Type.ARRAY;
      case STRING -> Type.STRING;
      case BOOLEAN -> Type.BOOLEAN;
      case NUMBER -> value.isIntegralNumber() ? Type.INTEGER : Type.FRACTION;
      default -> Type.NULL;
    };
  }

  /** The only values that the older schema takes, where it lists them. */
  private static Optional<List<JsonNode>> valuesOf(List<JsonNode> facts) {
    for (JsonNode fact : facts) {
      if (fact.path("nullable").asBoolean()) {
        continue;
      }
      if (fact.has("const")) {
        return Optional.of(List.of(fact.get("const")));
      }
      if (fact.path("enum").isArray()) {
        List<JsonNode> values = new ArrayList<>();
        fact.get("enum").forEach(values::add);
        return Optional.of(values);
      }
    }
    return Optional.empty();
  }

  private static List<Incompatibility> ofValues(
      List<JsonNode> facts,
      Optional<List<JsonNode>> values,
      String keyword,
      JsonNode rule,
      String at) {
    Set<JsonNode> taken = new HashSet<>();
    if (keyword.equals("const")) {
      taken.add(rule);
    } else {
      rule.forEach(taken::add);
    }
    if (values.isEmpty()) {
      return broken(facts, at, "takes only the values of %s now".formatted(keyword));
    }
    List<String> lost =
        values.get().stream()
            .filter(value -> !taken.contains(value))
            .map(JsonNode::toString)
            .toList();
    return lost.isEmpty()
        ? List.of()
        : broken(facts, at, "no longer takes %s".formatted(String.join(", ", lost)));
  }

  private static List<Incompatibility> ofRequired(List<JsonNode> facts, JsonNode rule, String at) {
    List<Incompatibility> found = new ArrayList<>();
    Set<String> were = requiredBy(facts);
    for (JsonNode name : rule) {
      if (!were.contains(name.asText())) {
        found.addAll(broken(facts, member(at, name.asText()), "became required"));
      }
    }
    return found;
  }

  private static Set<String> requiredBy(List<JsonNode> facts) {
    Set<String> names = new HashSet<>();
    facts.forEach(fact -> fact.path("required").forEach(name -> names.add(name.asText())));
    return names;
  }

  private List<Incompatibility> ofProperties(List<JsonNode> facts, JsonNode rule, String at) {
    List<Incompatibility> found = new ArrayList<>();
    for (Map.Entry<String, JsonNode> property : rule.properties()) {
      String place = member(at, property.getKey());
      List<JsonNode> older = memberOf(facts, property.getKey());
      List<Incompatibility> here = of(older, property.getValue(), place);
      if (!here.isEmpty() && older.stream().allMatch(SchemaComparison::isAnything)) {
        found.addAll(
            cannotTell(place, "was not described before: an event that had it may be refused"));
      } else {
        found.addAll(here);
      }
    }
    return found;
  }

  /** All that the older schema says of a member of that name. */
  private static List<JsonNode> memberOf(List<JsonNode> facts, String name) {
    List<JsonNode> schemas = new ArrayList<>();
    for (JsonNode fact : facts) {
      boolean named = fact.path("properties").has(name);
      if (named) {
        schemas.add(fact.get("properties").get(name));
      }
      for (Map.Entry<String, JsonNode> pattern : fact.path("patternProperties").properties()) {
        // Where nobody knows whether it matches, nothing follows from it.
        Optional<Boolean> matches = matches(pattern.getKey(), name);
        if (matches.orElse(false)) {
          schemas.add(pattern.getValue());
        }
        named |= matches.orElse(true);
      }
      if (!named && fact.has("additionalProperties")) {
        schemas.add(fact.get("additionalProperties"));
      }
    }
    return schemas;
  }

  private static Optional<Boolean> matches(String pattern, String name) {
    try {
      return Optional.of(Pattern.compile(pattern).matcher(name).find());
    } catch (PatternSyntaxException unknown) {
      return Optional.empty();
    }
  }

  private List<Incompatibility> ofPatterns(List<JsonNode> facts, JsonNode rule, String at) {
    List<Incompatibility> found = new ArrayList<>();
    for (Map.Entry<String, JsonNode> pattern : rule.properties()) {
      List<JsonNode> older = new ArrayList<>();
      facts.forEach(
          fact -> {
            JsonNode same = fact.path("patternProperties").path(pattern.getKey());
            if (!same.isMissingNode()) {
              older.add(same);
            }
          });
      if (older.isEmpty() && !isAnything(pattern.getValue())) {
        found.addAll(cannotTell(at, "has a new patternProperties"));
      } else {
        found.addAll(of(older, pattern.getValue(), at + "/*"));
      }
    }
    return found;
  }

  private List<Incompatibility> ofAdditional(
      List<JsonNode> facts, JsonNode newer, JsonNode rule, String at) {
    List<Incompatibility> found = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    Set<String> patterns = new LinkedHashSet<>();
    List<JsonNode> others = new ArrayList<>();
    for (JsonNode fact : facts) {
      fact.path("properties").fieldNames().forEachRemaining(names::add);
      fact.path("patternProperties").fieldNames().forEachRemaining(patterns::add);
      if (fact.has("additionalProperties")) {
        others.add(fact.get("additionalProperties"));
      }
    }
    JsonNode newPatterns = newer.path("patternProperties");
    for (String name : names) {
      boolean isNamed = newer.path("properties").has(name);
      for (Map.Entry<String, JsonNode> pattern : newPatterns.properties()) {
        isNamed |= matches(pattern.getKey(), name).orElse(false);
      }
      if (!isNamed) {
        found.addAll(of(memberOf(facts, name), rule, member(at, name)));
      }
    }
    for (String pattern : patterns) {
      if (!newPatterns.has(pattern)) {
        List<JsonNode> older = new ArrayList<>();
        facts.forEach(
            fact -> {
              if (fact.path("patternProperties").has(pattern)) {
                older.add(fact.get("patternProperties").get(pattern));
              }
            });
        found.addAll(of(older, rule, at + "/*"));
      }
    }
    List<Incompatibility> closed =
        of(others.isEmpty() ? List.of(ANYTHING) : others, rule, at + "/*");
    if (!closed.isEmpty() && rule.isBoolean()) {
      found.addAll(broken(facts, at, "no longer takes members that it does not name"));
    } else {
      found.addAll(closed);
    }
    return found;
  }

  private List<Incompatibility> ofItems(
      List<JsonNode> facts, JsonNode newer, JsonNode rule, String at) {
    if (rule.isArray()) {
      return cannotTell(at, "has items as JSON Schema had them before 2020-12");
    }
    int from = newer.path("prefixItems").size();
    int to = from;
    for (JsonNode fact : facts) {
      to = Math.max(to, fact.path("prefixItems").size());
    }
    List<Incompatibility> found = new ArrayList<>();
    for (int i = from; i < to; i++) {
      found.addAll(of(itemAt(facts, i), rule, at + "/" + i));
    }
    found.addAll(of(itemAt(facts, Math.max(to, from)), rule, at + "/*"));
    return found;
  }

  /** All that the older schema says of the item at {@code index}. */
  private static List<JsonNode> itemAt(List<JsonNode> facts, int index) {
    List<JsonNode> schemas = new ArrayList<>();
    for (JsonNode fact : facts) {
      if (index < fact.path("prefixItems").size()) {
        schemas.add(fact.get("prefixItems").get(index));
      } else if (fact.has("items") && !fact.get("items").isArray()) {
        schemas.add(fact.get("items"));
      }
    }
    return schemas;
  }

  private static Optional<BigDecimal> bound(
      List<JsonNode> facts, String keyword, BinaryOperator<BigDecimal> tighter) {
    return facts.stream()
        .filter(fact -> fact.path(keyword).isNumber())
        .map(fact -> fact.get(keyword).decimalValue())
        .reduce(tighter);
  }

  private static List<Incompatibility> atLeast(
      List<JsonNode> facts, String keyword, JsonNode rule, String at) {
    BigDecimal was =
        keyword.equals("minProperties")
            ? BigDecimal.valueOf(requiredBy(facts).size())
            : BigDecimal.ZERO;
    was = bound(facts, keyword, BigDecimal::max).orElse(was).max(was);
    return was.compareTo(rule.decimalValue()) >= 0
        ? List.of()
        : tightened(facts, keyword, rule, at);
  }

  private static List<Incompatibility> atMost(
      List<JsonNode> facts, String keyword, JsonNode rule, String at) {
    return bound(facts, keyword, BigDecimal::min)
            .filter(was -> was.compareTo(rule.decimalValue()) <= 0)
            .isPresent()
        ? List.of()
        : tightened(facts, keyword, rule, at);
  }

  private static List<Incompatibility> ofNumber(
      List<JsonNode> facts, Set<Type> types, String keyword, JsonNode rule, String at) {
    BigDecimal is = rule.decimalValue();
    boolean follows =
        switch (keyword) {
          case "multipleOf" ->
              (!types.contains(Type.FRACTION) && isMultiple(BigDecimal.ONE, is))
                  || facts.stream()
                      .filter(fact -> fact.path(keyword).isNumber())
                      .anyMatch(fact -> isMultiple(fact.get(keyword).decimalValue(), is));
          case "minimum" ->
              bound(facts, "minimum", BigDecimal::max)
                      .filter(was -> was.compareTo(is) >= 0)
                      .isPresent()
                  || bound(facts, "exclusiveMinimum", BigDecimal::max)
                      .filter(was -> was.compareTo(is) >= 0)
                      .isPresent();
          case "exclusiveMinimum" ->
              bound(facts, "minimum", BigDecimal::max)
                      .filter(was -> was.compareTo(is) > 0)
                      .isPresent()
                  || bound(facts, keyword, BigDecimal::max)
                      .filter(was -> was.compareTo(is) >= 0)
                      .isPresent();
          case "maximum" ->
              bound(facts, "maximum", BigDecimal::min)
                      .filter(was -> was.compareTo(is) <= 0)
                      .isPresent()
                  || bound(facts, "exclusiveMaximum", BigDecimal::min)
                      .filter(was -> was.compareTo(is) <= 0)
                      .isPresent();
          default ->
              bound(facts, "maximum", BigDecimal::min)
                      .filter(was -> was.compareTo(is) < 0)
                      .isPresent()
                  || bound(facts, keyword, BigDecimal::min)
                      .filter(was -> was.compareTo(is) <= 0)
                      .isPresent();
        };
    return follows ? List.of() : tightened(facts, keyword, rule, at);
  }

  private static boolean isMultiple(BigDecimal number, BigDecimal of) {
    return of.signum() != 0 && number.remainder(of).signum() == 0;
  }

  private static List<Incompatibility> ofPattern(List<JsonNode> facts, JsonNode rule, String at) {
    if (facts.stream().anyMatch(fact -> fact.path("pattern").equals(rule))) {
      return List.of();
    }
    return facts.stream().anyMatch(fact -> fact.has("pattern"))
        ? cannotTell(at, "has another pattern")
        : broken(facts, at, "must match a pattern now");
  }

  private static List<Incompatibility> tightened(
      List<JsonNode> facts, String keyword, JsonNode rule, String at) {
    return broken(facts, at, "has a tighter %s, %s".formatted(keyword, rule));
  }

  private static boolean isAnything(JsonNode schema) {
    return schema.isBoolean() ? schema.booleanValue() : schema.isObject() && schema.isEmpty();
  }

  private static String member(String at, String name) {
    return at + "/" + YamlDocument.escaped(name);
  }

  /** A break for sure only where all that the older schema says was looked at. */
  private static List<Incompatibility> broken(List<JsonNode> facts, String at, String rule) {
    boolean isSure =
        facts.stream()
            .noneMatch(
                fact ->
                    OPAQUE.stream().anyMatch(fact::has)
                        || (fact.has("$ref") && !fact.get("$ref").asText().startsWith("#")));
    return List.of(new Incompatibility(isSure ? Kind.BREAKING : Kind.CANNOT_TELL, at, rule));
  }

  private static List<Incompatibility> cannotTell(String at, String rule) {
    return List.of(new Incompatibility(Kind.CANNOT_TELL, at, rule));
  }
}
