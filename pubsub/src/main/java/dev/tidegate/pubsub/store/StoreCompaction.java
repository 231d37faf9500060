package dev.tidegate.pubsub.store;

import java.time.Duration;
import org.h2.mvstore.FileStore;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.RandomAccessStore;

/**
 * Gives dead space of the store's file back, a little at a time.
 *
 * <p>The store appends in chunks, one a commit. A chunk dies when all of it is dead and its space
 * is used again, but a single waiting message keeps its whole chunk, and a chunk at the end of the
 * file keeps the file long. So sparse chunks are rewritten together, and chunks are moved to the
 * front. The store could do this in a thread of its own, but then commits would happen in that
 * thread too, in the middle of a change.
 */
final class StoreCompaction {
  /** A smaller file is not compacted. */
  private static final long LEAST_FILE_BYTES = 32L << 20;

  private static final int REWRITE_BELOW_PERCENT = 60;
  private static final int MOVE_BELOW_PERCENT = 70;

  /** What one step writes at most, since publishers may have to wait for it. */
  private static final int BUSY_STEP_BYTES = 2 << 20;

  private static final int IDLE_STEP_BYTES = 16 << 20;

  private final MVStore store;
  private final FileStore<?> file;

  StoreCompaction(MVStore store) {
    this.store = store;
    this.file = store.getFileStore();
  }

  /**
   * Does one step if that frees space, and returns whether it did: then another step may free more;
   * a small step unless {@code idle}. Commits. Called by the thread that changes the store, between
   * commits.
   */
  boolean step(boolean idle) {
    int bytes = idle ? IDLE_STEP_BYTES : BUSY_STEP_BYTES;
    long before = file.size();
    if (before < LEAST_FILE_BYTES) {
      return false;
    }
    boolean rewritten = false;
    if (file.getChunksFillRate() < REWRITE_BELOW_PERCENT) {
      rewritten = store.compact(REWRITE_BELOW_PERCENT, bytes);
      store.commit();
      store.sync();
    }
    if (file.getFillRate() < MOVE_BELOW_PERCENT && file instanceof RandomAccessStore movable) {
      movable.compactMoveChunks(MOVE_BELOW_PERCENT, bytes, store);
    }
    return rewritten || file.size() < before;
  }

  /** Compacts for at most {@code time}, before the store is closed. */
  void finish(Duration time) {
    store.setRetentionTime(0);
    long deadline = System.nanoTime() + time.toNanos();
    while (step(true) && System.nanoTime() < deadline) {
      // Each step has its own limit.
    }
  }
}
