package dev.tidegate.local.command;

import dev.tidegate.pipeline.launch.OptionReader;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options that choose events by when they came and whose they are. */
final class EventChoice {
  @Option(
      names = "--since",
      paramLabel = "TIME",
      description =
          "Received since then, or failed since then for dead letters: 2026-01-31 or 2026-01-31T10:00:00Z.")
  String since;

  @Option(names = "--until", paramLabel = "TIME", description = "Received, or failed, before then.")
  String until;

  @Option(
      names = "--tenant",
      paramLabel = "ID",
      split = ",",
      hideParamSyntax = true,
      description = "Of these tenants.")
  List<String> tenants = List.of();

  @Option(
      names = "--source",
      paramLabel = "NAME",
      split = ",",
      hideParamSyntax = true,
      description = "Of these sources.")
  List<String> sources = List.of();

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      split = ",",
      hideParamSyntax = true,
      description = "Of these types.")
  List<String> types = List.of();

  /**
   * The time of {@code --since}, if it is there.
   *
   * @throws ParameterException where it is none
   */
  Optional<Instant> since(CommandLine command) {
    return timeOf(command, "--since", since);
  }

  /**
   * The time of {@code --until}, if it is there.
   *
   * @throws ParameterException where it is none
   */
  Optional<Instant> until(CommandLine command) {
    return timeOf(command, "--until", until);
  }

  /**
   * The time that an option gives, if it is there.
   *
   * @throws ParameterException where it is none
   */
  static Optional<Instant> timeOf(CommandLine command, String option, String text) {
    Optional<Instant> time = Optional.ofNullable(text).flatMap(OptionReader::timeOf);
    if (text != null && time.isEmpty()) {
      throw new ParameterException(
          command, option + " must be " + OptionReader.TIME_RULE + ", not " + text);
    }
    return time;
  }
}
