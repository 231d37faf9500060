package dev.tidegate.gateway.publish;

import com.google.common.util.concurrent.Uninterruptibles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that uses the {@link SpoolFile}: it does what has queued up while it was syncing
 * the last group, commits once, and then answers all of it. So one event waits for one sync, and a
 * thousand at a time share one.
 *
 * <p>If the file fails, for want of disk space for instance, the work fails. What is on the disk
 * can then no longer be known, so the file is opened again, as soon as it can be written; work
 * fails until then.
 */
final class SpoolWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolWriter.class);

  private static final long IDLE_MILLIS = 1_000;
  private static final long REOPEN_MILLIS = 1_000;
  private static final int GROUP = 2_000;

  /** Used in the thread only. */
  private SpoolFile file;

  private final Consumer<SpoolFile> afterGroup;
  private final BlockingQueue<Work<?>> queue = new LinkedBlockingQueue<>();
  private final Object submitting = new Object();
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean works = true;

  /**
   * Starts the thread.
   *
   * @param afterGroup sees the file in the thread, after each group and before its answers
   */
  SpoolWriter(SpoolFile file, Consumer<SpoolFile> afterGroup) {
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
      } else if (!works) {
        queued.fail(new IllegalStateException("the spool's disk has failed"));
      } else {
        queue.add(queued);
      }
    }
    return queued.durable;
  }

  /** Whether the file can be written, as far as is known. */
  boolean works() {
    return works;
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
    Uninterruptibles.joinUninterruptibly(thread);
  }

  private void run() {
    boolean open = true;
    while (open) {
      open = writeUntilItFails() && reopen();
    }
  }

  /** Answers whether the file failed; false once it is closed. */
  private boolean writeUntilItFails() {
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
        afterGroup.accept(file);
        group.forEach(Work::answer);
        group.clear();
        if (closed && queue.isEmpty()) {
          file.close();
          return false;
        }
      }
    } catch (Throwable failure) {
      LOG.error(
          "the spool cannot be written: it keeps no event until it can be ({})",
          failure.getMessage());
      LOG.debug("the spool cannot be written", failure);
      synchronized (submitting) {
        works = false;
        queue.drainTo(group);
      }
      group.forEach(work -> work.fail(failure));
      return true;
    }
  }

  /** Opens the file again as soon as it can be written; false once the spool is closed. */
  private boolean reopen() {
    Path folder = file.folder();
    file.abandon();
    while (!closed) {
      try {
        file = SpoolFile.open(folder);
        afterGroup.accept(file);
        works = true;
        LOG.info("the spool can be written again");
        return true;
      } catch (RuntimeException stillFails) {
        LOG.debug("the spool still cannot be written", stillFails);
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(REOPEN_MILLIS));
      }
    }
    return false;
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
