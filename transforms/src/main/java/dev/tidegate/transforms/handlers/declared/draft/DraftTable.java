package dev.tidegate.transforms.handlers.declared.draft;

import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.ReservedNames;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A table of a draft: its columns in groups, by what comes together, and the expressions that read
 * them.
 */
final class DraftTable {
  /** What is beyond stays in {@code extra}. */
  static final int MOST_COLUMNS = 100;

  /** Expressions that calculate take steps, of which an event has a bounded number. */
  private static final int MOST_CALCULATED = 20;

  private static final int MOST_GROUPS = 15;

  private static final Set<String> WORDS =
      Set.of(
          "in",
          "as",
          "break",
          "const",
          "continue",
          "else",
          "false",
          "for",
          "function",
          "if",
          "import",
          "let",
          "loop",
          "package",
          "namespace",
          "null",
          "return",
          "true",
          "var",
          "void",
          "while");

  /**
   * A column.
   *
   * @param members the members that lead from the object to its value
   * @param template how the value becomes the column's, with {@code %s} for its place
   * @param isGuessed whether the type is more than what the values are in JSON
   */
  record DraftColumn(
      String name, ColumnType type, List<String> members, String template, boolean isGuessed) {
    String expression(String of) {
      return template.replace("%s", of + membersOf(members));
    }
  }

  /** Columns that come together. */
  record DraftGroup(String name, List<DraftColumn> columns, String evidence) {}

  private final String name;
  private final Map<String, ColumnType> key;
  private final List<DraftGroup> groups;
  private final int left;

  private DraftTable(String name, Map<String, ColumnType> key, List<DraftGroup> groups, int left) {
    this.name = name;
    this.key = key;
    this.groups = groups;
    this.left = left;
  }

  /**
   * Drafts a table.
   *
   * @param object what its rows are made of
   * @param without members that have no column
   * @param what is counted: events or items
   */
  static DraftTable of(
      String name,
      Map<String, ColumnType> key,
      Shape object,
      Set<String> without,
      int mostColumns,
      String what) {
    Set<String> taken = new HashSet<>(key.keySet());
    taken.addAll(
        Set.of(
            "tenant_id", "updated_at", "updated_xid", "column_versions", "extra", "extra_version"));
    List<String> named =
        object.members().entrySet().stream()
            .filter(member -> !without.contains(member.getKey()))
            .filter(member -> !member.getValue().isAlwaysNull())
            .sorted(
                Comparator.comparing(
                        (Map.Entry<String, Shape> member) -> -member.getValue().values())
                    .thenComparing(Map.Entry.comparingByKey(Comparator.naturalOrder())))
            .map(Map.Entry::getKey)
            .toList();
    Map<Long, List<DraftColumn>> together = new LinkedHashMap<>();
    int columns = 0;
    int calculated = 0;
    for (String member : named.stream().limit(mostColumns).sorted().toList()) {
      Shape shape = object.members().get(member);
      DraftColumn column = column(member, shape, taken, calculated < MOST_CALCULATED);
      calculated += column.template.equals("%s") ? 0 : 1;
      List<DraftColumn> group =
          together.computeIfAbsent(
              object.always(shape) ? 0L : shape.presence() | 1, any -> new ArrayList<>());
      group.add(column);
      columns++;
      DraftColumn reference = reference(member, shape, object, taken);
      if (reference != null) {
        group.add(reference);
      }
    }
    List<DraftGroup> groups = grouped(together, object, taken, what);
    return new DraftTable(name, key, groups, named.size() - columns);
  }

  private static DraftColumn column(
      String member, Shape shape, Set<String> taken, boolean mayCalculate) {
    String column = Names.column(member, taken);
    taken.add(column);
    ColumnType type = shape.columnType();
    List<String> path = List.of(member);
    String nullable = shape.hasNulls() ? "%s == null ? null : " : "";
    if (mayCalculate && isNamedLikeTime(member) && shape.isSeconds()) {
      return new DraftColumn(
          column, ColumnType.TIMESTAMPTZ, path, nullable + "timestamp(%s)", true);
    } else if (mayCalculate && isNamedLikeTime(member) && shape.isMilliseconds()) {
      return new DraftColumn(
          column,
          ColumnType.TIMESTAMPTZ,
          path,
          nullable + "timestamp(0) + duration(string(%s) + \"ms\")",
          true);
    } else if (shape.isDecimalText()
        && !Names.snake(member).matches(".*(version|code|ip|number)")) {
      return new DraftColumn(column, ColumnType.NUMERIC, path, "%s", true);
    }
    return new DraftColumn(column, type, path, "%s", false);
  }

  private static boolean isNamedLikeTime(String member) {
    String name = Names.snake(member);
    return name.matches(
        "(.*_)?(at|on|time|timestamp|date|created|updated|modified|start|end|starts|ends|since"
            + "|until|expires|expiry|expiration|due|deadline|seconds|anchor|canceled|ts|ms)");
  }

  /** The ID of another object that is within: rows are joined by it. */
  private static DraftColumn reference(
      String member, Shape shape, Shape object, Set<String> taken) {
    Shape id = shape.members().get("id");
    String name = Names.snake(member) + "_id";
    boolean hasOwn =
        object.members().keySet().stream().anyMatch(other -> Names.snake(other).equals(name));
    if (id == null || !shape.isObjectOrNull() || !shape.hasKey(id) || hasOwn) {
      return null;
    }
    String column = Names.column(name, taken);
    taken.add(column);
    return new DraftColumn(column, id.keyType(), List.of(member, "id"), "%s", false);
  }

