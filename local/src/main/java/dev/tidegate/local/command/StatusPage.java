package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import picocli.CommandLine.Help.ColorScheme;

/** The status for people. What is not known is left out. */
final class StatusPage {
  /** Stands in a section of the status that could not be read, and says why. */
  static final String PROBLEM = "problem";

  private static final int LABEL_WIDTH = 18;

  private final PrintWriter out;
  private final OptionalInt terminalColumns;
  private final ColorScheme colors;

  StatusPage(PrintWriter out, OptionalInt terminalColumns, ColorScheme colors) {
    this.out = out;
    this.terminalColumns = terminalColumns;
    this.colors = colors;
  }

  void print(JsonNode status) {
    if (heading("Pipeline", status.path("pipeline"))) {
      printPipeline(status.path("pipeline"));
    }
    out.println();
    if (heading("Ledger", status.path("ledger"))) {
      printLedger(status.path("ledger"));
    }
  }

  /** Prints the section's heading, or its problem. */
  private boolean heading(String name, JsonNode section) {
    String problem = section.path(PROBLEM).asText("");
    out.println(colors.ansi().string("@|bold " + name + "|@"));
    if (!problem.isEmpty()) {
      out.println("  " + colors.errorText("not available: " + DisplayText.escaped(problem)));
    }
    return problem.isEmpty();
  }

  private void printPipeline(JsonNode pipeline) {
    line("state", pipeline.path("state").asText(""));
    if (pipeline.path("uptime_seconds").isNumber()) {
      line("up for", duration(pipeline.path("uptime_seconds").asDouble()));
    }
    pipeline
        .path("problems")
        .properties()
        .forEach(
            problem ->
                out.println(
                    "  "
                        + colors.errorText(
                            DisplayText.escaped(
                                problem.getKey() + ": " + problem.getValue().asText()))));
    JsonNode counters = pipeline.path("counters");
    for (Map.Entry<String, JsonNode> counter : counters.properties()) {
      if (counter.getValue().isNumber()) {
        line(
            counter.getKey().replaceFirst("^events_", "").replace('_', ' '),
            number(counter.getValue()));
      }
    }
    JsonNode backlog = pipeline.path("backlog");
    if (backlog.isObject()) {
      line(
          "backlog",
          number(backlog.path("undelivered"))
              + " undelivered, "
              + number(backlog.path("outstanding"))
              + " not yet acknowledged"
              + (backlog.path("oldest_unacked_seconds").asDouble() > 0
                  ? ", the oldest for "
                      + duration(backlog.path("oldest_unacked_seconds").asDouble())
                  : ""));
    }
  }

  private void printLedger(JsonNode ledger) {
    ledger
        .path("events")
        .properties()
        .forEach(
            status ->
                line(
                    status.getKey().toLowerCase(Locale.ROOT).replace('_', ' '),
                    number(status.getValue())));
    if (ledger.path("events").isEmpty()) {
      line("events", "none yet");
    }
    if (ledger.path("events_with_warnings").longValue() > 0) {
      line(
          "with warnings",
          number(ledger.path("events_with_warnings"))
              + ": see events.warnings for what was left out");
    }
    JsonNode rate = ledger.path("events_per_second");
    line(
        "committed",
        number(rate.path("last_10_s"))
            + "/s over 10 s, "
            + number(rate.path("last_60_s"))
            + "/s over 60 s");
    JsonNode latency = ledger.path("latency_ms");
    if (latency.path("p50").isNumber()) {
      line(
          "latency (5 min)",
          "p50 "
              + number(latency.path("p50"))
              + " ms, p95 "
              + number(latency.path("p95"))
              + " ms, p99 "
              + number(latency.path("p99"))
              + " ms");
    }
    if (ledger.path("last_commit_age_seconds").isNumber()) {
      line("last commit", duration(ledger.path("last_commit_age_seconds").asDouble()) + " ago");
    }
    if (ledger.path("conflicting_events").asLong() > 0) {
      line("conflicting", number(ledger.path("conflicting_events")) + " IDs with several bodies");
    }
    printOpenLetters(ledger.path("dead_letters_open"));
    printTypes(ledger.path("event_types"));
    printEffects(ledger);
  }

  private void printOpenLetters(JsonNode letters) {
    if (letters.isEmpty()) {
      line("dead letters", "none open");
      return;
    }
    out.println();
    TextTable table =
        table(
            new TextTable.Column("open dead letters", false), new TextTable.Column("count", true));
    letters
        .properties()
        .forEach(letter -> table.add(List.of(letter.getKey(), number(letter.getValue()))));
    table.finish();
  }

