package dev.tidegate.transforms.handlers.declared;

import dev.tidegate.schemas.AggregateFunction;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.View;
import dev.tidegate.schemas.View.Aggregate;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.ViewDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads the views of a source's file; mistakes are noted in the document. */
record DeclaredViews(Map<String, Table> tables, YamlDocument document) {
  static List<View> compile(
      Map<String, ViewDefinition> definitions, Map<String, Table> tables, YamlDocument document) {
    DeclaredViews reader = new DeclaredViews(tables, document);
    List<View> views = new ArrayList<>();
    definitions.forEach(
        (name, definition) ->
            reader
                .compile(name, definition, "/views/" + YamlDocument.escaped(name))
                .ifPresent(views::add));
    return views;
  }

  private Optional<View> compile(String name, ViewDefinition definition, String pointer) {
    if (tables.containsKey(name)) {
      document.mistake(pointer, "is also the name of a table");
      return Optional.empty();
    }
    Table table = tables.get(definition.table());
    if (table == null) {
      document.mistake(
          pointer + "/from",
          "is not a table of this source"
              + YamlDocument.nearest(definition.table(), tables.keySet()));
      return Optional.empty();
    }
    List<Column> groupBy = new ArrayList<>();
    for (int i = 0; i < definition.groupBy().size(); i++) {
      column(table, definition.groupBy().get(i), "%s/group_by/%d".formatted(pointer, i))
          .ifPresent(groupBy::add);
    }
    List<Aggregate> aggregates = new ArrayList<>();
    definition
        .columns()
        .forEach(
            (column, text) ->
                aggregate(table, column, text, pointer + "/columns/" + YamlDocument.escaped(column))
                    .ifPresent(aggregates::add));
    try {
      return Optional.of(new View(name, table, groupBy, aggregates));
    } catch (IllegalArgumentException refused) {
      document.mistake(pointer, refused.getMessage());
      return Optional.empty();
    }
  }

  /** The grammar allows only this form. */
  private Optional<Aggregate> aggregate(Table table, String name, String text, String pointer) {
    int open = text.indexOf('(');
    String of = text.substring(open + 1, text.length() - 1);
    if (of.isEmpty()) {
      return Optional.of(Aggregate.count(name));
    }
    AggregateFunction function =
        AggregateFunction.valueOf(text.substring(0, open).toUpperCase(Locale.ROOT));
    try {
      return column(table, of, pointer).map(column -> Aggregate.of(name, function, column));
    } catch (IllegalArgumentException refused) {
      document.mistake(pointer, refused.getMessage());
      return Optional.empty();
    }
  }

  private Optional<Column> column(Table table, String name, String pointer) {
    Optional<Column> column =
        table.column(name).filter(found -> !found.name().equals(Table.TENANT_ID));
    if (column.isEmpty()) {
      document.mistake(
          pointer,
          name.equals(Table.TENANT_ID)
              ? "must be left out: every view is grouped by tenant_id"
              : "names no column of %s%s"
                  .formatted(
                      table.name(),
                      YamlDocument.nearest(
                          name, table.columns().skip(1).map(Column::name).toList())));
    }
    return column;
  }
}
