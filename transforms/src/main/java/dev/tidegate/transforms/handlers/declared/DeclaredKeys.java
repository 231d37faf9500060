package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cel.common.types.CelKind;
import dev.tidegate.schemas.EventKeys;
import dev.tidegate.schemas.Warning;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.declared.Expression.Failure;
import dev.tidegate.transforms.handlers.declared.Expression.Scope;
import dev.tidegate.transforms.handlers.declared.Expression.Variable;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** What people look for a source's events by: the names and expressions of {@code about}. */
final class DeclaredKeys {
  private static final Set<CelKind> KINDS =
      Set.of(CelKind.STRING, CelKind.INT, CelKind.UINT, CelKind.DOUBLE, CelKind.BOOL);

  private final Map<String, Expression> expressions;

  private DeclaredKeys(Map<String, Expression> expressions) {
    this.expressions = expressions;
  }

  /** Compiles those of all events of a source; mistakes are noted in the document. */
  static DeclaredKeys compile(Map<String, String> about, YamlDocument document) {
    return new DeclaredKeys(Map.of()).and(about, document, "");
  }

  /**
   * These, and those of a type.
   *
   * @param pointer the place that has them
   */
  DeclaredKeys and(Map<String, String> about, YamlDocument document, String pointer) {
    if (about.isEmpty()) {
      return this;
    }
    Map<String, Expression> all = new TreeMap<>(expressions);
    ExpressionCompiler compiler = new ExpressionCompiler(document, pointer);
    about.forEach(
        (name, text) -> {
          if (!name.matches("[a-z][a-z0-9_]{0,62}")) {
            document.mistake(
                pointer + "/about/" + YamlDocument.escaped(name),
                "must be a name: a lower-case letter, then up to 62 lower-case letters, digits or _");
          }
          Expression expression =
              compiler.compile(
                  text,
                  "/about/" + YamlDocument.escaped(name),
                  Variable.OF_EVENTS,
                  KINDS,
                  "a text, a number, true or false");
          if (expression != null) {
            all.put(name, expression);
          }
        });
    if (all.size() > EventKeys.MOST) {
      document.mistake(
          pointer + "/about",
          "has more than %d keys, with those of all types".formatted(EventKeys.MOST));
    }
    return new DeclaredKeys(all);
  }

  /**
   * The values that an event has, by their names.
   *
   * @param warnings gets each value that cannot be computed
   */
  Map<String, String> of(Scope scope, Consumer<Warning> warnings) {
    Map<String, String> keys = new TreeMap<>();
    expressions.forEach(
        (name, expression) -> {
          try {
            JsonNode value = JsonValues.toJson(expression.evaluate(scope));
            if (value.isValueNode() && !value.isNull()) {
              keys.put(name, value.asText());
            }
          } catch (Failure unusable) {
            warnings.accept(new Warning(expression.text(), unusable.getMessage()));
          }
        });
    return keys;
  }
}
