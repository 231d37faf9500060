package dev.tidegate.pipeline.launch;

import java.util.OptionalInt;
import org.apache.beam.sdk.options.PipelineOptions;

/** How many workers, each a JVM with its pool of database connections, a job may come to have. */
final class WorkerCount {
  /** The runner whose workers come and go. */
  static final String DATAFLOW = "DataflowRunner";

  private WorkerCount() {}

  /** At the most; empty where the options do not tell. */
  static OptionalInt of(PipelineOptions options, KnownOptions known) {
    return switch (options.getRunner().getSimpleName()) {
      case "DirectRunner" -> OptionalInt.of(1);
      case "FlinkRunner" -> number(options, known, "parallelism");
      case DATAFLOW -> {
        OptionalInt most = number(options, known, "maxNumWorkers");
        boolean fixed =
            known
                .valueOf(options, "autoscalingAlgorithm")
                .map(String::valueOf)
                .filter("NONE"::equals)
                .isPresent();
        yield most.isEmpty() && fixed ? number(options, known, "numWorkers") : most;
      }
      default -> OptionalInt.empty();
    };
  }

  private static OptionalInt number(PipelineOptions options, KnownOptions known, String name) {
    return known.valueOf(options, name).stream()
        .mapToInt(value -> ((Number) value).intValue())
        .filter(value -> value > 0)
        .findFirst();
  }
}
