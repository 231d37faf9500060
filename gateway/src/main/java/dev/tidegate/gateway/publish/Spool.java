package dev.tidegate.gateway.publish;

import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.gateway.publish.SpoolFile.Entry;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.pubsub.store.GroupCommitStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events on this machine's disk that wait until Pub/Sub is back. What it has kept is synced. Events
 * that Pub/Sub refuses for good are kept aside: they take room, and hold nobody up.
 *
 * <p>Its size is bounded, and so is each tenant's share: a tenant's events may take as much as is
 * still free. So one tenant alone can fill half of it, two tenants a third each, and there is
 * always room for one more.
 */
final class Spool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Spool.class);

  /** Bounds the events on the heap that wait for the disk. */
  private static final long MOST_UNWRITTEN_BYTES = 64L << 20;

  /**
   * The space that stays free on the disk, because deleting published events needs some; and the
   * largest part of a small disk that this may be.
   */
  private static final long DISK_RESERVE_BYTES = 64L << 20;

  private static final int DISK_RESERVE_SHARE = 8;

  private final long maxBytes;
  private final FileStore disk;
  private final long diskReserve;
  private final GroupCommitStore<SpoolFile> store;
  private final TenantBytes unwritten = new TenantBytes();

  /** The last event that had no room; null where the last one had. */
  private volatile @Nullable Turned lastTurnedAway;

  /** An event that had no room. */
  private record Turned(String tenant, long size) {}

  private Spool(
      long maxBytes, FileStore disk, GroupCommitStore<SpoolFile> store, MeterRegistry registry)
      throws IOException {
    this.maxBytes = maxBytes;
    this.disk = disk;
    this.store = store;
    diskReserve = Math.min(DISK_RESERVE_BYTES, disk.getTotalSpace() / DISK_RESERVE_SHARE);
    gauge(registry, "messages", "Events that wait for Pub/Sub", spool -> spool.depth().waiting());
    gauge(
        registry,
        "bytes",
        "Bytes of all events in the spool, refused ones included",
        spool -> spool.stored().total());
    gauge(
        registry,
        "oldest.seconds",
        "How long the oldest event in the spool has waited",
        spool -> secondsSince(spool.depth().oldest()));
    gauge(
        registry,
        "refused.messages",
        "Events in the spool that Pub/Sub has refused for good",
        spool -> spool.depth().refused());
    gauge(
        registry,
        "problem",
        "1 while the spool cannot keep events",
        spool -> spool.problem().isPresent() ? 1 : 0);
  }

  /**
   * Opens the spool in a folder.
   *
   * @throws IllegalStateException if another process uses it, or if it cannot be read or written
   */
  static Spool open(SpoolConfiguration configuration, MeterRegistry registry) {
    try {
      GroupCommitStore<SpoolFile> store =
          GroupCommitStore.open(
              configuration.folder().resolve(SpoolFile.NAME), MOST_UNWRITTEN_BYTES, SpoolFile::new);
      Spool spool =
          new Spool(
              configuration.maxBytes(),
              Files.getFileStore(configuration.folder()),
              store,
              registry);
      if (spool.isWaiting()) {
        LOG.info("the spool holds {} events from before", spool.depth().waiting());
      }
      return spool;
    } catch (IOException failure) {
      throw new IllegalStateException(
          "The spool cannot be used, give each gateway a folder of its own: "
              + failure.getMessage(),
          failure);
    }
  }

  /**
   * Keeps {@code message}.
   *
   * @param isRefused whether Pub/Sub has refused it: then it does not wait
   * @return true once it is durable; false if there is no room, or the disk has failed
   */
  CompletableFuture<Boolean> keep(PubsubMessage message, boolean isRefused) {
    String tenant = SpoolFile.tenant(message);
    long size = message.getSerializedSize();
    synchronized (unwritten) {
      if (!hasRoom(tenant, size)) {
        lastTurnedAway = new Turned(tenant, size);
        return CompletableFuture.completedFuture(false);
      }
      unwritten.add(tenant, size);
    }
    return store
        .submit(
            size,
            file -> {
              file.add(message, isRefused);
              return true;
            },
            done -> lastTurnedAway = null)
        .exceptionally(
            failure -> {
              LOG.debug("the spool did not keep an event", failure);
              return false;
            })
        .whenComplete((kept, failure) -> unwritten.add(tenant, -size));
  }

  private boolean hasRoom(String tenant, long size) {
    long free = maxBytes - stored().total() - unwritten.total() - size;
    return stored().of(tenant) + unwritten.of(tenant) + size <= free
        && freeOnDisk() >= unwritten.total() + size + diskReserve;
  }

  /** The events that have waited longest: up to {@code count}, of up to {@code bytes} or one. */
  CompletableFuture<List<Entry>> first(int count, long bytes) {
    return change(file -> file.first(count, bytes));
  }

  /** Forgets the {@code published} events, and sets the {@code refused} ones aside. */
  CompletableFuture<Boolean> settle(Collection<Entry> published, Collection<Entry> refused) {
    return change(
        file -> {
          published.forEach(entry -> file.remove(entry.number()));
          refused.forEach(entry -> file.refuse(entry.number()));
          return true;
        });
  }

  /** A page of the events of one tenant, or of all, that Pub/Sub has refused. */
  CompletableFuture<Page<RefusedEvent>> refused(Optional<String> tenant, long after, int limit) {
    return change(file -> file.refused(tenant, after, limit));
  }

  /** An event that Pub/Sub has refused. */
  CompletableFuture<Optional<Entry>> refused(long id) {
    return change(file -> file.refused(id));
  }

  /** Forgets an event that Pub/Sub has refused; false if there is none with this ID. */
  CompletableFuture<Boolean> discardRefused(long id) {
    return change(file -> file.refused(id).isPresent() && file.remove(id));
  }

  /** Why it keeps no event now, in one sentence; empty if it does. */
  Optional<String> problem() {
    Optional<String> failed = store.problem();
    if (failed.isPresent()) {
      return failed.map("The spool has failed, and is opened again when it can be: %s."::formatted);
    }
    if (freeOnDisk() < diskReserve) {
      return Optional.of("The spool's disk is full.");
    }
    // A tenant that has used its share up is no reason to turn the others away.
    Turned turned = lastTurnedAway;
    return turned != null && stored().tenants() <= 1 && !hasRoom(turned.tenant, turned.size)
        ? Optional.of("The spool is full.")
        : Optional.empty();
  }

  /** Whether any event waits. */
  boolean isWaiting() {
    return depth().waiting() > 0;
  }

  /** Writes what was submitted, and lets go of the folder. */
  @Override
  public void close() {
    store.close();
  }

  private <T> CompletableFuture<T> change(Function<SpoolFile, T> change) {
    return store.submit(0, change, done -> {});
  }

  private long freeOnDisk() {
    try {
      return disk.getUsableSpace();
    } catch (IOException failed) {
      LOG.debug("the disk does not tell how much is free", failed);
      return 0;
    }
  }

  private TenantBytes stored() {
    return store.contents().bytes();
  }

  /** How many events wait for Pub/Sub. */
  long waiting() {
    return depth().waiting();
  }

  private SpoolFile.Depth depth() {
    return store.contents().depth();
  }

  private void gauge(
      MeterRegistry registry, String name, String description, ToDoubleFunction<Spool> value) {
    Gauge.builder("tidegate.spool." + name, this, value)
        .description(description)
        .register(registry);
  }

  private static double secondsSince(Optional<Instant> begin) {
    return begin
        .map(since -> Math.max(0, Duration.between(since, Instant.now()).toMillis() / 1_000.0))
        .orElse(0.0);
  }
}
