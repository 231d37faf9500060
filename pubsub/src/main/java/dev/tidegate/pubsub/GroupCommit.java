package dev.tidegate.pubsub;

import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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
  private static final long COMPACTION_MILLIS = 1_000;

  /** After so many idle attempts without gain, the file is as small as it gets. */
  private static final int FRUITLESS_COMPACTIONS = 20;

  /** Bounds what one commit holds in memory, and how long its publishers wait. */
  private static final long GROUP_BYTES = 16L << 20;

  private static final int GROUP_CHANGES = 2_000;

  /** What waits for the disk may take this much of the heap; then publishers are refused. */
  private static final long QUEUED_BYTES = Runtime.getRuntime().maxMemory() / 4;

  private final MessageStore store;
  private final BlockingQueue<Change<?>> queue = new LinkedBlockingQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
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
   * <p>Returns at once. If too much waits already, the change is refused with RESOURCE_EXHAUSTED:
   * clients repeat that later, and their requests do not fill the heap meanwhile.
   *
   * @param bytes about how much the change holds on the heap
   */
  <T> CompletableFuture<T> submit(long bytes, Supplier<T> change, Consumer<T> afterwards) {
    if (queuedBytes.addAndGet(bytes) > QUEUED_BYTES) {
      queuedBytes.addAndGet(-bytes);
      return CompletableFuture.failedFuture(Statuses.overloaded());
    }
    Change<T> queued = new Change<>(change, afterwards, bytes, true);
    var unused = queued.durable.whenComplete((result, error) -> queuedBytes.addAndGet(-bytes));
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
    long compacted = System.nanoTime();
    int fruitless = 0;
    try {
      while (true) {
        Change<?> first = next(lazySince, fruitless < FRUITLESS_COMPACTIONS);
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
        if (fruitless < FRUITLESS_COMPACTIONS
            && now - compacted >= TimeUnit.MILLISECONDS.toNanos(COMPACTION_MILLIS)) {
          compacted = now;
          fruitless = store.compactALittle(first == null) ? 0 : fruitless + 1;
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

  /** Waits for the next change, and only as long as there is nothing else to do. */
  private Change<?> next(long lazySince, boolean compacts) throws InterruptedException {
    if (lazySince != 0) {
      long due = lazySince + TimeUnit.MILLISECONDS.toNanos(LAZY_MILLIS);
      return queue.poll(due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
    return compacts ? queue.poll(COMPACTION_MILLIS, TimeUnit.MILLISECONDS) : queue.take();
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
