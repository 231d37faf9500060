package dev.tidegate.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The settings of embedded Flink that Beam has no option for, as the file Flink reads them from.
 */
final class FlinkConfiguration {
  private static final String SETTINGS =
      """
      # Written by Tidegate at every start.
      # Only RocksDB and batch operators use managed memory.
      taskmanager.memory.managed.size: %1$s
      # Between steps, room for some thousand events, so that reading goes on while a batch is being
      # written: with Flink's 12 buffers for an exchange, the two took turns.
      taskmanager.memory.network.min: %2$dm
      taskmanager.memory.network.max: %2$dm
      taskmanager.network.memory.floating-buffers-per-gate: 400
      taskmanager.network.memory.max-buffers-per-channel: 200
      # Each event is handed to the next step at once. With any other time, each step has a thread for
      # every step behind it, which wakes at that interval for ever.
      execution.buffer-timeout.interval: 0 ms
      # Nobody but this machine, and Flink has no password: see also ClosedFlinkEndpoint.
      rest.bind-address: localhost
      jobmanager.bind-host: localhost
      taskmanager.bind-host: localhost
      metrics.reporters: tidegate
      metrics.reporter.tidegate.factory.class: %3$s
      # The pipeline's steps restart together: a failed bundle is repeated from the last checkpoint.
      jobmanager.execution.failover-strategy: full
      """;

  /** Of a job without an end, which writes checkpoints: a batch is not repeated. */
  private static final String STREAMING =
      """
      execution.job-listeners: %s
      # A bundle that failed is repeated for as long as it takes. Each time what was read since the
      # last checkpoint is archived again: so the times grow apart, until all has gone well for long.
      restart-strategy.type: exponential-delay
      restart-strategy.exponential-delay.initial-backoff: 1 s
      restart-strategy.exponential-delay.backoff-multiplier: 2
      restart-strategy.exponential-delay.max-backoff: 15 s
      restart-strategy.exponential-delay.reset-backoff-threshold: 2 min
      restart-strategy.exponential-delay.jitter-factor: 0.1
      """;

  /** For each parallel instance: each has a channel to every other. */
  private static final int NETWORK_MEGABYTES = 24;

  private FlinkConfiguration() {}

  /**
   * Writes the file into {@code folder} and answers the folder that Flink is to be told.
   *
   * @param managedMemory what RocksDB and batch operators may use, such as {@code 16m}
   */
  static Path writeTo(Path folder, String managedMemory, int parallelism) throws IOException {
    return write(folder, settings(managedMemory, parallelism));
  }

  /** The same for a job without an end. */
  static Path writeForStreamingTo(Path folder, String managedMemory, int parallelism)
      throws IOException {
    return write(
        folder,
        settings(managedMemory, parallelism)
            + STREAMING.formatted(FlinkJobListener.class.getName()));
  }

  private static String settings(String managedMemory, int parallelism) {
    return SETTINGS.formatted(
        managedMemory,
        NETWORK_MEGABYTES * Math.max(2, parallelism),
        FlinkCounters.Factory.class.getName());
  }

  private static Path write(Path folder, String settings) throws IOException {
    Path configuration = Files.createDirectories(folder.resolve("conf"));
    Files.writeString(configuration.resolve("flink-conf.yaml"), settings);
    return configuration;
  }
}
