package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelErrorCode;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.common.types.CelType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * An expression in CEL over {@code payload}, {@code event} and what else its place gives. It is
 * compiled and type-checked once. It has no clock and no randomness, and its cost is bounded: the
 * same event gives the same value, always and everywhere.
 *
 * <p>An expression that only names a place, as {@code payload.data.id}, is read from the JSON
 * directly: numbers keep all their digits, and it takes a tenth of the time.
 */
final class Expression {
  private static final int LONGEST = 4_000;

  /** Steps of all loops of one evaluation. */
  private static final int MOST_ITERATIONS = 100_000;

  private static final CelOptions OPTIONS =
      CelOptions.current()
          .maxExpressionCodePointSize(LONGEST)
          .comprehensionMaxIterations(MOST_ITERATIONS)
          .maxRegexProgramSize(LONGEST)
          .enableHeterogeneousNumericComparisons(true)
          .build();

  private static final CelRuntime RUNTIME =
      CelRuntimeFactory.standardCelRuntimeBuilder()
          .setOptions(OPTIONS)
          .addLibraries(CelExtensions.optional(), CelExtensions.strings())
          .addFunctionBindings(MixedArithmetic.bindings())
          .build();

  private static final Map<Set<Variable>, CelCompiler> COMPILERS = new ConcurrentHashMap<>();

  /** What expressions read. */
  enum Variable {
    /** The body, led to the newest version of its schema. */
    PAYLOAD(SimpleType.DYN),
    /** What is known of the event besides its body. */
    EVENT(MapType.create(SimpleType.STRING, SimpleType.DYN)),
    /** One of a list. */
    ITEM(SimpleType.DYN),
    /** That of a saga's instance. */
    STATE(SimpleType.DYN);

    /** What every expression reads. */
    static final Set<Variable> OF_EVENTS = Set.of(PAYLOAD, EVENT);

    private static final Map<String, Variable> BY_LABEL =
        Stream.of(values()).collect(Collectors.toMap(Variable::label, each -> each));

    private final CelType type;

    Variable(CelType type) {
      this.type = type;
    }

    /** Its name in expressions. */
    String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** {@code others} and this one. */
    Set<Variable> and(Set<Variable> others) {
      return Stream.concat(others.stream(), Stream.of(this)).collect(Collectors.toSet());
    }

    private static Optional<Variable> of(String label) {
      return Optional.ofNullable(BY_LABEL.get(label));
    }
  }

  private static CelCompiler compiler(Set<Variable> variables) {
    var builder =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .addLibraries(CelExtensions.optional(), CelExtensions.strings())
            .addFunctionDeclarations(MixedArithmetic.declarations());
    variables.forEach(variable -> builder.addVar(variable.label(), variable.type));
    return builder.build();
  }

  /** What an expression reads: as JSON, and as CEL sees it. */
  record Scope(
      JsonNode payload,
      JsonNode item,
      JsonNode state,
      Map<String, Object> event,
      JsonValues.Steps steps) {
    /**
     * The scope of an event outside of any list.
     *
     * @param version the version of the schema that the event came in; empty where there is none
     */
    static Scope of(Event of, Optional<String> version) {
      Map<String, Object> event = new HashMap<>();
      event.put("id", of.notificationId());
      event.put("type", of.eventType());
      event.put("time", of.asOf());
      event.put("tenant", of.tenantId());
      event.put("source", of.raw().source());
      version.ifPresent(known -> event.put("version", known));
      JsonNode none = MissingNode.getInstance();
      return new Scope(of.payload(), none, none, event, new JsonValues.Steps());
    }

    /** The scope of an event of which nothing is known but {@code payload}. */
    static Scope of(RawEvent of, JsonNode payload) {
      Map<String, Object> event = new HashMap<>();
      event.put("id", of.identity());
      of.eventType().ifPresent(type -> event.put("type", type));
      event.put("tenant", of.tenantId());
      event.put("source", of.source());
      JsonNode none = MissingNode.getInstance();
      return new Scope(payload, none, none, event, new JsonValues.Steps());
    }

    /** The scope of an item of a list. */
    Scope with(JsonNode newItem) {
      return new Scope(payload, newItem, state, event, steps);
    }

    /** The scope within an instance of a saga. */
    Scope withState(JsonNode newState) {
      return new Scope(payload, item, newState, event, steps);
    }

    /** The scope of what an upcast has made of the event's body. */
    Scope withPayload(JsonNode newPayload) {
      return new Scope(newPayload, item, state, event, steps);
    }

    private Optional<Object> variable(String name) {
      return Variable.of(name)
          .map(
              variable ->
                  variable == Variable.EVENT ? event : JsonValues.toCel(json(variable), steps));
    }

    private JsonNode json(Variable variable) {
      return switch (variable) {
        case PAYLOAD -> payload;
        case ITEM -> item;
        case STATE -> state;
        case EVENT -> MissingNode.getInstance();
      };
    }
  }

