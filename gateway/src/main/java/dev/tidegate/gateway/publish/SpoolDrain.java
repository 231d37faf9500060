package dev.tidegate.gateway.publish;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.tidegate.gateway.publish.Delivery.Away;
import dev.tidegate.gateway.publish.Delivery.Confirmed;
import dev.tidegate.gateway.publish.Delivery.Refused;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that publishes what the spool holds, in the order it came in, and so is the first to
 * learn that Pub/Sub is back. While it is away, one event after another is tried, with longer and
 * longer waits.
 */
final class SpoolDrain implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolDrain.class);

  private static final long IDLE_MILLIS = 20;
  private static final long SHORTEST_WAIT_MILLIS = 100;

  /** Also the longest that the spool waits in vain after Pub/Sub is back. */
  private static final long LONGEST_WAIT_MILLIS = 2_000;

  private static final int BATCH_EVENTS = 500;
  private static final long BATCH_BYTES = 4L << 20;

  private final Spool spool;
  private final PubsubTopic topic;
  private final PubsubCircuit circuit;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;

  private SpoolDrain(Spool spool, PubsubTopic topic, PubsubCircuit circuit) {
    this.spool = spool;
    this.topic = topic;
    this.circuit = circuit;
    thread = new Thread(this::run, "spool-drain");
    thread.setDaemon(true);
  }

  static SpoolDrain start(Spool spool, PubsubTopic topic, PubsubCircuit circuit) {
    SpoolDrain drain = new SpoolDrain(spool, topic, circuit);
    drain.thread.start();
    return drain;
  }

  /** Ends after what it is publishing. */
  @Override
  public void close() {
    stop.countDown();
    Uninterruptibles.joinUninterruptibly(thread);
  }

  private void run() {
    long wait = 0;
    try {
      while (!stop.await(spool.isWaiting() ? jittered(wait) : IDLE_MILLIS, TimeUnit.MILLISECONDS)) {
        if (spool.isWaiting()) {
          wait =
              publishSome(wait == 0 ? BATCH_EVENTS : 1)
                  ? 0
                  : Math.min(LONGEST_WAIT_MILLIS, Math.max(SHORTEST_WAIT_MILLIS, 2 * wait));
        }
      }
    } catch (InterruptedException nobodyDoes) {
      Thread.currentThread().interrupt();
    }
  }

  /** {@link #publishFirst}; false also where the spool's disk fails, which may pass. */
  private boolean publishSome(int count) {
    try {
      return publishFirst(count);
    } catch (RuntimeException failure) {
      LOG.debug("the spool cannot be read or written; it is tried again", failure);
      return false;
    }
  }

  /** Publishes up to {@code count} events, and answers whether Pub/Sub is there. */
  private boolean publishFirst(int count) {
    topic.reconnect();
    List<SpoolFile.Entry> entries = spool.first(count, BATCH_BYTES).join();
    List<CompletableFuture<Delivery>> deliveries =
        topic.sendInOrder(entries.stream().map(SpoolFile.Entry::message).toList());
    List<SpoolFile.Entry> published = new ArrayList<>();
    List<SpoolFile.Entry> poison = new ArrayList<>();
    boolean away = false;
    for (int i = 0; i < entries.size(); i++) {
      Delivery delivery = deliveries.get(i).join();
      if (delivery instanceof Confirmed) {
        published.add(entries.get(i));
      } else if (delivery instanceof Refused refused) {
        poison.add(entries.get(i));
        LOG.error(
            "Pub/Sub refuses an event for good ({}): it is set aside: {}",
            refused.code(),
            Spool.described(entries.get(i)));
      } else if (delivery instanceof Away) {
        away = true;
      }
    }
    spool.settle(published, poison).join();
    circuit.found(away);
    return !away;
  }

  private static long jittered(long wait) {
    return wait == 0
        ? 0
        : Duration.ofMillis(wait / 2 + ThreadLocalRandom.current().nextLong(wait / 2 + 1))
            .toMillis();
  }
}
