package dev.tidegate.local.command;

import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** {@code --output}: how a query's result is printed. */
public final class OutputOption {
  /** How a result is written: aligned columns for people, an array of objects, or RFC 4180. */
  enum Format {
    TABLE,
    JSON,
    CSV;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "One of ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  private Format format;

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
    return format == Format.TABLE;
  }
}
