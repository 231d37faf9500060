package dev.tidegate.gateway.publish;

import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.schemas.EventAttributes;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events on this machine's disk that wait until Pub/Sub is back. What it has kept is synced; its
 * size is bounded. Events that Pub/Sub refuses for good are set aside: they count for the bound,
 * and stand in nobody's way.
 */
final class Spool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Spool.class);

  /** Bounds the events on the heap that wait for the disk. */
  private static final int UNWRITTEN_KILOBYTES = 64 << 10;

  private static final int LISTED = 100;
  private static final long LISTED_BYTES = 16L << 20;

  /** Where in the spool an event goes. */
  enum Place {
    WAITING,
    SET_ASIDE
  }

  /** What the metrics tell. */
  private record Depth(long waiting, long setAside, Optional<Instant> oldest) {}

  private final long maxBytes;
  private final AtomicLong bytes;
  private final Semaphore unwritten = new Semaphore(UNWRITTEN_KILOBYTES);
  private final SpoolWriter writer;
  private final Counter refused;
  private volatile Depth depth;

  /** Whether the last event was refused for want of room. */
  private volatile boolean full;

  private Spool(SpoolFile file, long maxBytes, MeterRegistry registry) {
    this.maxBytes = maxBytes;
    bytes = new AtomicLong(file.bytes());
    depth = depthOf(file);
    writer = new SpoolWriter(file, written -> depth = depthOf(written));
    Gauge.builder("tidegate.spool.messages", this, spool -> spool.depth.waiting())
        .description("Events that wait for Pub/Sub")
        .register(registry);
    Gauge.builder("tidegate.spool.bytes", bytes, AtomicLong::get)
        .description("What the spool's events take of its bound, those set aside among them")
        .register(registry);
    Gauge.builder("tidegate.spool.oldest.seconds", this, Spool::oldestSeconds)
        .description("How long the event has waited that waits longest")
        .register(registry);
    Gauge.builder("tidegate.spool.set.aside.messages", this, spool -> spool.depth.setAside())
        .description("Events that Pub/Sub has refused for good")
        .register(registry);
    refused =
        Counter.builder("tidegate.spool.refused")
            .description("Events set aside since the gateway's start")
            .register(registry);
  }

  /**
   * Opens the spool in a folder.
   *
   * @throws IllegalStateException where another process uses it, or it cannot be read
   */
  static Spool open(SpoolConfiguration configuration, MeterRegistry registry) {
    Spool spool =
        new Spool(SpoolFile.open(configuration.folder()), configuration.maxBytes(), registry);
    if (spool.depth.waiting() > 0) {
      LOG.info("the spool holds {} events from before", spool.depth.waiting());
    }
    return spool;
  }

  /** Answers true once {@code message} is durable; false where there is no room, or no disk. */
  CompletableFuture<Boolean> keep(PubsubMessage message, Place place) {
    long size = SpoolFile.size(message);
    int kilobytes = (int) (size >> 10) + 1;
    if (bytes.addAndGet(size) > maxBytes) {
      bytes.addAndGet(-size);
      full = true;
      return CompletableFuture.completedFuture(false);
    }
    if (!unwritten.tryAcquire(kilobytes)) {
      bytes.addAndGet(-size);
      return CompletableFuture.completedFuture(false);
    }
    Instant now = Instant.now();
    return writer
        .submit(
            file -> {
              if (place == Place.WAITING) {
                file.add(message, now);
              } else {
                file.addSetAside(message, now);
              }
              return true;
            })
        .handle(
            (kept, failure) -> {
              unwritten.release(kilobytes);
              if (failure != null) {
                bytes.addAndGet(-size);
                return false;
              }
              full = false;
              if (place == Place.SET_ASIDE) {
                refused.increment();
              }
              return true;
            });
  }

  /** The events that have waited longest: up to {@code count}, of up to {@code bytes} or one. */
  CompletableFuture<List<SpoolFile.Entry>> first(int count, long bytes) {
    return writer.submit(file -> file.first(count, bytes));
  }

  /**
   * Forgets the events that are {@code published}, and sets those that are {@code poison} aside.
   */
  CompletableFuture<Boolean> settle(
      Collection<SpoolFile.Entry> published, Collection<SpoolFile.Entry> poison) {
    return writer
        .submit(
            file -> {
              published.forEach(entry -> file.remove(entry.number()));
              poison.forEach(entry -> file.setAside(entry.number()));
              return true;
            })
        .thenApply(
            durable -> {
              bytes.addAndGet(
                  -published.stream().mapToLong(entry -> SpoolFile.size(entry.message())).sum());
              full &= published.isEmpty();
              refused.increment(poison.size());
              return durable;
            });
  }

  /** Whether it keeps another event now: it is neither full nor without its disk. */
  boolean hasRoom() {
    return !full && writer.works();
  }

  /** Whether any event waits. */
  boolean isWaiting() {
    return depth.waiting() > 0;
  }

  /** The events set aside, oldest first: at most a hundred. */
  List<SetAsideEvent> setAside() {
    return writer.submit(file -> file.firstSetAside(LISTED, LISTED_BYTES)).join().stream()
        .map(Spool::described)
        .toList();
  }

  /** Writes what was submitted, and lets go of the folder. */
  @Override
  public void close() {
    writer.close();
  }

  static SetAsideEvent described(SpoolFile.Entry entry) {
    var attributes = entry.message().getAttributesMap();
    return new SetAsideEvent(
        entry.number(),
        entry.since(),
        EventAttributes.TENANT_ID.in(attributes),
        EventAttributes.SOURCE.in(attributes),
        EventAttributes.NOTIFICATION_ID.in(attributes),
        entry.message().getData().size());
  }

  private static Depth depthOf(SpoolFile file) {
    return new Depth(file.waitingCount(), file.setAsideCount(), file.oldest());
  }

  private double oldestSeconds() {
    return depth
        .oldest()
        .map(since -> Math.max(0, Duration.between(since, Instant.now()).toMillis() / 1_000.0))
        .orElse(0.0);
  }
}
