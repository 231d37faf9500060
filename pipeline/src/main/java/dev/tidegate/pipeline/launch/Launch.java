package dev.tidegate.pipeline.launch;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.beam.sdk.options.PipelineOptionsFactory;

/**
 * A pipeline's way from its arguments to the running job. A job starts only if nothing is wrong;
 * otherwise everything that is wrong is told at once.
 *
 * @param pipeline the pipeline's name, for people
 * @param type its options
 * @param configuring parses them, once, and throws {@link InvalidOptionsException} where it cannot
 * @param checks what is asked before the job starts, as far as options say where
 * @param starting starts the job, with the options and what they were parsed into
 */
public record Launch<T extends LaunchOptions, C>(
    String pipeline,
    Class<T> type,
    Function<T, C> configuring,
    Function<T, List<LaunchCheck>> checks,
    BiConsumer<T, C> starting) {
  /** The exit code of a launch that options stop, as scripts have it. */
  private static final int REFUSED = 2;

  /** Launches, or ends this process with what is wrong on its standard error. */
  public void main(String... arguments) {
    PipelineOptionsFactory.register(type);
    for (String argument : arguments) {
      if (argument.equals("--help")) {
        System.out.print(OptionHelp.of(pipeline, type));
        return;
      }
      if (argument.startsWith("--help=")) {
        // Beam prints what it knows of these options, and ends the process.
        PipelineOptionsFactory.fromArgs(argument).as(type);
      }
    }
    try {
      launch(arguments);
    } catch (InvalidOptionsException refused) {
      System.err.println(pipeline + ": nothing was launched.");
      refused.mistakes().forEach(mistake -> System.err.println("  " + mistake));
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
    T options = line.options();
    OptionMistakes mistakes = new OptionMistakes();
    line.mistakes().forEach(mistakes::add);
    C configuration = null;
    try {
      configuration = configuring.apply(options);
    } catch (InvalidOptionsException invalid) {
      invalid.mistakes().stream()
          .filter(mistake -> line.unusable().stream().noneMatch(isOf(mistake)))
          .forEach(mistakes::add);
    }
    if (options.getLaunchChecks()) {
      findOut(options).forEach(mistakes::add);
    }
    mistakes.throwIfAny();
    starting.accept(options, configuration);
  }

  /** An option whose value was not understood has its mistake already. */
  private static Predicate<String> isOf(String mistake) {
    return option -> mistake.startsWith("--" + option + " ");
  }

  private List<String> findOut(T options) {
    try {
      return LaunchChecks.mistakes(checks.apply(options), LaunchChecks.PATIENCE);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return List.of("the launch was interrupted");
    }
  }
}
