package dev.tidegate.pipeline;

import dev.tidegate.transforms.StampKey;

/** What a replay does with its events. */
public sealed interface ReplayOutput {
  /** Shows what they are, and nothing else. */
  record Preview() implements ReplayOutput {}

  /**
   * Publishes them.
   *
   * @param topic {@code projects/PROJECT/topics/NAME}
   * @param stampKey where the key is that proves them to be replays
   */
  record Topic(String topic, StampKey stampKey) implements ReplayOutput {}

  /**
   * Writes them into the tables.
   *
   * @param sink how
   */
  record Sinks(SinkConfiguration sink) implements ReplayOutput {}
}
