package dev.tidegate.local.command;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What lands in the ledger from now on. A row's time is when its transaction began: it can be seen
 * some time later, after rows with later times. So each look goes back a little, and what was seen
 * is remembered; a transaction that lasts longer than that can be missed.
 */
final class LandedEvents {
  private static final Duration LOOK_BACK = Duration.ofSeconds(5);

  private static final String SQL =
      "SELECT "
          + LandedEvent.COLUMNS
          + " FROM events WHERE processed_at > ?"
          + " AND (cardinality(?::text[]) = 0 OR event_type = ANY (?))"
          + " AND (cardinality(?::text[]) = 0 OR status = ANY (?))"
          + " ORDER BY processed_at, notification_id";

  private final Connection database;
  private final List<String> types;
  private final List<String> statuses;
  private final Instant begin;
  private final Map<UUID, Instant> seen = new HashMap<>();
  private Instant latest;

  /** Empty lists let everything through. */
  LandedEvents(Connection database, List<String> types, List<String> statuses) throws SQLException {
    this.database = database;
    this.types = types;
    this.statuses = statuses;
    try (Statement statement = database.createStatement();
        ResultSet now = statement.executeQuery("SELECT clock_timestamp()")) {
      now.next();
      this.begin = now.getTimestamp(1).toInstant();
    }
    this.latest = begin;
  }

  /** What has landed since the last time; an event that lands again is there again. */
  List<LandedEvent> next() throws SQLException {
    Instant back = latest.minus(LOOK_BACK);
    Instant from = back.isBefore(begin) ? begin : back;
    List<LandedEvent> landed = new ArrayList<>();
    try (PreparedStatement query = database.prepareStatement(SQL)) {
      query.setTimestamp(1, Timestamp.from(from));
      for (int i = 0; i < 2; i++) {
        query.setArray(2 + i, database.createArrayOf("text", types.toArray()));
        query.setArray(4 + i, database.createArrayOf("text", statuses.toArray()));
      }
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          LandedEvent event = LandedEvent.of(rows);
          if (!event.processedAt().equals(seen.put(event.eventId(), event.processedAt()))) {
            landed.add(event);
          }
          latest = latest.isBefore(event.processedAt()) ? event.processedAt() : latest;
        }
      }
    }
    seen.values().removeIf(time -> !time.isAfter(from));
    return landed;
  }
}
