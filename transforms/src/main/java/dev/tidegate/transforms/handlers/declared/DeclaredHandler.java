package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.cel.common.types.CelKind;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Warning;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.HandlerOutput;
import dev.tidegate.transforms.handlers.declared.Expression.Failure;
import dev.tidegate.transforms.handlers.declared.Expression.Scope;
import dev.tidegate.transforms.handlers.declared.Expression.Variable;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.RowDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.TypeDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.VersionDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Makes the rows of one type of a declared source's events, and what else they cause.
 *
 * <p>A column whose expression reads what the event does not have stays as it is; null is a value.
 * A value that its column cannot hold costs itself only, and a warning. A key that cannot be worked
 * out makes the event a dead letter.
 */
final class DeclaredHandler implements EventHandler {
  private static final long serialVersionUID = 1L;

  /** The column for what no other column names. */
  static final String EXTRA = "extra";

  /** An event that means more rows is a dead letter: its batch would fill the memory. */
  private static final int MOST_ROWS = 5_000;

  private static final Map<ColumnType, Set<CelKind>> KINDS =
      Map.of(
          ColumnType.TEXT, Set.of(CelKind.STRING),
          ColumnType.BIGINT, Set.of(CelKind.INT, CelKind.UINT),
          ColumnType.NUMERIC, Set.of(CelKind.INT, CelKind.UINT, CelKind.DOUBLE),
          ColumnType.BOOLEAN, Set.of(CelKind.BOOL),
          ColumnType.TIMESTAMPTZ, Set.of(CelKind.TIMESTAMP, CelKind.STRING),
          ColumnType.DATE, Set.of(CelKind.STRING));

  private final transient SchemaVersions versions;
  private final transient List<Row> rows;
  private final transient DeclaredEffects effects;
  private final transient DeclaredKeys keys;

  private DeclaredHandler(
      SchemaVersions versions, List<Row> rows, DeclaredEffects effects, DeclaredKeys keys) {
    this.versions = versions;
    this.rows = rows;
    this.effects = effects;
    this.keys = keys;
  }

  /** A column and the expression of its value. */
  private record Assignment(Column column, Expression expression) {}

  /** What tells an event's rows apart. */
  private record Identity(String table, List<String> key) {}

  /** The expressions of a row. */
  private record Row(
      Table table,
      List<Assignment> key,
      List<Assignment> set,
      @Nullable Expression when,
      @Nullable Expression forEach,
      @Nullable Expression extra,
      Set<String> stored) {
    /** This row, which leaves out of {@code extra} what any of {@code rows} has a column for. */
    Row amid(List<Row> rows) {
      if (extra == null) {
        return this;
      }
      Stream<Expression> readers =
          rows.stream()
              .filter(row -> row.table.equals(table))
              .flatMap(row -> Stream.concat(row.key.stream(), row.set.stream()))
              .map(Assignment::expression);
      return new Row(table, key, set, when, forEach, extra, extra.membersReadBy(readers));
    }
  }

  /**
   * Compiles what a type means; mistakes are noted in the document.
   *
   * @param keys what its events are found by
   * @param version where the source's events have their schema version; null where they have none
   */
  static DeclaredHandler compile(
      TypeDefinition definition,
      DeclaredKeys keys,
      @Nullable VersionDefinition version,
      Map<String, Table> tables,
      YamlDocument document,
      String pointer) {
    List<Row> rows = new ArrayList<>();
    List<RowDefinition> declared = Objects.requireNonNullElse(definition.rows(), List.of());
    for (int i = 0; i < declared.size(); i++) {
      Row row =
          Compiler.at("%s/rows/%d".formatted(pointer, i), document)
              .compile(declared.get(i), tables);
      if (row != null) {
        rows.add(row);
      }
    }
    return new DeclaredHandler(
        SchemaVersions.compile(definition, version, document, pointer),
        rows.stream().map(row -> row.amid(rows)).toList(),
        DeclaredEffects.compile(
            definition.emit(),
            definition.tasks(),
            definition.notices(),
            document,
            pointer,
            Variable.OF_EVENTS),
        keys);
  }

