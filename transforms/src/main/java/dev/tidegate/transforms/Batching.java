package dev.tidegate.transforms;

import java.io.Serializable;
import java.time.Duration;

/**
 * How events are collected into batches before they are written.
 *
 * @param mode what a batch is made of. It must not change during the life of a job: the steps
 *     differ
 * @param maxRows a batch is written with this many rows at the latest, its ledger rows included
 * @param maxBytes or with this many bytes of events
 * @param maxWait how long an event waits for others, where {@code mode} lets it
 * @param shards how many batches are collected side by side, where {@code mode} collects any
 */
public record Batching(Mode mode, int maxRows, long maxBytes, Duration maxWait, int shards)
    implements Serializable {
  /** What a batch is made of. */
  public enum Mode {
    /**
     * The runner's bundle, or parts of it: nothing waits in state, and nothing waits for others.
     * For runners with bundles of hundreds of events, as Flink has them.
     */
    BUNDLES,
    /**
     * Events collected in the runner's state. For runners whose bundles are small, as those of
     * Dataflow are behind a shuffle.
     */
    GROUPS
  }

  /** 500 to 2,000 rows do equally well (docs/design.md, "Decisions"). */
  public static final int MAX_ROWS = 1_000;

  /** A bound on what waits in memory, whatever the rows' number. */
  public static final long MAX_BYTES = 16L << 20;

  /** Bundles, or parts of them, of at most {@code maxRows} rows. */
  public static Batching bundles(int maxRows) {
    return new Batching(Mode.BUNDLES, maxRows, MAX_BYTES, Duration.ZERO, 1);
  }
}
