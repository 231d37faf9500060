package dev.tidegate.gateway.relay;

import dev.tidegate.gateway.relay.RelayPublisher.Result;
import dev.tidegate.gateway.relay.RelaySchedule.Rest;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A turn of a lane, one transaction: takes the lane, reads and locks rows, publishes them, and
 * stores the result. There is no lease: the locks end with the session, and PostgreSQL ends the
 * session of a relay that stands still. Such a relay may then repeat what it had read, and nothing
 * else: so every row is first published in its order.
 */
final class LaneTurn implements RelaySchedule.Turn {
  private static final Logger LOG = LoggerFactory.getLogger(LaneTurn.class);

  private static final int MOST_ROWS = 1_000;
  private static final Duration FIRST_WAIT = Duration.ofMillis(100);

  /** Also the longest that rows wait in vain after Pub/Sub is back. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

  private static final Duration WHEN_TAKEN = Duration.ofMillis(250);

  private final RelayLane lane;
  private final LedgerDatabase database;
  private final RelayPublisher publisher;
  private final RelayMetrics metrics;
  private final RelayTiming timing;
  private volatile int failures;

  LaneTurn(
      RelayLane lane,
      LedgerDatabase database,
      RelayPublisher publisher,
      RelayMetrics metrics,
      RelayTiming timing) {
    this.lane = lane;
    this.database = database;
    this.publisher = publisher;
    this.metrics = metrics;
    this.timing = timing;
  }

  RelayLane lane() {
    return lane;
  }

  /** Whether Pub/Sub did not take what it was given last. */
  boolean isPubsubAway() {
    return failures > 0;
  }

  @Override
  public Rest take() throws SQLException {
    Result result;
    try {
      result =
          database.inTransaction(
              connection -> {
                if (!lane.lock(connection)) {
                  return null;
                }
                // While Pub/Sub is away, one row finds out whether it is back.
                List<RelayRow> rows = lane.read(connection, failures == 0 ? MOST_ROWS : 1);
                Result published = publisher.publish(rows, timing.call());
                lane.settle(connection, published);
                return published;
              });
    } catch (SQLException | RuntimeException failure) {
      lane.reset();
      throw failure;
    }
    if (result == null) {
      return Rest.inAnyCase(WHEN_TAKEN);
    }
    metrics.count(lane.table(), result);
    if (!result.left().isEmpty()) {
      int before = failures;
      failures = before + 1;
      if (before == 0) {
        LOG.warn("Pub/Sub is away: the relay waits with {}", this);
      }
      return Rest.inAnyCase(RelaySchedule.waitAfter(before, FIRST_WAIT, LONGEST_WAIT));
    }
    if (failures > 0 && !result.published().isEmpty()) {
      LOG.info("Pub/Sub is back: the relay goes on with {}", this);
    }
    // Also where nothing is left to be published.
    failures = 0;
    return Rest.untilWoken(lane.rest());
  }

  @Override
  public String toString() {
    return lane.toString();
  }
}
