package dev.tidegate.pipeline;

/** What a replay does with its events. */
public sealed interface ReplayOutput {
  /** Shows what they are, and nothing else. */
  record Preview() implements ReplayOutput {}

  /**
   * Publishes them.
   *
   * @param topic {@code projects/PROJECT/topics/NAME}
   */
  record Topic(String topic) implements ReplayOutput {}

  /**
   * Writes them into the tables.
   *
   * @param sink how
   */
  record Sinks(SinkConfiguration sink) implements ReplayOutput {}
}