  /** Reads one row's expressions. */
  private record Compiler(YamlDocument document, String pointer, ExpressionCompiler expressions) {
    static Compiler at(String pointer, YamlDocument document) {
      return new Compiler(document, pointer, new ExpressionCompiler(document, pointer));
    }

    @Nullable Row compile(RowDefinition row, Map<String, Table> tables) {
      Table table = tables.get(row.table());
      Set<Variable> variables = variablesOf(row.forEach());
      if (table == null) {
        document.mistake(
            pointer + "/table",
            "is not a table of this source" + YamlDocument.nearest(row.table(), tables.keySet()));
        checkWithoutTable(row, variables);
        return null;
      }
      Map<Column, Expression> key = new LinkedHashMap<>();
      for (Column column : table.key().subList(1, table.key().size())) {
        if (!row.key().containsKey(column.name())) {
          document.mistake(pointer + "/key", "needs " + column.name());
        }
      }
      row.key()
          .forEach(
              (name, text) ->
                  compileInto(
                      key,
                      name,
                      text,
                      table.key().subList(1, table.key().size()),
                      variables,
                      "/key/"));
      Map<Column, Expression> set = new LinkedHashMap<>();
      List<Column> columns =
          table.groups().stream()
              .flatMap(group -> group.columns().stream())
              .filter(column -> !column.byField())
              .toList();
      row.set().forEach((name, text) -> compileInto(set, name, text, columns, variables, "/set/"));
      Expression when = expressions.condition(row.when(), variables);
      Expression forEach = expressions.list(row.forEach(), Variable.OF_EVENTS);
      boolean hasExtra = table.column(EXTRA).filter(Column::byField).isPresent();
      if (!hasExtra && row.extra() != null) {
        document.mistake(
            pointer + "/extra", "needs extra: true of the table %s".formatted(table.name()));
      }
      Expression extra =
          hasExtra
              ? expressions.compile(
                  row.extra() == null
                      ? (row.forEach() == null ? Variable.PAYLOAD : Variable.ITEM).label()
                      : row.extra(),
                  "/extra",
                  variables,
                  Set.of(CelKind.MAP),
                  "an object")
              : null;
      return new Row(table, assignments(key), assignments(set), when, forEach, extra, Set.of());
    }

    private static List<Assignment> assignments(Map<Column, Expression> compiled) {
      return compiled.entrySet().stream()
          .map(each -> new Assignment(each.getKey(), each.getValue()))
          .toList();
    }

    private void compileInto(
        Map<Column, Expression> compiled,
        String name,
        String text,
        List<Column> columns,
        Set<Variable> variables,
        String within) {
      Column column =
          columns.stream().filter(each -> each.name().equals(name)).findFirst().orElse(null);
      String place = within + YamlDocument.escaped(name);
      if (column == null) {
        document.mistake(
            pointer + place,
            "is not a column of this table"
                + YamlDocument.nearest(name, columns.stream().map(Column::name).toList()));
        return;
      }
      Expression expression =
          expressions.compile(
              text,
              place,
              variables,
              KINDS.getOrDefault(column.type(), Set.of()),
              column.type().sqlName());
      if (expression != null) {
        compiled.put(column, expression);
      }
    }

    /** Reports the mistakes that need no table, so that all are reported at once. */
    private void checkWithoutTable(RowDefinition row, Set<Variable> variables) {
      row.key()
          .forEach(
              (name, text) ->
                  expressions.any(text, "/key/" + YamlDocument.escaped(name), variables));
      row.set()
          .forEach(
              (name, text) ->
                  expressions.any(text, "/set/" + YamlDocument.escaped(name), variables));
      expressions.any(row.when(), "/when", variables);
      expressions.any(row.forEach(), "/for_each", Variable.OF_EVENTS);
      expressions.any(row.extra(), "/extra", variables);
    }
  }

