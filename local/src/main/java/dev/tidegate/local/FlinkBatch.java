package dev.tidegate.local;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.beam.runners.flink.FlinkPipelineOptions;
import org.apache.beam.runners.flink.FlinkRunner;
import org.apache.beam.sdk.Pipeline;

/**
 * Embedded Flink for a pipeline with an end. Its steps hand on each element as it comes, in bounded
 * memory: the DirectRunner keeps all that a step puts out before the next begins (a replay of
 * 77,000 events took more than 768 MB).
 */
public final class FlinkBatch {
  /** For sorting, where something is grouped. */
  private static final String MANAGED_MEMORY = "128m";

  private FlinkBatch() {}

  /**
   * Makes {@code options} those of embedded Flink. {@link Pipeline#run} then returns at the end.
   *
   * @param folder Flink's configuration is written there
   */
  public static void use(FlinkPipelineOptions options, Path folder, int parallelism)
      throws IOException {
    options.setRunner(FlinkRunner.class);
    options.setFlinkMaster("[local]");
    options.setFlinkConfDir(
        FlinkConfiguration.writeTo(folder, MANAGED_MEMORY, parallelism).toString());
    options.setParallelism(parallelism);
    options.setObjectReuse(true);
  }

  /** What the running pipeline has counted so far by the counter {@code name}. */
  public static long counted(String name) {
    return FlinkCounters.values().getOrDefault(name, 0L);
  }
}