  private static List<DraftGroup> grouped(
      Map<Long, List<DraftColumn>> together, Shape object, Set<String> taken, String what) {
    Map<String, List<DraftColumn>> byName = new TreeMap<>();
    List<DraftColumn> rest = new ArrayList<>();
    List<DraftGroup> groups = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    long all = object.values();
    if (together.containsKey(0L)) {
      String group = groupName("state", taken, names);
      groups.add(
          new DraftGroup(group, together.get(0L), "in %d of %d %s".formatted(all, all, what)));
    }
    together.entrySet().stream()
        .filter(each -> each.getKey() != 0)
        .map(Map.Entry::getValue)
        .sorted(
            Comparator.comparing((List<DraftColumn> each) -> -each.size())
                .thenComparing(each -> each.get(0).name()))
        .forEach(
            each -> {
              if (byName.size() < MOST_GROUPS) {
                byName.put(each.get(0).name(), each);
              } else {
                rest.addAll(each);
              }
            });
    byName.forEach(
        (first, columns) -> {
          long present = object.members().get(columns.get(0).members().get(0)).values();
          groups.add(
              new DraftGroup(
                  groupName(common(columns), taken, names),
                  columns,
                  "in %d of %d %s%s"
                      .formatted(present, all, what, columns.size() > 1 ? ", together" : "")));
        });
    if (!rest.isEmpty()) {
      groups.add(new DraftGroup(groupName("others", taken, names), rest, "in some " + what));
    }
    return groups;
  }

  /** The first words that the names of all columns have; else the first column's name. */
  private static String common(List<DraftColumn> columns) {
    String first = columns.get(0).name();
    String prefix = first;
    for (DraftColumn column : columns) {
      while (!(column.name() + "_").startsWith(prefix + "_")) {
        int last = prefix.lastIndexOf('_');
        if (last < 0) {
          return first;
        }
        prefix = prefix.substring(0, last);
      }
    }
    return prefix;
  }

  private static String groupName(String wanted, Set<String> taken, Set<String> names) {
    Set<String> inTheWay = new HashSet<>(names);
    taken.stream()
        .filter(column -> column.endsWith("_version"))
        .forEach(column -> inTheWay.add(column.substring(0, column.length() - 8)));
    String name =
        Names.numbered(wanted, inTheWay, free -> ReservedNames.allowColumn(free + "_version"));
    names.add(name);
    return name;
  }

  String name() {
    return name;
  }

  /** The names of its key's columns. */
  List<String> keyColumns() {
    return List.copyOf(key.keySet());
  }

  /** Writes it as a member of {@code tables}. */
  void write(YamlWriter yaml, String evidence, String keyEvidence) {
    yaml.line(1, name + ":", evidence);
    yaml.line(2, "key: " + YamlWriter.mapping(typesOf(key)), keyEvidence);
    if (!groups.isEmpty()) {
      yaml.line(2, "groups:");
    }
    for (DraftGroup group : groups) {
      yaml.line(3, YamlWriter.scalar(group.name) + ":", group.evidence);
      for (DraftColumn column : group.columns) {
        String line = YamlWriter.scalar(column.name) + ": " + column.type.sqlName();
        if (column.isGuessed) {
          yaml.line(4, line, "guessed from its name and values");
        } else {
          yaml.line(4, line);
        }
      }
    }
    if (left > 0) {
      yaml.line(2, "extra: true", "with %d members that have no column".formatted(left));
    } else {
      yaml.line(2, "extra: true");
    }
  }

  /** Writes what a row sets. */
  void writeSet(YamlWriter yaml, int indentation, String of, Shape object) {
    Map<String, String> set = new LinkedHashMap<>();
    groups.stream()
        .flatMap(group -> group.columns.stream())
        .filter(column -> object.at(column.members).values() > 0)
        .forEach(column -> set.put(column.name, column.expression(of)));
    if (!set.isEmpty()) {
      yaml.line(indentation, "set:");
      set.forEach(
          (column, expression) ->
              yaml.line(
                  indentation + 1,
                  YamlWriter.scalar(column) + ": " + YamlWriter.scalar(expression)));
    }
  }

  private static Map<String, String> typesOf(Map<String, ColumnType> columns) {
    return columns.entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                column -> column.getValue().sqlName(),
                (first, second) -> first,
                LinkedHashMap::new));
  }

  /** The part of an expression in CEL that leads through {@code members}. */
  static String membersOf(List<String> members) {
    return members.stream()
        .map(
            member ->
                member.matches("[A-Za-z_][A-Za-z0-9_]*") && !WORDS.contains(member)
                    ? "." + member
                    : "[" + quoted(member) + "]")
        .collect(Collectors.joining());
  }

  private static String quoted(String member) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char character : member.toCharArray()) {
      if (character == '"' || character == '\\') {
        quoted.append('\\').append(character);
      } else if (character < ' ' || character == 0x7F) {
        quoted.append("\\u%04x".formatted((int) character));
      } else {
        quoted.append(character);
      }
    }
    return quoted.append('"').toString();
  }
}
