import com.gruelbox.transactionoutbox.Dialect;
import com.gruelbox.transactionoutbox.Instantiator;
import com.gruelbox.transactionoutbox.Persistor;
import com.gruelbox.transactionoutbox.Submitter;
import com.gruelbox.transactionoutbox.TransactionManager;
import com.gruelbox.transactionoutbox.TransactionOutbox;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * gruelbox transaction-outbox: 16 threads publish what was committed, at once, and a thread looks
 * for what they have not got. Its version here knows no order. While it is stopped, what was
 * committed is left to that thread, as after a crash.
 */
final class RelayGruelbox implements RelayOutbox {
  private static final int THREADS = 16;
  private static final int WAITING = 1_000;
  private static final Duration ATTEMPTS = Duration.ofSeconds(5);
  private static final int BATCH = 1_000;
  private static final int PAUSE_MILLIS = 100;

  private final HikariDataSource connections;
  private final RelayTopic topic;
  private final TransactionManager transactions;
  private final TransactionOutbox outbox;
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          1,
          TimeUnit.MINUTES,
          new ArrayBlockingQueue<>(WAITING),
          // Who would have to wait works himself, so nobody gets ahead.
          new ThreadPoolExecutor.CallerRunsPolicy());
  private Thread flushing;
  private volatile boolean running;

  /** What the outbox calls for each row. */
  public static class Publishing {
    private final RelayTopic topic;

    /** For the proxy to which calls are made that the outbox keeps. */
    public Publishing() {
      this(null);
    }

    Publishing(RelayTopic topic) {
      this.topic = topic;
    }

    public void publish(String key, String body) throws Exception {
      topic.publish(key, body);
    }
  }

  RelayGruelbox(String url, String pubsub, int relays) {
    HikariConfig configuration = new HikariConfig();
    configuration.setJdbcUrl(url);
    configuration.setUsername("postgres");
    configuration.setMaximumPoolSize(THREADS + 10);
    connections = new HikariDataSource(configuration);
    topic = new RelayTopic(pubsub);
    transactions = TransactionManager.fromDataSource(connections);
    Publishing publishing = new Publishing(topic);
    Submitter submitter = Submitter.withExecutor(threads);
    outbox =
        TransactionOutbox.builder()
            .transactionManager(transactions)
            .persistor(Persistor.forDialect(Dialect.POSTGRESQL_9))
            .instantiator(Instantiator.using(any -> publishing))
            .submitter(
                (entry, work) -> {
                  if (running) {
                    submitter.submit(entry, work);
                  }
                })
            .attemptFrequency(ATTEMPTS)
            .flushBatchSize(BATCH)
            .build();
  }

  @Override
  public void write(List<Row> rows) {
    transactions.inTransaction(
        () -> {
          for (Row row : rows) {
            try {
              outbox.schedule(Publishing.class).publish(row.key(), row.body());
            } catch (Exception failure) {
              throw new IllegalStateException(failure);
            }
          }
        });
  }

  @Override
  public void start() {
    running = true;
    flushing = new Thread(this::flush, "flush");
    flushing.start();
  }

  private void flush() {
    try {
      while (running) {
        if (!outbox.flush()) {
          Thread.sleep(PAUSE_MILLIS);
        }
      }
    } catch (Exception failure) {
      failure.printStackTrace();
      System.exit(1);
    }
  }

  @Override
  public void stop() throws InterruptedException {
    running = false;
    if (flushing != null) {
      flushing.join();
    }
    while (threads.getActiveCount() > 0 || !threads.getQueue().isEmpty()) {
      Thread.sleep(PAUSE_MILLIS);
    }
  }

  @Override
  public long millisUntilDue() {
    return ATTEMPTS.toMillis();
  }

  @Override
  public void close() throws Exception {
    stop();
    threads.shutdown();
    connections.close();
    topic.close();
  }
}