  /** An expression that CEL does not take, or of a type that does not fit. */
  static final class Mistake extends Exception {
    private static final long serialVersionUID = 1L;

    Mistake(String message) {
      super(message);
    }
  }

  /** An evaluation that failed. Its message names the rule, and no value. */
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1L;

    Failure(String message) {
      super(message, null, false, false);
    }
  }

  private final String text;
  private final CelType type;
  private final @Nullable List<Object> path;

  /** Where the path begins; null where there is none. */
  private final @Nullable Variable variable;

  /** The path's, in the form that is read fastest. */
  private final Object[] steps;

  private final Set<List<Object>> reads;
  private final CelRuntime.@Nullable Program program;

  private Expression(
      String text,
      CelType type,
      @Nullable List<Object> path,
      Set<List<Object>> reads,
      CelRuntime.@Nullable Program program) {
    this.text = text;
    this.type = type;
    this.path = path;
    this.variable = path == null ? null : Variable.of((String) path.get(0)).get();
    this.steps = path == null ? new Object[0] : path.toArray();
    this.reads = reads;
    this.program = program;
  }

  /**
   * @param variables what it may read
   * @throws Mistake where it is not CEL, or its parts do not fit together
   */
  static Expression compile(String text, Set<Variable> variables) throws Mistake {
    try {
      CelAbstractSyntaxTree tree =
          COMPILERS.computeIfAbsent(variables, Expression::compiler).compile(text).getAst();
      List<Object> path = pathOf(tree.getExpr());
      return new Expression(
          text,
          tree.getResultType(),
          path,
          readsOf(tree),
          path == null ? RUNTIME.createProgram(tree) : null);
    } catch (CelValidationException refused) {
      throw new Mistake(
          refused.getErrors().stream().map(Expression::describe).collect(Collectors.joining("; ")));
    } catch (CelEvaluationException unusable) {
      throw new Mistake(unusable.getMessage());
    }
  }

  private static Set<List<Object>> readsOf(CelAbstractSyntaxTree tree) {
    return CelNavigableAst.fromAst(tree)
        .getRoot()
        .allNodes()
        .map(node -> pathOf(node.expr()))
        .filter(Objects::nonNull)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static String describe(CelIssue issue) {
    // What the parser would take instead is a long list of its own words.
    String message = issue.getMessage().replaceFirst("(?s) expecting \\{.*", "");
    return "column %d: %s".formatted(issue.getSourceLocation().getColumn() + 1, message);
  }

  /** The place that {@code tree} names: a variable, then names and indexes; else null. */
  private static @Nullable List<Object> pathOf(CelExpr tree) {
    List<Object> reversed = new ArrayList<>();
    CelExpr at = tree;
    while (true) {
      switch (at.getKind()) {
        case IDENT -> {
          String name = at.ident().name();
          if (Variable.of(name).filter(variable -> variable != Variable.EVENT).isEmpty()) {
            return null;
          }
          reversed.add(name);
          Collections.reverse(reversed);
          return List.copyOf(reversed);
        }
        case SELECT -> {
          if (at.select().testOnly()) {
            return null;
          }
          reversed.add(at.select().field());
          at = at.select().operand();
        }
        case CALL -> {
          List<CelExpr> arguments = at.call().args();
          if (!List.of("_[_]", "_?._", "_[?_]").contains(at.call().function())
              || arguments.size() != 2
              || arguments.get(1).getKind() != CelExpr.ExprKind.Kind.CONSTANT) {
            return null;
          }
          CelConstant constant = arguments.get(1).constant();
          switch (constant.getKind()) {
            case STRING_VALUE -> reversed.add(constant.stringValue());
            case INT64_VALUE -> reversed.add((int) Math.min(constant.int64Value(), 1 << 30));
            default -> {
              return null;
            }
          }
          at = arguments.get(0);
        }
        default -> {
          return null;
        }
      }
    }
  }

  /** The type of its values, as far as it is known before there is an event. */
  CelType type() {
    return type;
  }

  /** As it was written. */
  String text() {
    return text;
  }

  /** The place that it names, from its variable on; empty where it does more than that. */
  Optional<List<Object>> path() {
    return Optional.ofNullable(path);
  }

  /** All places that it reads, each with those on the way to it. */
  Set<List<Object>> reads() {
    return reads;
  }

  /** The members of the object that it names which any of {@code readers} reads. */
  Set<String> membersReadBy(Stream<Expression> readers) {
    return path().stream()
        .flatMap(
            of ->
                readers
                    .flatMap(reader -> reader.reads().stream())
                    .filter(
                        read -> read.size() > of.size() && read.subList(0, of.size()).equals(of))
                    .map(read -> read.get(of.size()).toString()))
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Its value.
   *
   * @return JSON or a value of CEL; a missing node where the event does not have what it reads
   * @throws Failure where it has none
   */
  Object evaluate(Scope scope) throws Failure {
    if (path != null) {
      return read(scope);
    }
    try {
      Object value = program.eval(scope::variable);
      if (value instanceof Optional<?> optional) {
        return optional.isPresent() ? optional.get() : MissingNode.getInstance();
      }
      return value;
    } catch (CelEvaluationException failure) {
      CelErrorCode code = failure.getErrorCode();
      if (code == CelErrorCode.ATTRIBUTE_NOT_FOUND || code == CelErrorCode.INDEX_OUT_OF_BOUNDS) {
        return MissingNode.getInstance();
      }
      // Its message may quote the payload.
      throw new Failure("%s: %s".formatted(text, ruleOf(code)));
    } catch (RuntimeException unexpected) {
      throw new Failure("%s: %s".formatted(text, ruleOf(CelErrorCode.INTERNAL_ERROR)));
    }
  }

  /**
   * Its value, without which nothing can be made of the event.
   *
   * @return as {@link #evaluate} gives it
   * @throws PermanentFailureException where it has none
   */
  Object required(Scope scope) {
    try {
      return evaluate(scope);
    } catch (Failure failure) {
      throw PermanentFailureException.invalid(failure.getMessage());
    }
  }

  /**
   * Whether it is true. What the event does not have is not.
   *
   * @throws PermanentFailureException where it is neither true nor false
   */
  boolean isTrue(Scope scope) {
    Object value = required(scope);
    if (value instanceof JsonNode node && (node.isMissingNode() || node.isBoolean())) {
      return node.asBoolean();
    }
    if (value instanceof Boolean bool) {
      return bool;
    }
    throw PermanentFailureException.invalid(text + " must be true or false");
  }

  /**
   * The items of the list that it gives: none where the event does not have it.
   *
   * @throws PermanentFailureException where it gives no list
   */
  JsonNode items(Scope scope) {
    JsonNode items = JsonValues.toJson(required(scope));
    if (!items.isArray() && !items.isNull() && !items.isMissingNode()) {
      throw PermanentFailureException.invalid(text + " must be a list");
    }
    return items;
  }

  private static String ruleOf(CelErrorCode code) {
    return switch (code) {
      case DIVIDE_BY_ZERO -> "divides by zero";
      case OVERLOAD_NOT_FOUND, AMBIGUOUS_OVERLOAD, INVALID_ARGUMENT ->
          "does not take values of these types";
      case NUMERIC_OVERFLOW -> "is a number beyond bounds";
      case BAD_FORMAT -> "reads a text that does not have the format it must have";
      case ITERATION_BUDGET_EXCEEDED -> "takes more than %d steps".formatted(MOST_ITERATIONS);
      default -> "cannot be worked out";
    };
  }

  private JsonNode read(Scope scope) {
    JsonNode node = scope.json(variable);
    for (int i = 1; i < steps.length; i++) {
      node = steps[i] instanceof String name ? node.path(name) : node.path((Integer) steps[i]);
    }
    return node;
  }
}
