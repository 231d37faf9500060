package dev.tidegate.transforms;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Collects elements into batches and writes a batch soon after its first element, in a thread of
 * its own. So the latency of an element does not depend on when its bundle ends, and the bundle
 * need not end often: an idle runner would look for that all the time.
 *
 * <p>One batch is written at a time. While one is written, the next is collected. The results come
 * back in order, to the bundle that added the elements: a bundle ends when its elements are
 * written.
 *
 * @param <T> what is written
 * @param <R> what comes of a batch
 */
final class BackgroundWriter<T, R> implements AutoCloseable {
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  /**
   * This number of elements in the first wait means that many more will come: fewer writes are
   * cheaper.
   */
  private static final int MANY = 16;

  private static final int LONGER_FOR_MANY = 3;
  private static final Duration THREAD_KEPT = Duration.ofSeconds(5);

  /** Writes a batch. */
  @FunctionalInterface
  interface Write<T, R> {
    R write(List<T> batch) throws SQLException;
  }

  private final Write<T, R> write;
  private final Duration firstWait;
  private final ScheduledThreadPoolExecutor thread;

  /** Both guarded by this. */
  private List<T> batch = new ArrayList<>();

  private final Deque<CompletableFuture<R>> writes = new ArrayDeque<>();

  /**
   * @param firstWait how long after its first element a batch is written, or four times as long
   *     while many elements come; later only where the batch before is still being written
   */
  BackgroundWriter(String name, Duration firstWait, Write<T, R> write) {
    this.write = write;
    this.firstWait = firstWait;
    thread =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread created = new Thread(task, name);
              created.setDaemon(true);
              return created;
            });
    thread.setKeepAliveTime(THREAD_KEPT.toMillis(), TimeUnit.MILLISECONDS);
    thread.allowCoreThreadTimeOut(true);
  }

  /** Adds an element to the batch that is being collected, and tells how many are in it now. */
  synchronized int add(T element) {
    batch.add(element);
    if (batch.size() == 1) {
      List<T> due = batch;
      schedule(() -> writeUnlessMany(due), firstWait);
    }
    return batch.size();
  }

  /** Ends the batch that is being collected: it is large enough. Waits for the one before. */
  void endBatch() throws SQLException {
    CompletableFuture<R> before;
    synchronized (this) {
      before = writes.peekLast();
    }
    if (before != null) {
      await(before);
    }
    List<T> full;
    CompletableFuture<R> result;
    synchronized (this) {
      if (batch.isEmpty()) {
        return;
      }
      full = takeBatch();
      result = writes.getLast();
    }
    thread.execute(() -> complete(result, full));
  }

  /** The results there are, oldest first, each of them once. */
  List<R> results() throws SQLException {
    List<R> results = new ArrayList<>();
    while (true) {
      CompletableFuture<R> next;
      synchronized (this) {
        next = writes.peek();
        if (next == null || !next.isDone()) {
          return results;
        }
        writes.remove();
      }
      results.add(await(next));
    }
  }

  /** Writes the rest, waits until everything is written, and returns the results as above. */
  List<R> finish() throws SQLException {
    endBatch();
    CompletableFuture<R> last;
    synchronized (this) {
      last = writes.peekLast();
    }
    if (last != null) {
      await(last);
    }
    return results();
  }

  /** Stops what is being written, and writes nothing more. */
  @Override
  public void close() {
    thread.shutdownNow();
    boolean interrupted = Thread.interrupted();
    try {
      // It must not use what its owner closes next.
      thread.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException stop) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void schedule(Runnable task, Duration wait) {
    var unused = thread.schedule(task, wait.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void writeUnlessMany(List<T> due) {
    boolean many;
    synchronized (this) {
      many = batch == due && due.size() >= MANY;
    }
    if (many) {
      schedule(() -> writeIfStill(due), firstWait.multipliedBy(LONGER_FOR_MANY));
    } else {
      writeIfStill(due);
    }
  }

  private void writeIfStill(List<T> due) {
    CompletableFuture<R> result;
    synchronized (this) {
      if (batch != due) {
        // It was full before.
        return;
      }
      takeBatch();
      result = writes.getLast();
    }
    complete(result, due);
  }

  /** With the lock held. */
  private List<T> takeBatch() {
    List<T> taken = batch;
    batch = new ArrayList<>();
    writes.add(new CompletableFuture<>());
    return taken;
  }

  private void complete(CompletableFuture<R> result, List<T> elements) {
    try {
      result.complete(write.write(elements));
    } catch (SQLException | RuntimeException | Error failure) {
      result.completeExceptionally(failure);
    }
  }

  private R await(CompletableFuture<R> result) throws SQLException {
    try {
      return result.get();
    } catch (ExecutionException failure) {
      Throwable cause = failure.getCause();
      if (cause instanceof SQLException sql) {
        throw sql;
      }
      if (cause instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) cause;
    } catch (InterruptedException stop) {
      // The runner stops this bundle, which is repeated elsewhere.
      close();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a batch is written", stop);
    }
  }
}
