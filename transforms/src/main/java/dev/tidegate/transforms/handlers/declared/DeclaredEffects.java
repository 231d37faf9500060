package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cel.common.types.CelKind;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.EffectEvents;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.Rfc3339;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.declared.Expression.Scope;
import dev.tidegate.transforms.handlers.declared.Expression.Variable;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.CompensationDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.EffectDefinition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * What an event causes besides rows, as a source's file says it: follow-up events, tasks and
 * notices.
 *
 * <p>An effect that is wrong, or silently missing, cannot be mended later as a row can. So an
 * expression that fails makes the event a dead letter, and so do a recipient or an aggregate that
 * the event does not have. Members of the payload that the event does not have are left out.
 */
final class DeclaredEffects {
  private final List<DeclaredEffect> effects;

  private DeclaredEffects(List<DeclaredEffect> effects) {
    this.effects = effects;
  }

  /** The expressions of an effect, or of one for each item of a list. */
  private record DeclaredEffect(
      Effect.Kind kind,
      String type,
      String key,
      Optional<String> source,
      @Nullable Expression when,
      @Nullable Expression forEach,
      @Nullable Expression aggregate,
      @Nullable Expression recipient,
      @Nullable Expression priority,
      @Nullable Expression due,
      Payload payload,
      @Nullable DeclaredEffect compensation) {
    void addTo(List<Effect> effects, Scope scope, String itemKey) {
      if (when != null && !when.isTrue(scope)) {
        return;
      }
      if (effects.size() == Effect.MOST) {
        throw PermanentFailureException.invalid(
            "the event has more than %d effects".formatted(Effect.MOST));
      }
      effects.add(make(scope, itemKey));
      scope.steps().check();
    }

    private Effect make(Scope scope, String itemKey) {
      Effect.Builder effect =
          switch (kind) {
            case EVENT -> Effect.event(type);
            case TASK -> Effect.task(type);
            case NOTICE -> Effect.notice(type, textOf(recipient, scope));
          };
      effect.key(itemKey).payload(payload.of(scope));
      source.ifPresent(effect::source);
      if (aggregate != null) {
        effect.aggregate(textOf(aggregate, scope));
      }
      if (priority != null) {
        priorityOf(priority, scope).ifPresent(effect::priority);
      }
      if (due != null) {
        timeOf(due, scope).ifPresent(effect::dueAt);
      }
      if (compensation != null) {
        effect.compensation(compensation.make(scope, itemKey));
      }
      return effect.build();
    }
  }

  /** The expressions of a payload: of its members, or of the whole. */
  private record Payload(Map<String, Expression> members, @Nullable Expression whole) {
    ObjectNode of(Scope scope) {
      if (whole != null) {
        if (JsonValues.toJson(whole.required(scope)) instanceof ObjectNode object) {
          return object;
        }
        throw PermanentFailureException.invalid(whole.text() + " must be an object");
      }
      ObjectNode object = Json.mapper().createObjectNode();
      members.forEach(
          (name, expression) -> {
            JsonNode value = JsonValues.toJson(expression.required(scope));
            if (!value.isMissingNode()) {
              object.set(name, value);
            }
          });
      return object;
    }
  }

  /**
   * Compiles effects; mistakes are noted in the document.
   *
   * @param emit follow-up events, in the list {@code emit} at {@code pointer}
   * @param tasks tasks, in the list {@code tasks}
   * @param notices notices, in the list {@code notify}
   * @param pointer the place of the lists
   * @param variables what their expressions may read, outside of a {@code for_each}
   */
  static DeclaredEffects compile(
      List<EffectDefinition> emit,
      List<EffectDefinition> tasks,
      List<EffectDefinition> notices,
      YamlDocument document,
      String pointer,
      Set<Variable> variables) {
    List<DeclaredEffect> effects = new ArrayList<>();
    Set<String> keys = new HashSet<>();
    compile(Effect.Kind.EVENT, emit, document, pointer, "emit", variables, keys, effects);
    compile(Effect.Kind.TASK, tasks, document, pointer, "tasks", variables, keys, effects);
    compile(Effect.Kind.NOTICE, notices, document, pointer, "notify", variables, keys, effects);
    return new DeclaredEffects(List.copyOf(effects));
  }

  private static void compile(
      Effect.Kind kind,
      List<EffectDefinition> definitions,
      YamlDocument document,
      String pointer,
      String list,
      Set<Variable> variables,
      Set<String> keys,
      List<DeclaredEffect> effects) {
    for (int i = 0; i < definitions.size(); i++) {
      EffectDefinition definition = definitions.get(i);
      // A key in the file has no slash.
      String place = "%s/%d".formatted(list, i);
      String key = Optional.ofNullable(definition.key()).orElse(place);
      String at = "%s/%s".formatted(pointer, place);
      if (!keys.add(key)) {
        document.mistake(at + "/key", "is also the key of another effect");
      }
      boolean isOfSaga = variables.contains(Variable.STATE);
      if (isOfSaga && definition.key() == null) {
        document.mistake(at + "/key", "needs a key: it tells the effects of a saga apart");
      }
      if (!isOfSaga && definition.compensate() != null) {
        document.mistake(at + "/compensate", "must be left out: it belongs to sagas");
      }
      effects.add(new Compiler(document, at, variables).compile(kind, definition, key));
    }
  }