  private void printTypes(JsonNode types) {
    if (types.isEmpty()) {
      return;
    }
    out.println();
    TextTable table =
        table(
            new TextTable.Column("source", false),
            new TextTable.Column("event type", false),
            new TextTable.Column("count", true));
    for (JsonNode type : types) {
      table.add(
          List.of(
              type.path("source").asText(),
              type.path("event_type").asText("(unreadable)"),
              number(type.path("count"))));
    }
    table.finish();
  }

  /** Where nothing was ever caused, and nothing waits, there is nothing to tell. */
  private void printEffects(JsonNode ledger) {
    JsonNode lag = ledger.path("relay_lag");
    boolean waits = lag.path("waiting").asLong() > 0 || lag.path("refused").asLong() > 0;
    boolean fails = ledger.path("sagas_failed").asLong() > 0;
    if (waits || fails || !ledger.path("effects_last_hour").isEmpty()) {
      out.println();
    }
    ledger
        .path("effects_last_hour")
        .properties()
        .forEach(
            kind ->
                line(
                    kind.getKey().toLowerCase(Locale.ROOT) + "s",
                    number(kind.getValue()) + " caused in the last hour"));
    if (waits) {
      line(
          "relay",
          number(lag.path("waiting"))
              + " to be published"
              + (lag.path("oldest_age_seconds").isNumber()
                  ? ", the oldest for " + duration(lag.path("oldest_age_seconds").asDouble())
                  : "")
              + (lag.path("refused").asLong() > 0
                  ? ", " + number(lag.path("refused")) + " refused for good"
                  : ""));
    }
    if (fails) {
      line(
          "failed sagas",
          number(ledger.path("sagas_failed")) + ": tidegate saga list --status FAILED");
    }
    printTasks(ledger.path("tasks_open"));
    printSagas(ledger.path("sagas_waiting"));
  }

  private void printTasks(JsonNode tasks) {
    if (tasks.isEmpty()) {
      return;
    }
    out.println();
    TextTable table =
        table(
            new TextTable.Column("open tasks", false),
            new TextTable.Column("open", true),
            new TextTable.Column("claimed", true),
            new TextTable.Column("overdue", true),
            new TextTable.Column("oldest", true));
    for (JsonNode task : tasks) {
      table.add(
          List.of(
              task.path("kind").asText(),
              number(task.path("open")),
              number(task.path("claimed")),
              number(task.path("overdue")),
              age(task.path("oldest_age_seconds"))));
    }
    table.finish();
  }

  private void printSagas(JsonNode sagas) {
    if (sagas.isEmpty()) {
      return;
    }
    out.println();
    TextTable table =
        table(
            new TextTable.Column("waiting sagas", false),
            new TextTable.Column("for", false),
            new TextTable.Column("count", true),
            new TextTable.Column("oldest", true));
    for (JsonNode saga : sagas) {
      table.add(
          List.of(
              saga.path("saga").asText(),
              saga.path("waiting_for").asText(),
              number(saga.path("instances")),
              age(saga.path("oldest_seconds"))));
    }
    table.finish();
  }

  private static String age(JsonNode seconds) {
    return seconds.isNumber() ? duration(Math.max(0, seconds.asDouble())) : "";
  }

  private TextTable table(TextTable.Column... columns) {
    return new TextTable(out, terminalColumns, colors, List.of(columns), true);
  }

  private void line(String label, String value) {
    if (!value.isEmpty()) {
      String text =
          DisplayText.escaped(label)
              + " ".repeat(Math.max(1, LABEL_WIDTH - label.length()))
              + DisplayText.escaped(value);
      out.println("  " + text);
    }
  }

  private static String number(JsonNode number) {
    if (!number.isNumber()) {
      return "?";
    }
    return number.isIntegralNumber()
        ? String.format(Locale.ROOT, "%,d", number.longValue())
        : String.format(Locale.ROOT, "%,.1f", number.doubleValue());
  }

  private static String duration(double seconds) {
    long whole = (long) seconds;
    if (whole < 60) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    if (whole < 3_600) {
      return whole / 60 + " min " + whole % 60 + " s";
    }
    return whole < 86_400
        ? whole / 3_600 + " h " + whole % 3_600 / 60 + " min"
        : whole / 86_400 + " d " + whole % 86_400 / 3_600 + " h";
  }
}
