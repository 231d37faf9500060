package dev.tidegate.local.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.tidegate.schemas.Json;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code --output} and {@code --quiet}: how a command prints what it found. */
public final class OutputOption {
  /** Aligned columns for people, an array of objects, an object a line, or RFC 4180. */
  enum Format {
    TABLE,
    JSON,
    NDJSON,
    CSV;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "One of ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  private Format format;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print only the essential: of a list its IDs. No headings, no progress.")
  private boolean quiet;

  @Option(
      names = {"-x", "--vertical"},
      description = "Print tables with a line for each column, whole, as \\x does in psql.")
  private boolean vertical;

  /** The script tidegate looks for it: it runs the pager. */
  @Option(names = "--no-pager", description = "Print long results at once, without $PAGER or less.")
  @SuppressWarnings("UnusedVariable")
  private boolean noPager;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  PrintWriter out() {
    return command.commandLine().getOut();
  }

  PrintWriter err() {
    return command.commandLine().getErr();
  }

  /** A line on the terminal that tells of progress, unless nobody wants it. */
  ProgressLine progress(String what) {
    return new ProgressLine(err(), terminal().showsProgress() && !quiet, what);
  }

  /** A remark for people, on standard error. */
  void note(String remark) {
    if (!quiet) {
      err().print(DisplayText.escaped(remark) + "\n");
      err().flush();
    }
  }

  boolean isQuiet() {
    return quiet;
  }

  /** Whether standard output is for people: else remarks belong on standard error. */
  boolean isForPeople() {
    return format == Format.TABLE;
  }

  Terminal terminal() {
    return Terminal.described(environment());
  }

  Map<String, String> environment() {
    return Tidegate.environmentOf(command);
  }

  /** The time that an option gives, if it is there. */
  Optional<Instant> time(String option, String text) {
    return EventChoice.timeOf(command.commandLine(), option, text);
  }

  ParameterException mistake(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  /** The printer of the chosen format, to standard output. */
  ResultPrinter printer() {
    return switch (format) {
      case TABLE ->
          new ResultPrinter.Table(
              out(), terminal().columns(), command.commandLine().getColorScheme(), quiet, vertical);
      case JSON -> new ResultPrinter.JsonObjects(out(), true);
      case NDJSON -> new ResultPrinter.JsonObjects(out(), false);
      case CSV -> new ResultPrinter.Csv(out(), terminal().columns().isPresent(), quiet);
    };
  }

  /** A printer for items that never end: an array that is never closed would be no JSON. */
  Items endlessly(String... names) {
    return new Items(
        format == Format.JSON ? new ResultPrinter.JsonObjects(out(), false) : printer(), names);
  }

  /**
   * Prints a list: for programs that read JSON all of the items, else these members of each, the
   * first of which is its ID.
   */
  void list(Iterable<? extends JsonNode> list, String... names) {
    Items items = new Items(printer(), names);
    list.forEach(items::add);
    items.end();
  }

  /** Prints one thing: for people a line for each of its members, or its {@code id} alone. */
  void one(JsonNode thing, String id) {
    if (quiet) {
      list(List.of(thing), id);
    } else if (format == Format.JSON) {
      out().print(DisplayText.escapedJson(pretty(thing)) + "\n");
    } else if (format == Format.NDJSON) {
      list(List.of(thing));
    } else {
      Map<String, JsonNode> members = new LinkedHashMap<>();
      flatten("", thing, members);
      List<ObjectNode> lines = new ArrayList<>();
      members.forEach(
          (name, value) ->
              lines.add(Json.mapper().createObjectNode().put("name", name).set("value", value)));
      list(lines, "name", "value");
    }
    out().flush();
  }

  private static void flatten(String path, JsonNode node, Map<String, JsonNode> members) {
    if (node.isObject()) {
      node.properties()
          .forEach(
              member ->
                  flatten(
                      path.isEmpty() ? member.getKey() : path + "." + member.getKey(),
                      member.getValue(),
                      members));
    } else if (node.isArray() && node.size() > 0) {
      for (int i = 0; i < node.size(); i++) {
        flatten(path + "." + i, node.get(i), members);
      }
    } else {
      members.put(path, node);
    }
  }

  private static String pretty(JsonNode node) {
    try {
      return Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(node);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a tree can be written", impossible);
    }
  }

  /** Items of JSON that are printed one by one. */
  final class Items {
    private final ResultPrinter printer;
    private final List<String> names;
    private long count;

    private Items(ResultPrinter printer, String... names) {
      this.printer =
          printer instanceof ResultPrinter.Table table && names.length > 2
              ? table.withFirstWhole()
              : printer;
      this.names = quiet ? List.of(names).subList(0, Math.min(1, names.length)) : List.of(names);
    }

    void add(JsonNode item) {
      if (count == 0) {
        begin(item);
      }
      if (printer instanceof ResultPrinter.JsonObjects json && !(quiet && !names.isEmpty())) {
        json.object(count++, Json.write(item));
      } else {
        printer.row(count++, names.stream().map(name -> value(item.path(name))).toList());
      }
    }

    /** Numbers stand right where the first item has one. */
    private void begin(JsonNode first) {
      List<ResultColumn> columns = new ArrayList<>();
      for (String name : names) {
        columns.add(
            new ResultColumn(name, columns.size() + 1, "json", first.path(name).isNumber()));
      }
      printer.begin(columns);
    }

    void end() {
      if (count == 0) {
        begin(JsonNodeFactory.instance.objectNode());
      }
      printer.end(count);
      out().flush();
    }
  }

  private static Object value(JsonNode node) {
    if (node.isMissingNode() || node.isNull()) {
      return null;
    } else if (node.isNumber()) {
      return node.numberValue();
    }
    return node.isValueNode() ? node.asText() : new RawValue(Json.write(node));
  }
}
