package dev.tidegate.templates;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The reference page of all options of both pipelines. */
final class OptionsPage {
  /** Where options stand that no template has. */
  private static final String NOT_ON_DATAFLOW = "Not on Dataflow";

  private OptionsPage() {}

  static String text() {
    StringBuilder page =
        new StringBuilder(
            """
            # Options

            Every option of both pipelines, made from the code by `OptionsPageTest`. On a command line \
            an option is `--NAME=VALUE`; as a parameter of a flex template, in a parameters file or in \
            Terraform it is `NAME=VALUE`. Durations are a whole number and `ms`, `s`, `m`, `h` or `d`. \
            Defaults, and what must always be given, are those on Dataflow; elsewhere `jdbcPasswordVariable` can stand for \
            `jdbcPasswordSecret`, and `archiveMethod=FILES` with `archiveFolder` for `archiveDataset`. \
            Options of Beam and of the runner, such as `--runner`, are listed by `java -jar … --help`.

            """);
    for (Template template : Template.values()) {
      page.append("- [").append(template.title()).append("](#").append(anchor(template));
      page.append(")\n");
    }
    for (Template template : Template.values()) {
      pipeline(page, template);
    }
    return page.toString();
  }

  private static void pipeline(StringBuilder page, Template template) {
    page.append("\n## ").append(template.title()).append("\n\n");
    page.append(template.description()).append('\n');
    if (template.isStreaming()) {
      page.append(
          """

          On Dataflow the job runs in exactly-once mode unless it is told otherwise. At-least-once \
          mode is cheaper and leaves the same rows in PostgreSQL; but what Dataflow then repeats \
          behind `Deduplicate` is archived, published and counted again.
          """);
    }
    Map<String, List<String>> groups = new LinkedHashMap<>();
    Map<String, TemplateOption> options = template.options();
    for (TemplateParameter parameter : template.parameters()) {
      TemplateOption option = options.get(parameter.name());
      groups
          .computeIfAbsent(parameter.group(), none -> new ArrayList<>())
          .add(row(option, given(parameter), option.description()));
    }
    template.omitted().keySet().stream()
        .sorted()
        .forEach(
            name ->
                groups
                    .computeIfAbsent(NOT_ON_DATAFLOW, none -> new ArrayList<>())
                    .add(
                        row(
                            options.get(name),
                            "if wanted",
                            options.get(name).description()
                                + " No parameter of the template: "
                                + template.omitted().get(name)
                                + ".")));
    groups.forEach(
        (group, rows) -> {
          page.append("\n### ").append(group).append("\n\n");
          page.append("| option | given | default | what it says |\n|---|---|---|---|\n");
          rows.forEach(page::append);
        });
  }

  private static String given(TemplateParameter parameter) {
    if (parameter.required()) {
      return "always";
    }
    return parameter.parent() == null
        ? "if wanted"
        : "with `%s=%s`"
            .formatted(parameter.parent(), String.join("|", parameter.triggers()))
            .replace("|", "` or `" + parameter.parent() + "=");
  }

  private static String row(TemplateOption option, String required, String description) {
    String value = option.defaultValue() == null ? "" : "`" + option.defaultValue() + "`";
    String values =
        option.type().isEnum() ? " One of " + String.join(", ", option.values()) + "." : "";
    return "| `%s` | %s | %s | %s%s |\n"
        .formatted(option.name(), required, value, description.replace("|", "\\|"), values);
  }

  private static String anchor(Template template) {
    return template.title().toLowerCase(Locale.ROOT).replace(' ', '-');
  }
}
