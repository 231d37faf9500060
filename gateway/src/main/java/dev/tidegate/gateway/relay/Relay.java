package dev.tidegate.gateway.relay;

import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.publish.PubsubTopic;
import dev.tidegate.gateway.relay.RelayConfiguration.Table;
import dev.tidegate.gateway.relay.RelayMetrics.Backlog;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.MessageStamp;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
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

  /** A table has one lane: a connection for it, one for its backlog, and one that listens. */
  private static final int CONNECTIONS_OF_TABLE = 3;

  /** The channel that is notified when rows of the outbox, or deadlines, were written. */
  static final String CHANNEL = "tidegate_outbox";

  private static final String OF_DEADLINES = "deadline";

  /** Of transactions that commit at once only one notifies: the others' rows are looked for. */
  private static final Duration POLL_WHEN_WOKEN = Duration.ofMillis(40);

  private static final Duration WOKEN_FOR = Duration.ofSeconds(2);

  /** Where notifications are heard, it is looked otherwise only in case one was lost. */
  private static final int POLLS_WHILE_LISTENING = 5;

  private static final Duration BETWEEN_BACKLOGS = Duration.ofSeconds(10);
  private static final Duration BETWEEN_BACKLOGS_OF_TABLES = Duration.ofMinutes(1);

  /** A row that waits longer causes a warning. */
  private static final Duration LONGEST_LAG = Duration.ofMinutes(1);

  private static final String OUTBOX_BACKLOG =
      "SELECT waiting, extract(epoch FROM oldest_age), refused FROM relay_lag";

  /** How a table of an application's fares. */
  record TableState(
      String name, Optional<String> tenant, long waiting, double lagSeconds, long refused) {}

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final RelaySchedule schedule = new RelaySchedule(THREADS);
  private final List<LaneTurn> lanes = new ArrayList<>();
  private final List<Table> tables;
  private final RelayTiming timing;
  private final RelayMetrics metrics;

  /** When a notification last told of rows. */
  private volatile long wokenAt = System.nanoTime();

  private Relay(List<Table> tables, RelayTiming timing, MeterRegistry registry) {
    this.tables = tables;
    this.timing = timing;
    metrics = new RelayMetrics(registry);
  }

  /**
   * Starts a relay of the outbox alone.
   *
   * @param stamp of the pipeline that reads the topic
   */
  public static Relay start(
      DatabaseConfiguration database,
      PubsubConfiguration pubsub,
      Optional<MessageStamp> stamp,
      MeterRegistry registry) {
    return start(RelayConfiguration.STANDARD, database, pubsub, stamp, registry);
  }

  /**
   * Starts a relay. It starts without database and Pub/Sub, too, and goes on once they are there.
   *
   * @param stamp of the pipeline that reads the topic
   * @throws IllegalArgumentException if a table does not match its configuration, as far as its
   *     database answers now
   */
  public static Relay start(
      RelayConfiguration configuration,
      DatabaseConfiguration database,
      PubsubConfiguration pubsub,
      Optional<MessageStamp> stamp,
      MeterRegistry registry) {
    return start(configuration, database, pubsub, stamp, registry, RelayTiming.STANDARD);
  }

  static Relay start(
      RelayConfiguration configuration,
      DatabaseConfiguration database,
      PubsubConfiguration pubsub,
      Optional<MessageStamp> stamp,
      MeterRegistry registry,
      RelayTiming timing) {
    Relay relay = new Relay(configuration.tables(), timing, registry);
    try {
      relay.open(database, pubsub, stamp);
      return relay;
    } catch (RuntimeException inTheWay) {
      relay.close();
      throw inTheWay;
    }
  }

  private void open(
      DatabaseConfiguration database, PubsubConfiguration pubsub, Optional<MessageStamp> stamp) {
    PubsubTopic topic = PubsubTopic.open(pubsub, timing.call());
    parts.push(topic);
    RelayPublisher publisher = new RelayPublisher(topic);
    openOutbox(database, publisher, stamp);
    for (Table table : tables) {
      openTable(table, table.database(database, CONNECTIONS_OF_TABLE), publisher, stamp);
    }
    parts.push(schedule);
    schedule.start();
  }

  private void openOutbox(
      DatabaseConfiguration configuration, RelayPublisher publisher, Optional<MessageStamp> stamp) {
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
    NotificationListener listener =
        new NotificationListener(database, CHANNEL, this::wakeForOutbox);
    parts.push(listener);
    KnownSessions sessions = new KnownSessions();
    for (int i = 0; i < OutboxLane.LANES; i++) {
      add(new OutboxLane(i, sessions, stamp), database, publisher, () -> pollOfOutbox(listener));
    }
    schedule.add(new DeadlineTurn(database, metrics), () -> pollBeside(listener));
    schedule.add(
        new BacklogTurn(OutboxLane.TABLE, connection -> OUTBOX_BACKLOG, database, metrics),
        () -> BETWEEN_BACKLOGS);
  }

  private void openTable(
      Table configured,
      DatabaseConfiguration configuration,
      RelayPublisher publisher,
      Optional<MessageStamp> stamp) {
    LedgerDatabase database =
        LedgerDatabase.open(
            configuration,
            "relay-" + configured.name(),
            CONNECTIONS_OF_TABLE,
            Map.of(
                "idle_in_transaction_session_timeout",
                Long.toString(timing.idleInTransaction().toMillis())));
    parts.push(database);
    ForeignTable table = new ForeignTable(configured, stamp);
    try {
      database.inTransaction(table::look);
    } catch (SQLException | ProblemException away) {
      LOG.warn("the relay cannot look at the table {} now; it tries again", table.table(), away);
    }
    configured
        .channel()
        .map(channel -> new NotificationListener(database, channel, told -> wake(table)))
        .ifPresent(parts::push);
    add(table, database, publisher, configured::poll);
    schedule.add(
        new BacklogTurn(
            table.table(), connection -> table.look(connection).backlog(), database, metrics),
        () -> BETWEEN_BACKLOGS_OF_TABLES);
  }

  private void add(
      RelayLane lane, LedgerDatabase database, RelayPublisher publisher, Supplier<Duration> poll) {
    LaneTurn turn = new LaneTurn(lane, database, publisher, metrics, timing);
    lanes.add(turn);
    schedule.add(turn, poll);
  }

  private void wake(ForeignTable table) {
    schedule.wake(turn -> turn instanceof LaneTurn laneTurn && laneTurn.lane() == table);
  }

  /** Wakes what a notification of the outbox tells of. */
  private void wakeForOutbox(String told) {
    boolean deadlines = told.equals(OF_DEADLINES);
    if (!deadlines) {
      wokenAt = System.nanoTime();
    }
    schedule.wake(
        turn ->
            turn instanceof LaneTurn laneTurn
                ? !deadlines && laneTurn.lane() instanceof OutboxLane
                : turn instanceof DeadlineTurn
                    && (deadlines || told.equals(NotificationListener.ANYTHING)));
  }

  private Duration pollOfOutbox(NotificationListener listener) {
    return System.nanoTime() - wokenAt < WOKEN_FOR.toNanos()
        ? POLL_WHEN_WOKEN
        : pollBeside(listener);
  }

  private Duration pollBeside(NotificationListener listener) {
    return listener.isListening()
        ? timing.poll().multipliedBy(POLLS_WHILE_LISTENING)
        : timing.poll();
  }

  /** What keeps rows from being published, in one sentence; empty where nothing does. */
  public Optional<String> problem() {
    if (lanes.stream().anyMatch(LaneTurn::isPubsubAway)) {
      return Optional.of("the relay waits for Pub/Sub");
    }
    Optional<String> stuck = schedule.problem().map("the relay cannot go on with "::concat);
    if (stuck.isPresent()) {
      return stuck;
    }
    Backlog outbox = metrics.backlog(OutboxLane.TABLE);
    long refused = outbox.refused() + states().stream().mapToLong(TableState::refused).sum();
    if (refused > 0) {
      return Optional.of("rows are refused for good: %d".formatted(refused));
    }
    return outbox.lag().compareTo(LONGEST_LAG) > 0
        ? Optional.of("a row has waited for %d s".formatted(outbox.lag().toSeconds()))
        : Optional.empty();
  }

  /** How applications' tables fare. */
  List<TableState> states() {
    return tables.stream()
        .map(
            table -> {
              Backlog backlog = metrics.backlog(table.name());
              return new TableState(
                  table.name(),
                  table.tenant(),
                  backlog.waiting(),
                  backlog.lag().toMillis() / 1000.0,
                  lanes.stream()
                      .map(LaneTurn::lane)
                      .filter(lane -> lane.table().equals(table.name()))
                      .mapToLong(RelayLane::refused)
                      .sum());
            })
        .toList();
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
