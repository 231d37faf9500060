package dev.tidegate.gateway.publish;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that uses the {@link SpoolFile}: it does what has queued up while it was syncing
 * the last group, commits once, and then answers all of it. So one event waits for one sync, and a
 * thousand at a time share one.
 *
 * <p>If the file fails, for want of disk space for instance, the work and all later work fails:
 * what is on the disk can no longer be known until it is opened again.
 */
final class SpoolWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolWriter.class);

  private static final long IDLE_MILLIS = 1_000;
  private static final int GROUP = 2_000;

  private final SpoolFile file;
  private final Runnable afterGroup;
  private final BlockingQueue<Work<?>> queue = new LinkedBlockingQueue<>();
  private final Object submitting = new Object();
  private final Thread thread;
  private volatile boolean closed;

  /**
   * Starts the thread.
   *
   * @param afterGroup called in the thread, after each group, before its answers
   */
  SpoolWriter(SpoolFile file, Runnable afterGroup) {
    this.file = file;
    this.afterGroup = afterGroup;
    thread = new Thread(this::run, "spool-writer");
    thread.setDaemon(true);
    thread.start();
  }

  /** Does {@code work} with the file, and answers once what it did is durable. */
  <T> CompletableFuture<T> submit(Function<SpoolFile, T> work) {
    Work<T> queued = new Work<>(work);
    synchronized (submitting) {
      if (closed) {
        queued.fail(new IllegalStateException("the spool is closed"));
      } else {
        queue.add(queued);
      }
    }
    return queued.durable;
  }

  /** Does what was submitted, and closes the file. */
  @Override
  public void close() {
    synchronized (submitting) {
      if (!closed) {
        closed = true;
        // Wakes the thread, which must not be interrupted: that would close the file under it.
        queue.add(new Work<>(nothing -> true));
      }
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException stop) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    List<Work<?>> group = new ArrayList<>();
    try {
      while (true) {
        Work<?> first = queue.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
        if (first == null) {
          file.compactIfEmpty();
          continue;
        }
        group.add(first);
        queue.drainTo(group, GROUP);
        group.forEach(work -> work.doWith(file));
        file.commit();
        afterGroup.run();
        group.forEach(Work::answer);
        group.clear();
        if (closed && queue.isEmpty()) {
          file.close();
          return;
        }
      }
    } catch (Throwable failure) {
      LOG.error("the spool failed: events are refused until the gateway is started again", failure);
      synchronized (submitting) {
        closed = true;
      }
      group.addAll(queue);
      group.forEach(work -> work.fail(failure));
    }
  }

  /** Something to do; the thread alone answers it. */
  private static final class Work<T> {
    private final Function<SpoolFile, T> work;
    private final CompletableFuture<T> durable = new CompletableFuture<>();
    private T result;

    Work(Function<SpoolFile, T> work) {
      this.work = work;
    }

    void doWith(SpoolFile file) {
      result = work.apply(file);
    }

    void answer() {
      durable.complete(result);
    }

    void fail(Throwable failure) {
      durable.completeExceptionally(failure);
    }
  }
}
