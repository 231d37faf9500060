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
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * An expression in CEL over {@code payload}, {@code event} and, in the rows of a list, {@code
 * item}. It is compiled and type-checked once. It has no clock and no randomness, and its cost is
 * bounded: the same event gives the same value, always and everywhere.
 *
 * <p>An expression that only names a place, as {@code payload.data.id}, is read from the JSON
 * directly: numbers keep all their digits, and it takes a tenth of the time.
 */
final class Expression {
  private static final int LONGEST = 4_000;

  /** Steps of all loops of one evaluation. */
  private static final int MOST_ITERATIONS = 100_000;

  private static final String PAYLOAD = "payload";
  private static final String ITEM = "item";
  private static final String EVENT = "event";

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

  private static final CelCompiler COMPILER = compiler(false);
  private static final CelCompiler COMPILER_WITH_ITEM = compiler(true);

  private static CelCompiler compiler(boolean withItem) {
    var builder =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .addLibraries(CelExtensions.optional(), CelExtensions.strings())
            .addFunctionDeclarations(MixedArithmetic.declarations())
            .addVar(PAYLOAD, SimpleType.DYN)
            .addVar(EVENT, MapType.create(SimpleType.STRING, SimpleType.DYN));
    if (withItem) {
      builder.addVar(ITEM, SimpleType.DYN);
    }
    return builder.build();
  }

  /** What an expression reads: as JSON, and as CEL sees it. */
  record Scope(JsonNode payload, JsonNode item, Map<String, Object> event, JsonValues.Steps steps) {
    /**
     * The scope of an event outside of any list.
     *
     * @param version the version of the schema that the event came in; empty where there is none
     */
    static Scope of(Event of, Optional<String> version) {
      Map<String, Object> event = new HashMap<>();
      event.put("id", of.notificationId());
      event.put("type", of.eventType());
      event.put("time", JsonValues.timestamp(of.asOf()));
      event.put("tenant", of.tenantId());
      event.put("source", of.raw().source());
      version.ifPresent(known -> event.put("version", known));
      return new Scope(of.payload(), MissingNode.getInstance(), event, new JsonValues.Steps());
    }

    Scope with(JsonNode newItem) {
      return new Scope(payload, newItem, event, steps);
    }

    /** The scope of what an upcast has made of the event's body. */
    Scope withPayload(JsonNode newPayload) {
      return new Scope(newPayload, item, event, steps);
    }

    private Optional<Object> variable(String name) {
      return switch (name) {
        case PAYLOAD -> Optional.of(JsonValues.toCel(payload, steps));
        case ITEM -> Optional.of(JsonValues.toCel(item, steps));
        case EVENT -> Optional.of(event);
        default -> Optional.empty();
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
    this.steps = path == null ? new Object[0] : path.toArray();
    this.reads = reads;
    this.program = program;
  }

  /**
   * @param withItem whether the expression stands in rows of a list
   * @throws Mistake where it is not CEL, or its parts do not fit together
   */
  static Expression compile(String text, boolean withItem) throws Mistake {
    try {
      CelAbstractSyntaxTree tree =
          (withItem ? COMPILER_WITH_ITEM : COMPILER).compile(text).getAst();
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
          if (!name.equals(PAYLOAD) && !name.equals(ITEM)) {
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
    JsonNode node = steps[0].equals(ITEM) ? scope.item : scope.payload;
    for (int i = 1; i < steps.length; i++) {
      node = steps[i] instanceof String name ? node.path(name) : node.path((Integer) steps[i]);
    }
    return node;
  }
}
