package dev.tidegate.local.command;

import picocli.CommandLine;
import picocli.CommandLine.Option;

/** {@code --output}: how a query's result is printed. */
public final class OutputOption {
  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "One of ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  private OutputFormat format;

  /** The printer of the chosen format, to {@code command}'s standard output. */
  ResultPrinter printerFor(CommandLine command) {
    return switch (format) {
      case TABLE ->
          new TableResultPrinter(
              command.getOut(), Terminal.current().columns(), command.getColorScheme());
      case JSON -> new JsonResultPrinter(command.getOut());
      case CSV -> new CsvResultPrinter(command.getOut(), Terminal.current().columns().isPresent());
    };
  }

  /** Whether standard output is for people: else remarks belong on standard error. */
  boolean isForPeople() {
    return format == OutputFormat.TABLE;
  }
}
