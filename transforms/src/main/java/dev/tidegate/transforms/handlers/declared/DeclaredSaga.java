package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cel.common.types.CelKind;
import dev.tidegate.schemas.EffectEvents;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.Saga;
import dev.tidegate.transforms.handlers.declared.Expression.Scope;
import dev.tidegate.transforms.handlers.declared.Expression.Variable;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.EffectDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.ReactionDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.SagaDefinition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * A saga as a source's file says it. Its state is a JSON object: an event sets members, and those
 * that it does not have stay as they are.
 *
 * <p>Expressions in {@code state} read the state as it was before the event; effects, deadlines and
 * the next entry for the same event read the new state.
 */
final class DeclaredSaga implements Saga<ObjectNode> {
  private static final long serialVersionUID = 1L;

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,62}");

  /** The events about the saga's own tasks. */
  private static final Set<String> OF_TASKS =
      Set.of("task.completed", "task.failed", "task.cancelled");

  private static final Set<Variable> VARIABLES = Variable.STATE.and(Variable.OF_EVENTS);

  /** The longest list of which each item may have an effect. */
  private static final int MOST_ITEMS = 5_000;

  private final String name;
  private final transient Map<String, Expression> instances;
  private final transient Map<String, SchemaVersions> versions;
  private final transient List<Reaction> reactions;

  private DeclaredSaga(
      String name,
      Map<String, Expression> instances,
      Map<String, SchemaVersions> versions,
      List<Reaction> reactions) {
    this.name = name;
    this.instances = instances;
    this.versions = versions;
    this.reactions = reactions;
  }

  /** What an event or a deadline brings about. */
  private record Reaction(
      ReactionDefinition definition,
      @Nullable Expression when,
      Map<String, Expression> state,
      DeclaredEffects effects,
      Map<String, Expression> deadlines,
      List<String> revoked) {
    ObjectNode apply(ObjectNode before, Scope scope, Step step) {
      Scope reading = scope.withState(before);
      if (when != null && !when.isTrue(reading)) {
        return before;
      }
      ObjectNode after = Json.mapper().createObjectNode();
      after.setAll(before);
      state.forEach(
          (member, expression) -> {
            JsonNode value = JsonValues.toJson(expression.required(reading));
            if (!value.isMissingNode()) {
              after.set(member, value);
            }
          });
      Scope now = scope.withState(after);
      revoked.forEach(step::revoke);
      definition.clear().forEach(step::clear);
      effects.effects(now).forEach(step::effect);
      deadlines.forEach(
          (deadline, expression) ->
              DeclaredEffects.timeOf(expression, now)
                  .ifPresent(due -> step.deadline(deadline, due)));
      if (definition.waitingFor() != null) {
        step.waitFor(definition.waitingFor());
      }
      if (definition.complete()) {
        step.complete();
      }
      now.steps().check();
      return after;
    }
  }

  /**
   * Compiles a saga; mistakes are noted in the document.
   *
   * @param handlers of the file's event types: they know the versions of their schemas
   */
  static DeclaredSaga compile(
      String name,
      SagaDefinition definition,
      Map<String, EventHandler> handlers,
      YamlDocument document) {
    String pointer = "/sagas/" + YamlDocument.escaped(name);
    if (!NAME.matcher(name).matches()) {
      document.mistake(
          pointer,
          "must be a name: a lower-case letter, then up to 62 lower-case letters, digits, - or _");
    }
    Compiler compiler = new Compiler(definition, document, pointer);
    List<Reaction> reactions = new ArrayList<>();
    for (int i = 0; i < definition.on().size(); i++) {
      reactions.add(compiler.compile(definition.on().get(i), "%s/on/%d".formatted(pointer, i)));
    }
    compiler.checkInstances();
    Map<String, SchemaVersions> versions = new LinkedHashMap<>();
    handlers.forEach((type, handler) -> versions.put(type, ((DeclaredHandler) handler).versions()));
    return new DeclaredSaga(name, compiler.instances, versions, List.copyOf(reactions));
  }

  /** Reads a saga's expressions. */
  private static final class Compiler {
    private final YamlDocument document;
    private final String pointer;
    private final SagaDefinition definition;
    private final Map<String, Expression> instances = new LinkedHashMap<>();
    private final Set<String> deadlines;
    private final Map<String, Boolean> keys = new LinkedHashMap<>();

    Compiler(SagaDefinition definition, YamlDocument document, String pointer) {
      this.definition = definition;
      this.document = document;
      this.pointer = pointer;
      this.deadlines =
          definition.on().stream()
              .flatMap(reaction -> reaction.deadlines().keySet().stream())
              .collect(Collectors.toSet());
      for (ReactionDefinition reaction : definition.on()) {
        for (EffectDefinition effect : reaction.effects()) {
          if (effect.key() != null) {
            keys.merge(effect.key(), effect.forEach() != null, Boolean::logicalOr);
          }
        }
      }
    }

    Reaction compile(ReactionDefinition reaction, String at) {
      ExpressionCompiler expressions = new ExpressionCompiler(document, at);
      checkWhat(reaction, at);
      compileInstance(reaction, expressions);
      checkKnown(reaction.clear(), at + "/clear", deadlines, "deadline");
      checkKnown(reaction.revoke(), at + "/revoke", keys.keySet(), "effect's key");
      if (reaction.waitingFor() != null && !Event.isName(reaction.waitingFor())) {
        document.mistake(at + "/waiting_for", "must be " + Event.NAME_RULE);
      }
      for (String deadline : reaction.deadlines().keySet()) {
        if (!Event.isName(deadline)) {
          document.mistake(
              "%s/deadlines/%s".formatted(at, YamlDocument.escaped(deadline)),
              "must be a name: " + Event.NAME_RULE);
        }
      }
      return new Reaction(
          reaction,
          expressions.condition(reaction.when(), VARIABLES),
          compile(reaction.state(), "/state/", Set.of(), "", expressions),
          DeclaredEffects.compile(
              reaction.emit(), reaction.tasks(), reaction.notices(), document, at, VARIABLES),
          compile(
              reaction.deadlines(),
              "/deadlines/",
              Set.of(CelKind.TIMESTAMP, CelKind.STRING),
              "a time",
              expressions),
          reaction.revoke().stream().flatMap(this::keysOf).toList());
    }

    private void checkWhat(ReactionDefinition reaction, String at) {
      if ((reaction.event() == null) == (reaction.deadline() == null)) {
        document.mistake(at, "needs event or deadline, and not both");
      } else if (reaction.deadline() != null) {
        checkKnown(List.of(reaction.deadline()), at, deadlines, "deadline");
      } else if (!Event.isName(reaction.event())) {
        document.mistake(at + "/event", "must be a name: " + Event.NAME_RULE);
      } else if (reaction.event().startsWith("saga.")) {
        document.mistake(
            at + "/event", "must not begin with saga.: name a deadline by deadline instead");
      }
      if (reaction.deadline() != null && reaction.instance() != null) {
        document.mistake(at + "/instance", "must be left out: a deadline belongs to the instance");
      }
    }

    private void compileInstance(ReactionDefinition reaction, ExpressionCompiler expressions) {
      Expression instance =
          expressions.compile(
              reaction.instance(),
              "/instance",
              Variable.OF_EVENTS,
              Set.of(CelKind.STRING, CelKind.INT),
              "text");
      if (instance != null && reaction.event() != null) {
        Expression other = instances.putIfAbsent(reaction.event(), instance);
        if (other != null && !other.text().equals(instance.text())) {
          document.mistake(
              expressions.pointer() + "/instance",
              "must be the same as for this event above: an event belongs to one instance");
        }
      }
    }

    /** Every type needs one, in the first of its entries. */
    void checkInstances() {
      Set<String> seen = new HashSet<>();
      for (int i = 0; i < definition.on().size(); i++) {
        ReactionDefinition reaction = definition.on().get(i);
        String type = reaction.event();
        if (type != null
            && seen.add(type)
            && reaction.instance() == null
            && !OF_TASKS.contains(type)) {
          document.mistake("%s/on/%d".formatted(pointer, i), "needs instance");
        }
      }
    }

    private void checkKnown(List<String> names, String at, Set<String> known, String what) {
      for (String each : names) {
        if (!known.contains(each)) {
          document.mistake(
              at, "names no %s of this saga%s".formatted(what, YamlDocument.nearest(each, known)));
        }
      }
    }

    /** A key of a list stands for those of all its items. */
    private Stream<String> keysOf(String key) {
      return Boolean.TRUE.equals(keys.get(key))
          ? Stream.concat(
              Stream.of(key),
              Stream.iterate(0, place -> place < MOST_ITEMS, place -> place + 1)
                  .map(place -> "%s/%d".formatted(key, place)))
          : Stream.of(key);
    }

    private static Map<String, Expression> compile(
        Map<String, String> texts,
        String within,
        Set<CelKind> kinds,
        String what,
        ExpressionCompiler expressions) {
      Map<String, Expression> compiled = new LinkedHashMap<>();
      texts.forEach(
          (member, text) -> {
            Expression expression =
                expressions.compile(
                    text, within + YamlDocument.escaped(member), VARIABLES, kinds, what);
            if (expression != null) {
              compiled.put(member, expression);
            }
          });
      return compiled;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<String> instanceOf(Event event) {
    Expression instance = instances.get(event.eventType());
    if (instance == null) {
      return Optional.empty();
    }
    JsonNode value = JsonValues.toJson(instance.required(scopeOf(event)));
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isTextual() && !value.isNumber()) {
      throw PermanentFailureException.invalid(instance.text() + " must be text");
    }
    return Optional.of(value.asText());
  }

  private Scope scopeOf(Event event) {
    SchemaVersions known = versions.get(event.eventType());
    return known == null ? Scope.of(event, Optional.empty()) : known.read(event);
  }

  @Override
  public ObjectNode start() {
    return Json.mapper().createObjectNode();
  }

  @Override
  public ObjectNode apply(ObjectNode state, Event event, Step step) {
    ObjectNode folded = state;
    Scope scope = scopeOf(event);
    for (Reaction reaction : reactions) {
      if (event.eventType().equals(reaction.definition.event())) {
        folded = reaction.apply(folded, scope, step);
      }
    }
    return folded;
  }

  @Override
  public ObjectNode deadlinePassed(ObjectNode state, String deadline, Instant due, Step step) {
    ObjectNode folded = state;
    ObjectNode payload =
        Json.mapper().createObjectNode().put("deadline", deadline).put("due_at", due.toString());
    Scope scope =
        new Scope(
            payload,
            MissingNode.getInstance(),
            MissingNode.getInstance(),
            Map.of("type", EffectEvents.SAGA_DEADLINE, "time", due),
            new JsonValues.Steps());
    for (Reaction reaction : reactions) {
      if (deadline.equals(reaction.definition.deadline())) {
        folded = reaction.apply(folded, scope, step);
      }
    }
    return folded;
  }

  @Override
  public JsonNode toJson(ObjectNode state) {
    return state;
  }
}
