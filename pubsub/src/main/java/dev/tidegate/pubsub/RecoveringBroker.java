package dev.tidegate.pubsub;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker on a folder. When its store fails, for want of disk space for instance, clients are
 * told that the server is unavailable, and a new broker is opened on the same folder as soon as
 * that can be written: what was answered is there again, and what was not acknowledged is delivered
 * again, as after a restart of the server.
 */
final class RecoveringBroker implements Supplier<Broker>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RecoveringBroker.class);

  private static final Duration WAIT = Duration.ofSeconds(1);

  private final Path folder;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private volatile Broker broker;

  private RecoveringBroker(Path folder, Broker broker) {
    this.folder = folder;
    this.broker = broker;
    thread = new Thread(this::run, "pubsub-recovery");
    thread.setDaemon(true);
  }

  /**
   * Opens the broker whose data is in {@code folder}.
   *
   * @throws IOException if another process uses the folder, or if it cannot be read or written
   */
  static RecoveringBroker open(Path folder) throws IOException {
    RecoveringBroker opened = new RecoveringBroker(folder, Broker.open(folder));
    opened.thread.start();
    return opened;
  }

  /** The broker, which refuses everything while its store cannot be written. */
  @Override
  public Broker get() {
    return broker;
  }

  /** Why the store cannot be written now; empty while it can. */
  Optional<String> problem() {
    return broker
        .failure()
        .map(failure -> "%s cannot be written: %s".formatted(folder, reasonOf(failure)));
  }

  /** Keeps what was accepted. */
  @Override
  public void close() {
    closing.countDown();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (broker.failure().isPresent()) {
      broker.abandon();
    } else {
      broker.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (!closing.await(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        if (broker.failure().isPresent()) {
          recover();
        }
      }
    } catch (InterruptedException nobodyDoes) {
      Thread.currentThread().interrupt();
    }
  }

  private void recover() {
    broker.abandon();
    try {
      broker = Broker.open(folder);
      LOG.info("The Pub/Sub store in {} can be written again", folder);
    } catch (IOException | RuntimeException stillFails) {
      LOG.debug("The Pub/Sub store in {} still cannot be written", folder, stillFails);
    }
  }

  /** The innermost reason, which is the system's own. */
  private static String reasonOf(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
