package dev.tidegate.transforms.files;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats what a disk refuses, in place: a full or read-only disk is an outage. A bundle that
 * failed instead would be read and archived again, each time.
 */
public final class DiskRetry {
  private static final Logger LOG = LoggerFactory.getLogger(DiskRetry.class);

  /** Shorter than a checkpoint may take. After it the bundle fails, and the runner repeats it. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final Duration SHORTEST_WAIT = Duration.ofMillis(100);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

  /** Who cannot write now, and why. */
  private static final Map<DiskRetry, String> PROBLEMS = new ConcurrentHashMap<>();

  private static final LongAdder RETRIES = new LongAdder();

  private final Path folder;

  /** Something that may be done again after it failed. */
  interface Action {
    void run() throws IOException;
  }

  /**
   * @param folder where everything is written, as problems name it
   */
  DiskRetry(Path folder) {
    this.folder = folder;
  }

  /** The folders that this process cannot write now, and why. */
  public static Map<Path, String> problems() {
    Map<Path, String> problems = new TreeMap<>();
    PROBLEMS.forEach((writer, reason) -> problems.put(writer.folder, reason));
    return problems;
  }

  /** Answers how often something was repeated since this was last asked. */
  public static long takeRetries() {
    return RETRIES.sumThenReset();
  }

  /**
   * Does {@code action}, again and again until it succeeds or patience ends.
   *
   * @throws IOException the last failure
   */
  void run(Action action) throws IOException {
    long begin = System.nanoTime();
    for (Duration wait = SHORTEST_WAIT; ; wait = longer(wait)) {
      try {
        action.run();
        succeeded();
        return;
      } catch (ClosedChannelException interrupted) {
        throw interrupted;
      } catch (IOException failure) {
        failed(failure);
        if (System.nanoTime() - begin > PATIENCE.toNanos()) {
          throw failure;
        }
      }
      pause(wait);
      RETRIES.increment();
    }
  }

  /** Remembers a failure that cannot be mended in place. */
  void failed(IOException failure) {
    String reason = reasonOf(failure);
    if (!reason.equals(PROBLEMS.put(this, reason))) {
      LOG.error(
          "the archive cannot be written: {}. It waits, and goes on when it can",
          failure.toString());
    }
  }

  /** Forgets what was refused: its writer gives up. */
  void forget() {
    PROBLEMS.remove(this);
  }

  private void succeeded() {
    if (!PROBLEMS.isEmpty() && PROBLEMS.remove(this) != null) {
      LOG.info("the archive in {} can be written again", folder);
    }
  }

  /** Without the file's name, which tells of tenants. */
  private static String reasonOf(IOException failure) {
    String kind = failure.getClass().getSimpleName().replaceAll("Exception$", "");
    if (failure instanceof FileSystemException inFile) {
      return inFile.getReason() == null ? kind : inFile.getReason();
    }
    return failure.getMessage() == null ? kind : failure.getMessage();
  }

  private static Duration longer(Duration wait) {
    Duration twice = wait.multipliedBy(2);
    return twice.compareTo(LONGEST_WAIT) < 0 ? twice : LONGEST_WAIT;
  }

  private static void pause(Duration wait) throws InterruptedIOException {
    try {
      Thread.sleep(wait.toMillis());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while the archive could not be written");
    }
  }
}
