package dev.tidegate.transforms.handlers.declared;

import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.SimpleType;
import dev.cel.runtime.CelFunctionBinding;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.Stream;

/**
 * Arithmetic of a whole number with a double, which CEL itself does not have. In JSON 42 and 42.5
 * are the same kind of number, and an event's may be either: {@code payload.amount / 100.0} must
 * not depend on it.
 */
enum MixedArithmetic {
  ADD("_+_", (left, right) -> left + right),
  SUBTRACT("_-_", (left, right) -> left - right),
  MULTIPLY("_*_", (left, right) -> left * right),
  DIVIDE("_/_", (left, right) -> left / right);

  private final String operator;
  private final DoubleBinaryOperator operation;

  MixedArithmetic(String operator, DoubleBinaryOperator operation) {
    this.operator = operator;
    this.operation = operation;
  }

  /** The operators' further overloads, for the compiler. */
  static List<CelFunctionDecl> declarations() {
    return Stream.of(values())
        .map(
            each ->
                CelFunctionDecl.newFunctionDeclaration(
                    each.operator,
                    CelOverloadDecl.newGlobalOverload(
                        each.id("int_double"),
                        SimpleType.DOUBLE,
                        SimpleType.INT,
                        SimpleType.DOUBLE),
                    CelOverloadDecl.newGlobalOverload(
                        each.id("double_int"),
                        SimpleType.DOUBLE,
                        SimpleType.DOUBLE,
                        SimpleType.INT)))
        .toList();
  }

  /** What they do, for the runtime. */
  static List<CelFunctionBinding> bindings() {
    return Stream.of(values())
        .flatMap(
            each ->
                Stream.of(
                    CelFunctionBinding.from(
                        each.id("int_double"),
                        Long.class,
                        Double.class,
                        (left, right) -> each.operation.applyAsDouble(left, right)),
                    CelFunctionBinding.from(
                        each.id("double_int"),
                        Double.class,
                        Long.class,
                        (left, right) -> each.operation.applyAsDouble(left, right))))
        .toList();
  }

  private String id(String types) {
    return "tidegate_%s_%s".formatted(name().toLowerCase(java.util.Locale.ROOT), types);
  }
}