  /** Reads one effect's expressions. */
  private record Compiler(
      YamlDocument document,
      String pointer,
      Set<Variable> outside,
      Set<Variable> inside,
      ExpressionCompiler expressions) {
    Compiler(YamlDocument document, String pointer, Set<Variable> variables) {
      this(
          document,
          pointer,
          variables,
          Variable.ITEM.and(variables),
          new ExpressionCompiler(document, pointer));
    }

    DeclaredEffect compile(Effect.Kind kind, EffectDefinition definition, String key) {
      checkNames(kind, definition);
      Set<Variable> variables = definition.forEach() == null ? outside : inside;
      return new DeclaredEffect(
          kind,
          definition.type(),
          key,
          Optional.ofNullable(definition.source()),
          expressions.condition(definition.when(), variables),
          expressions.list(definition.forEach(), outside),
          expressions.compile(
              definition.aggregate(), "/aggregate", variables, Set.of(CelKind.STRING), "text"),
          expressions.compile(
              definition.recipient(), "/recipient", variables, Set.of(CelKind.STRING), "text"),
          expressions.compile(
              definition.priority(),
              "/priority",
              variables,
              Set.of(CelKind.INT, CelKind.UINT),
              "a whole number from 0 to 9"),
          expressions.compile(
              definition.due(),
              "/due",
              variables,
              Set.of(CelKind.TIMESTAMP, CelKind.STRING),
              "a time"),
          payload(definition.payload(), variables),
          compensation(definition.compensate(), variables, key));
    }

    private @Nullable DeclaredEffect compensation(
        @Nullable CompensationDefinition definition, Set<Variable> variables, String key) {
      if (definition == null) {
        return null;
      }
      Effect.Kind kind =
          definition.emit() != null
              ? Effect.Kind.EVENT
              : definition.tasks() != null ? Effect.Kind.TASK : Effect.Kind.NOTICE;
      String at =
          "%s/compensate/%s"
              .formatted(
                  pointer,
                  switch (kind) {
                    case EVENT -> "emit";
                    case TASK -> "tasks";
                    case NOTICE -> "notify";
                  });
      EffectDefinition undoing = definition.only();
      for (Map.Entry<String, Object> member : undoing.ofLists().entrySet()) {
        document.mistake(
            "%s/%s".formatted(at, member.getKey()),
            "must be left out: it is undone just as it was done");
      }
      return new Compiler(document, at, variables).compile(kind, undoing, key);
    }

    private void checkNames(Effect.Kind kind, EffectDefinition definition) {
      String member =
          switch (kind) {
            case EVENT -> "/type";
            case TASK -> "/kind";
            case NOTICE -> "/template";
          };
      String type = definition.type();
      if (!Event.isName(type)) {
        document.mistake(pointer + member, "must be a name: " + Event.NAME_RULE);
      } else if (kind == Effect.Kind.EVENT && EffectEvents.haveType(type)) {
        document.mistake(
            pointer + member,
            "must not begin with %s, as what Tidegate itself tells does"
                .formatted(String.join(" or ", EffectEvents.PREFIXES)));
      }
    }

    private Payload payload(@Nullable JsonNode definition, Set<Variable> variables) {
      Map<String, Expression> members = new LinkedHashMap<>();
      if (definition == null) {
        return new Payload(members, null);
      }
      if (!definition.isObject()) {
        return new Payload(
            members,
            expressions.compile(
                definition.asText(), "/payload", variables, Set.of(CelKind.MAP), "an object"));
      }
      for (Map.Entry<String, JsonNode> member : definition.properties()) {
        Expression expression =
            expressions.any(
                member.getValue().asText(),
                "/payload/" + YamlDocument.escaped(member.getKey()),
                variables);
        if (expression != null) {
          members.put(member.getKey(), expression);
        }
      }
      return new Payload(members, null);
    }
  }

  /**
   * What an event causes, each with a key of its own.
   *
   * @throws PermanentFailureException where it cannot be worked out, or is too much
   */
  List<Effect> effects(Scope scope) {
    List<Effect> made = new ArrayList<>();
    for (DeclaredEffect effect : effects) {
      if (effect.forEach == null) {
        effect.addTo(made, scope, effect.key);
      } else {
        int place = 0;
        for (JsonNode item : effect.forEach.items(scope)) {
          effect.addTo(made, scope.with(item), "%s/%d".formatted(effect.key, place));
          place++;
        }
      }
    }
    return made;
  }

  private static String textOf(Expression expression, Scope scope) {
    JsonNode value = JsonValues.toJson(expression.required(scope));
    if (value.isTextual() || value.isNumber()) {
      return value.asText();
    }
    throw PermanentFailureException.invalid(
        expression.text()
            + (value.isMissingNode() || value.isNull()
                ? " is missing: an effect needs it"
                : " must be text"));
  }

  private static Optional<Integer> priorityOf(Expression expression, Scope scope) {
    JsonNode value = JsonValues.toJson(expression.required(scope));
    if (isAbsent(value)) {
      return Optional.empty();
    }
    if (value.canConvertToExactIntegral() && value.canConvertToInt()) {
      return Optional.of(value.intValue());
    }
    throw PermanentFailureException.invalid(
        expression.text() + " must be a whole number from 0 to 9");
  }

  /** The time that an expression gives; empty where the event does not have it. */
  static Optional<Instant> timeOf(Expression expression, Scope scope) {
    Object value = JsonValues.toColumn(expression.required(scope));
    if (value instanceof Instant time) {
      return Optional.of(time);
    }
    JsonNode json = JsonValues.toJson(value);
    if (isAbsent(json)) {
      return Optional.empty();
    }
    return Optional.of(
        Rfc3339.parse(json.isTextual() ? json.textValue() : "")
            .orElseThrow(
                () ->
                    PermanentFailureException.invalid(
                        expression.text() + " must be a time with an offset, as in RFC 3339")));
  }

  private static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }
}