  /** What the expressions of a row read, and of a row for each item of a list. */
  static Set<Variable> variablesOf(@Nullable String forEach) {
    return forEach == null ? Variable.OF_EVENTS : Variable.ITEM.and(Variable.OF_EVENTS);
  }

  /** The versions of its events' schema. */
  SchemaVersions versions() {
    return versions;
  }

  @Override
  public void validate(Event event) {
    versions.read(event);
  }

  @Override
  public HandlerOutput handle(Event event) {
    Making making = new Making(event);
    Scope scope = versions.read(event);
    for (Row row : rows) {
      if (row.forEach == null) {
        making.add(row, scope);
      } else {
        for (JsonNode item : making.items(row, scope)) {
          making.add(row, scope.with(item));
        }
      }
    }
    return making.output(effects.effects(scope), keys, scope);
  }

  /** The rows of one event, while they are made. */
  private static final class Making {
    private final Event event;

    /** Several rows with one key become one row. */
    private final Map<Identity, Upsert.Builder> builders = new LinkedHashMap<>();

    private final List<Warning> warnings = new ArrayList<>();

    Making(Event event) {
      this.event = event;
    }

    JsonNode items(Row row, Scope scope) {
      JsonNode items = row.forEach.items(scope);
      requireFew(items.size());
      return items;
    }

    void add(Row row, Scope scope) {
      if (row.when != null && !row.when.isTrue(scope)) {
        return;
      }
      Upsert.Builder keyed = Upsert.into(row.table, event);
      for (Assignment part : row.key) {
        keyed.key(part.column.name(), valueOf(part.column, part.expression.required(scope)));
      }
      Upsert.Builder builder =
          builders.computeIfAbsent(new Identity(row.table.name(), keyed.key()), any -> keyed);
      requireFew(builders.size());
      for (Assignment part : row.set) {
        set(builder, part.column, part.expression, scope);
      }
      if (row.extra != null) {
        setExtra(builder, row, scope);
      }
      scope.steps().check();
    }

    private static void requireFew(int count) {
      if (count > MOST_ROWS) {
        throw PermanentFailureException.invalid(
            "the event means more than %d rows".formatted(MOST_ROWS));
      }
    }

    private void set(Upsert.Builder builder, Column column, Expression expression, Scope scope) {
      try {
        Object value = expression.evaluate(scope);
        if (value != MissingNode.getInstance()) {
          builder.set(column.name(), valueOf(column, value));
        }
      } catch (Failure | PermanentFailureException unusable) {
        warnings.add(new Warning(expression.text(), unusable.getMessage()));
      }
    }

    private void setExtra(Upsert.Builder builder, Row row, Scope scope) {
      try {
        JsonNode object = JsonValues.toJson(row.extra.evaluate(scope));
        for (Map.Entry<String, JsonNode> member : object.properties()) {
          if (!row.stored.contains(member.getKey())) {
            setField(builder, row.extra, member);
          }
        }
      } catch (Failure unusable) {
        warnings.add(new Warning(row.extra.text(), unusable.getMessage()));
      }
    }

    private void setField(
        Upsert.Builder builder, Expression extra, Map.Entry<String, JsonNode> member) {
      try {
        builder.setField(EXTRA, member.getKey(), member.getValue());
      } catch (PermanentFailureException unusable) {
        // The sender chose the name, so nothing quotes it.
        warnings.add(new Warning(extra.text(), unusable.getMessage()));
      }
    }

    private static Object valueOf(Column column, Object value) {
      if (value == MissingNode.getInstance()) {
        return NullNode.getInstance();
      }
      return column.type() == ColumnType.JSONB
          ? JsonValues.toJson(value)
          : JsonValues.toColumn(value);
    }

    HandlerOutput output(List<Effect> effects, DeclaredKeys keys, Scope scope) {
      Map<String, String> about = keys.of(scope, warnings::add);
      return new HandlerOutput(
          builders.values().stream().map(Upsert.Builder::build).toList(), warnings, effects, about);
    }
  }
}
