package dev.tidegate.transforms.handlers.declared;

import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.OptionalType;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.declared.Expression.Mistake;
import dev.tidegate.transforms.handlers.declared.Expression.Variable;
import java.util.Set;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Compiles the expressions at one place of a source's file. Mistakes are noted in the document.
 *
 * @param pointer the place that holds them
 */
record ExpressionCompiler(YamlDocument document, String pointer) {
  /** Of what is made or left out. */
  @Nullable Expression condition(@Nullable String text, Set<Variable> variables) {
    return compile(text, "/when", variables, Set.of(CelKind.BOOL), "true or false");
  }

  /** Of what is made for each item. */
  @Nullable Expression list(@Nullable String text, Set<Variable> variables) {
    return compile(text, "/for_each", variables, Set.of(CelKind.LIST), "a list");
  }

  /** Of any type. */
  @Nullable Expression any(@Nullable String text, String place, Set<Variable> variables) {
    return compile(text, place, variables, Set.of(), "");
  }

  /**
   * Compiles an expression.
   *
   * @param text null where there is none
   * @param place where it stands, within the pointer
   * @param variables what it may read
   * @param kinds what it may give; empty for anything
   * @param what what it must give, for messages
   * @return null if there is none, or it is not an expression
   */
  @Nullable Expression compile(
      @Nullable String text,
      String place,
      Set<Variable> variables,
      Set<CelKind> kinds,
      String what) {
    if (text == null) {
      return null;
    }
    try {
      Expression expression = Expression.compile(text, variables);
      CelKind kind = kindOf(expression.type());
      if (!kinds.isEmpty() && !kinds.contains(kind) && !isOpen(kind)) {
        document.mistake(
            pointer + place,
            "must be %s, and is of CEL's type %s".formatted(what, expression.type().name()));
      }
      return expression;
    } catch (Mistake mistake) {
      document.mistake(pointer + place, mistake.getMessage());
      return null;
    }
  }

  private static CelKind kindOf(CelType type) {
    return type instanceof OptionalType optional
        ? optional.parameters().get(0).kind()
        : type.kind();
  }

  /** Whether only the event tells of what type a value is. */
  private static boolean isOpen(CelKind kind) {
    return kind == CelKind.DYN || kind == CelKind.ANY || kind == CelKind.NULL_TYPE;
  }
}
