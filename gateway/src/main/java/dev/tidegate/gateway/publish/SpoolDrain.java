package dev.tidegate.gateway.publish;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.tidegate.gateway.publish.PublishException.Reason;
import dev.tidegate.gateway.publish.SpoolFile.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that publishes what the spool holds, in the order in which it came, and so is the
 * first to learn that Pub/Sub is back. While it is away, one event after another is tried, with
 * longer and longer waits.
 */
final class SpoolDrain implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolDrain.class);

  private static final long IDLE_MILLIS = 20;
  private static final long SHORTEST_WAIT_MILLIS = 100;

  /** Also the longest that the spool waits in vain after Pub/Sub is back. */
  private static final long LONGEST_WAIT_MILLIS = 2_000;

  private final Spool spool;
  private final PubsubTopic topic;
  private final IntConsumer refusals;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;

  /** Answers of Pub/Sub that the spool could not store: it is not sent again. */
  private final List<Entry> published = new ArrayList<>();

  private final List<Entry> refused = new ArrayList<>();

  private SpoolDrain(Spool spool, PubsubTopic topic, IntConsumer refusals) {
    this.spool = spool;
    this.topic = topic;
    this.refusals = refusals;
    thread = new Thread(this::run, "spool-drain");
    thread.setDaemon(true);
  }

  /**
   * Starts the thread.
   *
   * @param refusals is told how many events Pub/Sub has refused for good
   */
  static SpoolDrain start(Spool spool, PubsubTopic topic, IntConsumer refusals) {
    SpoolDrain drain = new SpoolDrain(spool, topic, refusals);
    drain.thread.start();
    return drain;
  }

  /** Whether it publishes what waits. */
  boolean works() {
    return thread.isAlive();
  }

  /** Ends after what it is publishing. */
  @Override
  public void close() {
    stop.countDown();
    Uninterruptibles.joinUninterruptibly(thread);
  }

  private void run() {
    long wait = 0;
    while (!Uninterruptibles.awaitUninterruptibly(
        stop, spool.isWaiting() ? jittered(wait) : IDLE_MILLIS, TimeUnit.MILLISECONDS)) {
      if (spool.isWaiting()) {
        wait =
            publishSome(wait == 0 ? PubsubTopic.MOST_MESSAGES : 1)
                ? 0
                : Math.min(LONGEST_WAIT_MILLIS, Math.max(SHORTEST_WAIT_MILLIS, 2 * wait));
      }
    }
  }

  /** {@link #publishFirst}; false also if the spool's disk fails, which may pass. */
  private boolean publishSome(int count) {
    try {
      settle();
      return publishFirst(count);
    } catch (RuntimeException failure) {
      LOG.debug("the spool cannot be read or written; it is tried again", failure);
      return false;
    }
  }

  /** Publishes up to {@code count} events, and answers whether Pub/Sub is there. */
  private boolean publishFirst(int count) {
    topic.reconnect();
    List<Entry> entries = spool.first(count, PubsubTopic.MOST_BYTES).join();
    if (entries.isEmpty()) {
      return true;
    }
    List<CompletableFuture<String>> answers =
        topic.sendInOrder(entries.stream().map(Entry::message).toList());
    boolean away = false;
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      try {
        answers.get(i).join();
        published.add(entry);
      } catch (CompletionException failed) {
        PublishException why = (PublishException) failed.getCause();
        if (why.reason() == Reason.REFUSED) {
          refused.add(entry);
          PubsubPublisher.logRefusal(entry.message(), why);
        } else {
          away = true;
        }
      }
    }
    settle();
    return !away;
  }

  private void settle() {
    if (published.isEmpty() && refused.isEmpty()) {
      return;
    }
    spool.settle(published, refused).join();
    refusals.accept(refused.size());
    published.clear();
    refused.clear();
  }

  private static long jittered(long wait) {
    return wait == 0 ? 0 : wait / 2 + ThreadLocalRandom.current().nextLong(wait / 2 + 1);
  }
}
