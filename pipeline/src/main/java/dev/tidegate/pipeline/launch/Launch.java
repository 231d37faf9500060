package dev.tidegate.pipeline.launch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.apache.beam.sdk.options.PipelineOptionsFactory;

/**
 * Launches a pipeline from its arguments. The job starts only if nothing is wrong; otherwise one
 * message names everything that is wrong.
 *
 * @param pipeline the pipeline's name, for people
 * @param type its options
 * @param configuring parses the options, once; throws {@link InvalidOptionsException} where it
 *     cannot
 * @param starting starts the job, with the options and what they were parsed into
 */
public record Launch<T extends LaunchOptions, C>(
    String pipeline,
    Class<T> type,
    BiFunction<T, OptionReader, C> configuring,
    BiConsumer<T, C> starting) {
  /** The exit code of a launch that options stop, as scripts have it. */
  private static final int REFUSED = 2;

  /** Longer than the timeouts of one check together, except in rare cases. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Launches, or ends this process with what is wrong on its standard error. */
  public void main(String... arguments) {
    PipelineOptionsFactory.register(type);
    for (String argument : arguments) {
      if (argument.equals("--help")) {
        PipelineOptionsFactory.printHelp(System.out, type);
        return;
      }
      if (argument.startsWith("--help=")) {
        // Beam prints the options of that name, and ends the process.
        PipelineOptionsFactory.fromArgs(argument).as(type);
      }
    }
    try {
      launch(arguments);
    } catch (InvalidOptionsException refused) {
      System.err.println(pipeline + ": nothing was launched.");
      refused.getMessage().lines().forEach(mistake -> System.err.println("  " + mistake));
      System.exit(REFUSED);
    }
  }

  /**
   * Launches.
   *
   * @throws InvalidOptionsException where anything is wrong: nothing was started
   */
  public void launch(String... arguments) {
    CommandLine<T> line = CommandLine.parse(type, arguments);
    OptionReader reader = new OptionReader();
    C configuration = null;
    try {
      configuration = configuring.apply(line.options(), reader);
    } catch (InvalidOptionsException mistaken) {
      // The reader has all mistakes, and knows what can be checked all the same.
    }
    List<String> mistakes = new ArrayList<>(line.mistakes());
    // An option whose value was not understood has its mistake already.
    reader.mistakes().stream()
        .filter(
            mistake ->
                line.unusable().stream()
                    .noneMatch(option -> mistake.startsWith("--" + option + " ")))
        .forEach(mistakes::add);
    if (line.options().getLaunchChecks()) {
      List<LaunchCheck> checks = new ArrayList<>(List.of(JobPlacement.check(line.options())));
      checks.addAll(reader.checks());
      mistakes.addAll(LaunchCheck.mistakesOf(checks, PATIENCE));
    }
    if (!mistakes.isEmpty()) {
      throw new InvalidOptionsException(mistakes);
    }
    starting.accept(line.options(), configuration);
  }
}
