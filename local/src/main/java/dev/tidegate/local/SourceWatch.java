package dev.tidegate.local;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.tidegate.pipeline.SourceFiles;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the files of declared sources on this machine. A change is taken over once nothing has
 * changed any more for one look. Where it cannot be, the reason is told, and the next change is
 * waited for: what runs goes on as it is.
 */
final class SourceWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SourceWatch.class);

  private static final Duration POLL = Duration.ofMillis(500);

  private final List<String> places;
  private final Runnable change;
  private final Consumer<String> progress;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "source-watch");
  private Map<String, String> taken;

  private SourceWatch(List<String> places, Runnable change, Consumer<String> progress) {
    // What is far away costs money each time.
    this.places = places.stream().filter(place -> !place.contains("://")).toList();
    this.change = change;
    this.progress = progress;
    this.taken = SourceFiles.texts(this.places);
    thread.setDaemon(true);
  }

  /**
   * Starts to watch.
   *
   * @param places files, folders and names of shipped sources
   * @param change takes a change over, or throws a {@link LocalSystemException} or an {@link
   *     IllegalArgumentException} that says why it cannot
   * @param progress takes lines for people
   */
  static SourceWatch start(List<String> places, Runnable change, Consumer<String> progress) {
    SourceWatch watch = new SourceWatch(places, change, progress);
    if (!watch.places.isEmpty()) {
      watch.thread.start();
    }
    return watch;
  }

  private void run() {
    Map<String, String> before = taken;
    try {
      while (!closing.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        Map<String, String> now = before;
        try {
          now = SourceFiles.texts(places);
        } catch (RuntimeException beingWritten) {
          LOG.debug("looked at while it changes", beingWritten);
        }
        if (now.equals(before) && !now.equals(taken)) {
          taken = now;
          takeOver();
        }
        before = now;
      }
    } catch (InterruptedException nobodyDoes) {
      Thread.currentThread().interrupt();
    }
  }

  private void takeOver() {
    try {
      change.run();
      progress.accept("The sources have changed: the pipeline starts anew with them.");
    } catch (LocalSystemException | IllegalArgumentException unusable) {
      progress.accept("The sources have changed and cannot be used. Those that run stay:");
      unusable.getMessage().lines().forEach(line -> progress.accept("  " + line));
    } catch (RuntimeException failure) {
      LOG.error("changed sources", failure);
      progress.accept(
          "The sources have changed and cannot be used. Those that run stay; see the log");
    }
  }

  @Override
  public void close() {
    closing.countDown();
    if (thread.isAlive()) {
      Uninterruptibles.joinUninterruptibly(thread);
    }
  }
}
