package dev.tidegate.pubsub.store;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One file on disk, and the one thread that changes it. The thread applies what has queued up while
 * it was syncing the last group, commits once, and then answers all of it. So a single change waits
 * for one sync, and a thousand changes at once share one. A process that is killed at any instant
 * finds the last commit again.
 *
 * <p>If the file fails, for instance because the disk is full, the changes fail: what is on the
 * disk is no longer known. The file is opened again as soon as it can be written, with longer and
 * longer waits. Changes fail until then.
 *
 * @param <C> what the file holds: an object that reads and writes its maps
 */
public final class GroupCommitStore<C extends GroupCommitStore.Contents> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommitStore.class);

  /** The page cache: the most that the file's values take of the heap while they wait. */
  private static final int CACHE_MEGABYTES = 32;

  /**
   * For how long a dead part of the file is left alone. Each commit is synced, so none would do.
   * Some seconds keep older versions to recover from besides.
   */
  private static final int RETENTION_MILLIS = 5_000;

  private static final long LAZY_MILLIS = 100;
  private static final long COMPACTION_MILLIS = 1_000;

  /** After this number of idle attempts without gain, the file cannot get smaller. */
  private static final int FRUITLESS_COMPACTIONS = 20;

  /** Closing is to be quick; the rest is compacted when the store is idle again. */
  private static final Duration COMPACT_AT_CLOSE = Duration.ofSeconds(1);

  /** Bounds what one commit holds in memory, and how long those who submit wait. */
  private static final long GROUP_BYTES = 16L << 20;

  private static final int GROUP_CHANGES = 2_000;
  private static final long SHORTEST_REOPEN_MILLIS = 250;
  private static final long LONGEST_REOPEN_MILLIS = 4_000;

  /** What a file holds. A new one is made each time the file is opened. */
  public interface Contents {
    /**
     * Whether a change that threw {@code thrown} was refused before it changed anything. After any
     * other exception the file is opened again as it was at the last commit.
     */
    default boolean isRefusal(RuntimeException thrown) {
      return false;
    }

    /** Called in the store's thread after each commit, and before its changes are answered. */
    default void committed() {}

    /** Called when the file has failed; it is closed, and this object is used no more. */
    default void abandoned(Throwable failure) {}
  }

  /** Why a change was not made. */
  public enum Reason {
    /** Too much waits for the disk already. */
    OVERLOADED,
    /** The file cannot be written now; whether the change is in it is not known. */
    FAILED,
    /** The store is closed. */
    CLOSED
  }

  /** A change was not made, for a reason that is not the change's own. */
  public static final class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Reason reason;

    private UnavailableException(Reason reason, Throwable cause) {
      super("The store takes no change: " + reason, cause);
      this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
      return reason;
    }
  }

  private final Path file;
  private final long mostQueuedBytes;
  private final Function<MVStore, C> opener;
  private final BlockingQueue<Change<C, ?>> queue = new LinkedBlockingQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  /** Used in the thread only, once that runs. */
  private MVStore store;

  private volatile C contents;
  private volatile Throwable failure;

  private GroupCommitStore(Path file, long mostQueuedBytes, Function<MVStore, C> opener) {
    this.file = file.toAbsolutePath();
    this.mostQueuedBytes = mostQueuedBytes;
    this.opener = opener;
    thread = new Thread(this::run, file.getFileName() + "-commit");
    thread.setDaemon(true);
  }

  /**
   * Opens {@code file}. It is made if it is missing, with its folder.
   *
   * @param mostQueuedBytes what may wait for the disk; then changes are refused
   * @param opener makes the contents from the file, now and after each failure of the disk; what it
   *     changes is committed
   * @throws IOException if another process uses the file, or if it cannot be read or written
   */
  public static <C extends Contents> GroupCommitStore<C> open(
      Path file, long mostQueuedBytes, Function<MVStore, C> opener) throws IOException {
    GroupCommitStore<C> opened = new GroupCommitStore<>(file, mostQueuedBytes, opener);
    opened.openFile();
    opened.thread.start();
    return opened;
  }

  /**
   * What the file holds. Other threads than the store's may only read; a read from a file that has
   * failed throws. A thread that reads must not be interrupted: that closes the file under it.
   */
  public C contents() {
    return contents;
  }

  /**
   * Applies {@code change} in the store's thread, and completes with its result once it is durable.
   * {@code afterwards} sees the result first, still in the store's thread, so it sees results in
   * the order of their changes.
   *
   * <p>Returns at once. Fails with an {@link UnavailableException} if the change was not made, or
   * with what the change threw as its refusal.
   *
   * @param bytes about how much the change holds on the heap
   */
  public <T> CompletableFuture<T> submit(
      long bytes, Function<? super C, T> change, Consumer<? super T> afterwards) {
    Change<C, T> queued = new Change<>(change, afterwards, bytes, true);
    if (queuedBytes.addAndGet(bytes) > mostQueuedBytes) {
      queuedBytes.addAndGet(-bytes);
      queued.fail(new UnavailableException(Reason.OVERLOADED, null));
    } else {
      var unused = queued.durable.whenComplete((result, error) -> queuedBytes.addAndGet(-bytes));
      enqueue(queued);
    }
    return queued.durable;
  }

  /**
   * Applies {@code change} in the store's thread, to be durable about {@value #LAZY_MILLIS} ms
   * later, for changes that are not important: they wait for the next commit.
   */
  public void submitLazily(Consumer<? super C> change) {
    Function<C, Boolean> applied =
        changed -> {
          change.accept(changed);
          return true;
        };
    enqueue(new Change<>(applied, done -> {}, 0, false));
  }

  /** Why the file cannot be written now; empty while it can, as far as is known. */
  public Optional<String> problem() {
    return Optional.ofNullable(failure)
        .map(Throwables::getRootCause)
        .map(
            cause ->
                "%s cannot be written: %s"
                    .formatted(
                        file,
                        Optional.ofNullable(cause.getMessage())
                            .orElse(cause.getClass().getSimpleName())));
  }

  /** Finishes what was submitted, commits, and closes the file; later changes are refused. */
  @Override
  public void close() {
    closing.countDown();
    // Wakes the thread, which must not be interrupted: that would close the file under it.
    queue.add(new Change<>(nothing -> true, done -> {}, 0, false));
    Uninterruptibles.joinUninterruptibly(thread);
    refuseQueued();
  }

  private void enqueue(Change<C, ?> change) {
    if (isClosing() || failure != null) {
      change.fail(unavailable());
      return;
    }
    queue.add(change);
    if (failure != null || !thread.isAlive()) {
      // Nobody else would answer it soon.
      refuseQueued();
    }
  }

  private void openFile() throws IOException {
    Files.createDirectories(file.getParent());
    try {
      // The thread commits, and StoreCompaction compacts.
      store =
          new MVStore.Builder()
              .fileName(file.toString())
              .autoCommitDisabled()
              .cacheSize(CACHE_MEGABYTES)
              .open();
      readFile();
    } catch (MVStoreException e) {
      throw new IOException(
          e.getErrorCode() == DataUtils.ERROR_FILE_LOCKED
              ? "%s is in use by another process.".formatted(file)
              : "%s cannot be opened: %s".formatted(file, e.getMessage()),
          e);
    }
  }

  private void readFile() throws IOException {
    C opened = null;
    try {
      store.setRetentionTime(RETENTION_MILLIS);
      // A disk that is full is found here.
      store
          .openMap("opened", new MVMap.Builder<String, Long>())
          .put("at", System.currentTimeMillis());
      commit();
      // A new file's name is an entry of its folder, which has a sync of its own.
      try (FileChannel folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
        folder.force(true);
      }
      opened = opener.apply(store);
      commit();
      opened.committed();
      contents = opened;
    } catch (RuntimeException | IOException e) {
      store.closeImmediately();
      if (opened != null) {
        opened.abandoned(e);
      }
      throw e;
    }
  }

  private void run() {
    boolean open = true;
    while (open) {
      open = !commitUntilClosed() && reopen();
    }
  }

  /** Answers true when the store is closed, and false when the file has failed. */
  private boolean commitUntilClosed() {
    List<Change<C, ?>> group = new ArrayList<>();
    StoreCompaction compaction = new StoreCompaction(store);
    long lazySince = 0;
    long compacted = System.nanoTime();
    int fruitless = 0;
    try {
      while (true) {
        Change<C, ?> first = next(lazySince, fruitless < FRUITLESS_COMPACTIONS);
        boolean durable = apply(first, group);
        if (!group.isEmpty()) {
          lazySince = lazySince == 0 ? System.nanoTime() : lazySince;
        }
        boolean stop = isClosing() && queue.isEmpty();
        long now = System.nanoTime();
        if (durable
            || stop
            || (lazySince != 0 && now - lazySince >= TimeUnit.MILLISECONDS.toNanos(LAZY_MILLIS))) {
          if (commit()) {
            fruitless = 0;
          }
          contents.committed();
          lazySince = 0;
        }
        group.forEach(Change::answer);
        group.clear();
        if (stop) {
          compaction.finish(COMPACT_AT_CLOSE);
          store.close();
          return true;
        }
        if (fruitless < FRUITLESS_COMPACTIONS
            && now - compacted >= TimeUnit.MILLISECONDS.toNanos(COMPACTION_MILLIS)) {
          compacted = now;
          fruitless = compaction.step(first == null) ? 0 : fruitless + 1;
        }
      }
    } catch (Throwable e) {
      LOG.error(
          "{} cannot be written; it is opened again when it can be: {}", file, e.getMessage());
      LOG.debug("{} failed", file, e);
      failure = e;
      store.closeImmediately();
      contents.abandoned(e);
      group.forEach(change -> change.fail(unavailable()));
      return false;
    }
  }

  /** Opens the file again as soon as it can be written; false if the store is closed before. */
  private boolean reopen() {
    long wait = SHORTEST_REOPEN_MILLIS;
    refuseQueued();
    while (!Uninterruptibles.awaitUninterruptibly(closing, wait, TimeUnit.MILLISECONDS)) {
      refuseQueued();
      try {
        openFile();
        failure = null;
        LOG.info("{} can be written again", file);
        return true;
      } catch (IOException | RuntimeException stillFails) {
        LOG.debug("{} still cannot be written", file, stillFails);
        wait = Math.min(LONGEST_REOPEN_MILLIS, 2 * wait);
      }
    }
    return false;
  }

  /** Makes all changes so far durable, written and synced; answers whether there were any. */
  private boolean commit() {
    boolean changed = store.hasUnsavedChanges();
    if (changed) {
      store.commit();
      store.sync();
    }
    return changed;
  }

  /** Waits for the next change, and only as long as there is nothing else to do. */
  private Change<C, ?> next(long lazySince, boolean compacts) throws InterruptedException {
    if (lazySince != 0) {
      long due = lazySince + TimeUnit.MILLISECONDS.toNanos(LAZY_MILLIS);
      return queue.poll(due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
    return compacts ? queue.poll(COMPACTION_MILLIS, TimeUnit.MILLISECONDS) : queue.take();
  }

  /** Applies {@code first} and what is queued behind it, and answers if any must be durable. */
  private boolean apply(Change<C, ?> first, List<Change<C, ?>> group) {
    boolean durable = false;
    long bytes = 0;
    for (Change<C, ?> change = first;
        change != null;
        change = bytes < GROUP_BYTES && group.size() < GROUP_CHANGES ? queue.poll() : null) {
      group.add(change);
      change.applyTo(contents);
      durable |= change.mustBeDurable;
      bytes += change.bytes;
    }
    return durable;
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private UnavailableException unavailable() {
    Throwable cause = failure;
    return new UnavailableException(cause == null ? Reason.CLOSED : Reason.FAILED, cause);
  }

  private void refuseQueued() {
    for (Change<C, ?> change = queue.poll(); change != null; change = queue.poll()) {
      change.fail(unavailable());
    }
  }

  /** One submitted change. */
  private static final class Change<C extends Contents, T> {
    private final Function<? super C, T> change;
    private final Consumer<? super T> afterwards;
    private final long bytes;
    private final boolean mustBeDurable;
    private final CompletableFuture<T> durable = new CompletableFuture<>();
    private T result;
    private RuntimeException refused;

    Change(
        Function<? super C, T> change,
        Consumer<? super T> afterwards,
        long bytes,
        boolean mustBeDurable) {
      this.change = change;
      this.afterwards = afterwards;
      this.bytes = bytes;
      this.mustBeDurable = mustBeDurable;
    }

    void applyTo(C contents) {
      try {
        result = change.apply(contents);
      } catch (RuntimeException e) {
        if (!contents.isRefusal(e)) {
          throw e;
        }
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

    void fail(RuntimeException reason) {
      durable.completeExceptionally(reason);
    }
  }
}
