package dev.tidegate.local.pubsub;

import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that changes the {@link MessageStore}: it applies what has queued up while it was
 * syncing the last group, commits once, and then answers all of it.
 *
 * <p>So a publisher alone waits for one sync, and a thousand at a time share one. What is only
 * worth remembering (acknowledgements: a message forgotten to be acknowledged is delivered again,
 * which is allowed) waits up to {@value #LAZY_MILLIS} ms for a commit to ride on.
 *
 * <p>If the store fails, for want of disk space for instance, the change and all later ones fail
 * with UNAVAILABLE: what is on the disk can no longer be known until the store is opened again,
 * which {@link RecoveringBroker} does.
 */
final class GroupCommit implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

  private static final long LAZY_MILLIS = 100;
  private static final long HOUSEKEEPING_MILLIS = 1_000;

  /** After so many idle attempts without gain, the file is as small as it gets. */
  private static final int FRUITLESS_COMPACTIONS = 20;

  /** Bounds what one commit holds in memory, and how long its publishers wait. */
  private static final long GROUP_BYTES = 16L << 20;

  private static final int GROUP_CHANGES = 2_000;

  /** Bounds the bodies on the heap that wait for a commit; beyond it publishers are held up. */
  private static final int QUEUED_KILOBYTES = 64 << 10;

  private final MessageStore store;
  private final BlockingQueue<Change<?>> queue = new LinkedBlockingQueue<>();
  private final Semaphore kilobytes = new Semaphore(QUEUED_KILOBYTES);
  private final Thread thread;
  private volatile Throwable failure;
  private volatile boolean closing;

  GroupCommit(MessageStore store) {
    this.store = store;
    thread = new Thread(this::run, "pubsub-commit");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Applies {@code change} in the writer's thread, and completes with its result once it is
   * durable. {@code afterwards} sees the result first, still in the writer's thread, so it sees
   * results in the order of their changes. A change that throws must not have changed anything.
   *
   * @param bytes about how much the change holds on the heap; may block until there is room for it
   */
  <T> CompletableFuture<T> submit(long bytes, Supplier<T> change, Consumer<T> afterwards) {
    int size = (int) Math.min(QUEUED_KILOBYTES, (bytes >> 10) + 1);
    kilobytes.acquireUninterruptibly(size);
    Change<T> queued = new Change<>(change, afterwards, bytes, true);
    var unused = queued.durable.whenComplete((result, error) -> kilobytes.release(size));
    enqueue(queued);
    return queued.durable;
  }

  /** Applies {@code change} in the writer's thread, to be durable some time soon. */
  void submitLazily(Runnable change) {
    Supplier<Boolean> supplier =
        () -> {
          change.run();
          return true;
        };
    enqueue(new Change<>(supplier, done -> {}, 0, false));
  }

  /** Why the store failed; empty where it did not. */
  Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /** Finishes what has been submitted, commits, and ends the thread; later changes are refused. */
  @Override
  public void close() {
    // Wakes the thread.
    Change<Boolean> last = new Change<>(() -> true, done -> {}, 0, false);
    closing = true;
    queue.add(last);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    refuseQueued();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void enqueue(Change<?> change) {
    if (closing) {
      change.fail(failure);
      return;
    }
    queue.add(change);
    if (failure != null || !thread.isAlive()) {
      // Nobody else will answer it.
      refuseQueued();
    }
  }

  private void run() {
    List<Change<?>> group = new ArrayList<>();
    long lazySince = 0;
    long housekept = System.nanoTime();
    int fruitless = 0;
    try {
      while (true) {
        long wait =
            lazySince == 0
                ? TimeUnit.MILLISECONDS.toNanos(HOUSEKEEPING_MILLIS)
                : lazySince + TimeUnit.MILLISECONDS.toNanos(LAZY_MILLIS) - System.nanoTime();
        Change<?> first = queue.poll(wait, TimeUnit.NANOSECONDS);
        boolean durable = apply(first, group);
        if (!group.isEmpty()) {
          fruitless = 0;
          lazySince = lazySince == 0 ? System.nanoTime() : lazySince;
        }
        boolean stop = closing && queue.isEmpty();
        long now = System.nanoTime();
        if (durable
            || stop
            || (lazySince != 0 && now - lazySince >= TimeUnit.MILLISECONDS.toNanos(LAZY_MILLIS))) {
          store.commit();
          lazySince = 0;
        }
        group.forEach(Change::answer);
        group.clear();
        if (stop) {
          return;
        }
        if (now - housekept >= TimeUnit.MILLISECONDS.toNanos(HOUSEKEEPING_MILLIS)) {
          housekept = now;
          if (fruitless < FRUITLESS_COMPACTIONS) {
            fruitless = store.compactALittle(first == null) ? 0 : fruitless + 1;
          }
        }
      }
    } catch (Throwable e) {
      LOG.error(
          "The Pub/Sub store {} cannot be written; it is opened again when it can be: {}",
          store,
          e.getMessage());
      LOG.debug("The Pub/Sub store failed", e);
      failure = e;
      closing = true;
      group.forEach(change -> change.fail(e));
      refuseQueued();
    }
  }

  /** Applies {@code first} and what is queued behind it, and answers if any must be durable. */
  private boolean apply(Change<?> first, List<Change<?>> group) {
    boolean durable = false;
    long bytes = 0;
    for (Change<?> change = first;
        change != null;
        change = bytes < GROUP_BYTES && group.size() < GROUP_CHANGES ? queue.poll() : null) {
      group.add(change);
      change.apply();
      durable |= change.mustBeDurable;
      bytes += change.bytes;
    }
    return durable;
  }

  private void refuseQueued() {
    for (Change<?> change = queue.poll(); change != null; change = queue.poll()) {
      change.fail(failure);
    }
  }

  /** One submitted change; its future is completed by the writer only. */
  private static final class Change<T> {
    private final Supplier<T> change;
    private final Consumer<T> afterwards;
    private final long bytes;
    private final boolean mustBeDurable;
    private final CompletableFuture<T> durable = new CompletableFuture<>();
    private T result;
    private RuntimeException refused;

    Change(Supplier<T> change, Consumer<T> afterwards, long bytes, boolean mustBeDurable) {
      this.change = change;
      this.afterwards = afterwards;
      this.bytes = bytes;
      this.mustBeDurable = mustBeDurable;
    }

    void apply() {
      try {
        result = change.get();
      } catch (StatusRuntimeException e) {
        // An error of the request, not of the store.
        refused = e;
      }
    }

    void answer() {
      if (refused == null) {
        afterwards.accept(result);
        durable.complete(result);
      } else {
        durable.completeExceptionally(refused);
      }
    }

    void fail(Throwable cause) {
      durable.completeExceptionally(
          cause == null ? Statuses.stopping() : Statuses.storeFailed(cause));
    }
  }
}
