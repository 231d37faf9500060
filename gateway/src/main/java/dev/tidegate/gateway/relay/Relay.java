package dev.tidegate.gateway.relay;

import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.publish.PubsubTopic;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.MessageStamp;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the rows of {@code outbox}, and of applications' own tables of events, to Pub/Sub: each
 * row at least once under the same ID, and the rows of an aggregate in their order. Any number of
 * relays may run on a database. Deadlines of sagas become rows of {@code outbox} when they are due.
 */
public final class Relay implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

  private static final int THREADS = 4;

  /** One for each thread, and one that listens. */
  private static final int CONNECTIONS = THREADS + 1;

  private static final String CHANNEL = "tidegate_outbox";
  private static final String OF_DEADLINES = "deadline";

  private static final String OUTBOX_BACKLOG =
      """
      SELECT count(*), extract(epoch FROM clock_timestamp() - min(created_at))
      FROM outbox WHERE refused_at IS NULL
      """;

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final RelaySchedule schedule = new RelaySchedule(THREADS);
  private final RelayMetrics metrics;

  private Relay(MeterRegistry registry) {
    metrics = new RelayMetrics(registry);
  }

  /**
   * Starts a relay. It starts without database and Pub/Sub, too, and goes on once they are there.
   *
   * @param stamp of the pipeline that reads the topic
   */
  public static Relay start(
      DatabaseConfiguration database,
      PubsubConfiguration pubsub,
      Optional<MessageStamp> stamp,
      MeterRegistry registry) {
    return start(database, pubsub, stamp, registry, RelayTiming.STANDARD);
  }

  static Relay start(
      DatabaseConfiguration database,
      PubsubConfiguration pubsub,
      Optional<MessageStamp> stamp,
      MeterRegistry registry,
      RelayTiming timing) {
    Relay relay = new Relay(registry);
    try {
      relay.open(database, pubsub, stamp, timing);
      return relay;
    } catch (RuntimeException inTheWay) {
      relay.close();
      throw inTheWay;
    }
  }

  private void open(
      DatabaseConfiguration configuration,
      PubsubConfiguration pubsub,
      Optional<MessageStamp> stamp,
      RelayTiming timing) {
    PubsubTopic topic = PubsubTopic.open(pubsub, timing.call());
    parts.push(topic);
    RelayPublisher publisher = new RelayPublisher(topic);
    LedgerDatabase database =
        LedgerDatabase.open(
            configuration,
            "relay",
            CONNECTIONS,
            Map.of(
                "idle_in_transaction_session_timeout",
                Long.toString(timing.idleInTransaction().toMillis()),
                // A lane's reads are of few rows by an index, whatever the statistics say.
                "enable_seqscan",
                "off"));
    parts.push(database);
    for (int i = 0; i < OutboxLane.LANES; i++) {
      schedule.add(
          new LaneTurn(new OutboxLane(i, stamp), database, publisher, metrics, timing),
          timing.poll());
    }
    schedule.add(new DeadlineTurn(database, metrics), timing.poll());
    schedule.add(
        new BacklogTurn(OutboxLane.TABLE, OUTBOX_BACKLOG, database, metrics), BacklogTurn.EVERY);
    parts.push(schedule);
    parts.push(new NotificationListener(database, CHANNEL, this::wake));
    schedule.start();
  }

  /** Wakes what a notification of the outbox tells of. */
  private void wake(String notification) {
    schedule.wake(
        turn ->
            turn instanceof LaneTurn laneTurn
                ? laneTurn.lane() instanceof OutboxLane lane && lane.isToldBy(notification)
                : turn instanceof DeadlineTurn && isOf(OF_DEADLINES, notification));
  }

  private static boolean isOf(String what, String notification) {
    return notification.equals(what) || notification.equals(NotificationListener.ANYTHING);
  }

  /** Lets what is under way end. */
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception failure) {
        LOG.warn("a part of the relay did not stop cleanly", failure);
      }
    }
  }
}
