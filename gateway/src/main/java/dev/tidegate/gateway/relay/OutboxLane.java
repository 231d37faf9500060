package dev.tidegate.gateway.relay;

import com.google.protobuf.ByteString;
import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.gateway.relay.RelayPublisher.Refusal;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.MessageStamp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A lane of the table {@code outbox}. It reads in passes: a pass finds what has become visible
 * since the snapshot of the pass before. So it skips no row, however late its transaction commits,
 * and reads no row twice, so that dead rows in the table cost nothing.
 *
 * <p>A row that another transaction has locked is about to be taken back, or not. It is held, and
 * what is behind it in its aggregate is dropped. Once the row is gone or free, all rows of the
 * aggregate are restamped: they then look like new ones to every relay. A refused row is held in
 * the same way until an operator has let it go.
 */
final class OutboxLane implements RelayLane {
  static final String TABLE = "outbox";

  /** As the column {@code lane} says. */
  static final int LANES = 8;

  private static final int MOST_FOUND = 20_000;
  private static final long MOST_BYTES = 4 << 20;

  /** The largest call, and so the largest message, that Pub/Sub takes. */
  private static final int LONGEST_BODY = 10_000_000;

  /** With more, the lane begins again and reads all rows. */
  private static final int MOST_HELD = 10_000;

  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
  private static final Duration LONGEST_LOOK_AGAIN = Duration.ofSeconds(1);

  /** By this lock relays agree on who has a lane. */
  private static final String LOCK =
      """
      SELECT pg_try_advisory_xact_lock(hashtextextended('tidegate outbox', ?)),
        (SELECT pid || '/' || backend_start FROM pg_stat_get_activity(pg_backend_pid()))
      """;

  private static final String SNAPSHOT = "SELECT pg_current_snapshot()";

  private static final String FIND =
      """
      WITH found AS MATERIALIZED (
        SELECT outbox_id, octet_length(payload) AS bytes FROM outbox
        WHERE lane = ? AND transaction_id >= pg_snapshot_xmax(?::pg_snapshot)
          AND pg_visible_in_snapshot(transaction_id, ?::pg_snapshot)
        UNION ALL
        SELECT outbox_id, octet_length(payload) AS bytes FROM outbox
        WHERE lane = ? AND transaction_id = ANY (ARRAY(SELECT pg_snapshot_xip(?::pg_snapshot)))
          AND pg_visible_in_snapshot(transaction_id, ?::pg_snapshot))
      SELECT outbox_id, bytes FROM found WHERE outbox_id > ? ORDER BY outbox_id LIMIT %d
      """
          .formatted(MOST_FOUND);

  /** Nothing is visible in it. */
  private static final String BEFORE_EVERYTHING = "1:1:";

  private static final String READ =
      """
      SELECT outbox_id, tenant_id, event_id::text, source, event_type, aggregate, attributes::text,
        CASE WHEN octet_length(payload) <= %d THEN payload END, created_at,
        refused_at IS NOT NULL, pg_visible_in_snapshot(transaction_id, ?::pg_snapshot)
      FROM outbox WHERE outbox_id = ANY (?) ORDER BY outbox_id FOR UPDATE SKIP LOCKED
      """
          .formatted(LONGEST_BODY);

  private static final String STILL_THERE =
      "SELECT outbox_id, tenant_id, aggregate FROM outbox WHERE outbox_id = ANY (?)";

  private static final String FREE =
      """
      SELECT outbox_id FROM outbox WHERE outbox_id = ANY (?) AND refused_at IS NULL
      ORDER BY outbox_id FOR UPDATE SKIP LOCKED
      """;

  private static final String RESTAMP =
      """
      UPDATE outbox SET transaction_id = pg_current_xact_id() WHERE outbox_id = ANY (ARRAY(
        SELECT outbox_id FROM outbox WHERE lane = ? AND tenant_id = ? AND aggregate = ?
        ORDER BY outbox_id FOR UPDATE SKIP LOCKED))
      """;

  private static final String FIRST_NOT_RESTAMPED =
      """
      SELECT min(outbox_id) FROM outbox WHERE lane = ? AND tenant_id = ? AND aggregate = ?
        AND transaction_id <> pg_current_xact_id()
      """;

  /** A dump is restored where fewer transactions have been: its rows would not be visible. */
  private static final String RESTAMP_FUTURE =
      """
      UPDATE outbox SET transaction_id = pg_current_xact_id()
      WHERE lane = ? AND transaction_id > pg_current_xact_id()
        AND transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
      """;

  private static final String PUBLISHED = "DELETE FROM outbox WHERE outbox_id = ANY (?)";

  private static final String REFUSED =
      "UPDATE outbox SET refused_at = clock_timestamp(), refusal = ? WHERE outbox_id = ?";

  /** A row of the pass that has not been read yet. */
  private record Found(long place, int bytes) {}

  private final int number;
  private final KnownSessions sessions;
  private final Optional<MessageStamp> stamp;

  /** Everything that is visible in it is published, held, or behind what is held. */
  private String done = BEFORE_EVERYTHING;

  /** What the pass under way publishes; {@link #done} where there is none. */
  private String target = BEFORE_EVERYTHING;

  /** When {@link #target} was taken, on the clock of {@link #sessions}. */
  private long targetAt;

  private final Deque<Found> found = new ArrayDeque<>();

  /** The last of {@link #found} where the pass has more; otherwise 0. */
  private long foundUntil;

  /** The first row of an aggregate that it waits for. */
  private final Map<Aggregate, Long> held = new HashMap<>();

  private Duration lookAgain = LOOK_AGAIN;
  private long lookAgainAt;
  private boolean isNew = true;

  /** Whether the turn under way read or restamped rows: then there may be more. */
  private boolean isBusy;

  /**
   * @param number from 0 to {@link #LANES}
   */
  OutboxLane(int number, KnownSessions sessions, Optional<MessageStamp> stamp) {
    this.number = number;
    this.sessions = sessions;
    this.stamp = stamp;
  }

  @Override
  public String table() {
    return TABLE;
  }

  @Override
  public String toString() {
    return "lane %d of %s".formatted(number, TABLE);
  }

  @Override
  public boolean lock(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
      statement.setInt(1, number);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        if (sessions.firstSeen(row.getString(2)) > targetAt) {
          reset();
        }
        return row.getBoolean(1);
      }
    }
  }

  @Override
  public List<RelayRow> read(Connection connection, int most) throws SQLException {
    isBusy = false;
    if (isNew) {
      isBusy = update(connection, RESTAMP_FUTURE, number) > 0;
      isNew = false;
    }
    letGo(connection);
    if (found.isEmpty()) {
      find(connection);
    }
    List<Long> places = new ArrayList<>();
    long bytes = 0;
    for (Found next = found.peek(); next != null && places.size() < most; next = found.peek()) {
      bytes += Math.min(next.bytes, LONGEST_BODY);
      if (bytes > MOST_BYTES && !places.isEmpty()) {
        break;
      }
      places.add(found.remove().place);
    }
    if (places.isEmpty()) {
      return List.of();
    }
    isBusy = true;
    return read(connection, places);
  }

  /** Finds the next rows of the pass; those of the next pass where it has no more. */
  private void find(Connection connection) throws SQLException {
    long after = foundUntil;
    if (after == 0) {
      done = target;
      try (PreparedStatement statement = connection.prepareStatement(SNAPSHOT)) {
        target = one(statement, row -> row.getString(1));
        targetAt = sessions.now();
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(FIND)) {
      statement.setInt(1, number);
      statement.setString(2, done);
      statement.setString(3, target);
      statement.setInt(4, number);
      statement.setString(5, done);
      statement.setString(6, target);
      statement.setLong(7, after);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(new Found(rows.getLong(1), rows.getInt(2)));
        }
      }
    }
    foundUntil = found.size() == MOST_FOUND ? found.getLast().place : 0;
  }

  private List<RelayRow> read(Connection connection, List<Long> places) throws SQLException {
    List<RelayRow> rows = new ArrayList<>();
    Set<Long> missing = new HashSet<>(places);
    List<Runnable> holds = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(READ)) {
      statement.setString(1, target);
      statement.setArray(2, array(connection, places));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          long place = row.getLong(1);
          missing.remove(place);
          boolean isRefused = row.getBoolean(10);
          // What was restamped meanwhile belongs to a later pass, with its whole aggregate.
          boolean isOfPass = row.getBoolean(11);
          if (isRefused) {
            Aggregate aggregate = new Aggregate(row.getString(2), row.getString(6));
            holds.add(() -> hold(aggregate, place));
          } else if (isOfPass) {
            rows.add(rowOf(place, row));
          }
        }
      }
    }
    holds.forEach(Runnable::run);
    if (!missing.isEmpty()) {
      try (PreparedStatement statement = connection.prepareStatement(STILL_THERE)) {
        statement.setArray(1, array(connection, missing));
        try (ResultSet row = statement.executeQuery()) {
          while (row.next()) {
            hold(new Aggregate(row.getString(2), row.getString(3)), row.getLong(1));
          }
        }
      }
    }
    rows.removeIf(row -> held.getOrDefault(row.aggregate(), Long.MAX_VALUE) < row.place());
    return rows;
  }

  private RelayRow rowOf(long place, ResultSet row) throws SQLException {
    Aggregate aggregate = new Aggregate(row.getString(2), row.getString(6));
    Instant createdAt = row.getObject(9, OffsetDateTime.class).toInstant();
    String payload = row.getString(8);
    if (payload == null) {
      return new RelayRow(
          place, aggregate, createdAt, null, "The body is larger than what Pub/Sub takes.");
    }
    Map<String, String> attributes = new TreeMap<>();
    try {
      Json.parse(row.getString(7).getBytes(StandardCharsets.UTF_8))
          .properties()
          .forEach(member -> attributes.put(member.getKey(), member.getValue().asText()));
    } catch (IOException impossible) {
      throw new IllegalStateException("jsonb is JSON", impossible);
    }
    attributes.put(EventAttributes.NOTIFICATION_ID.attribute(), row.getString(3));
    attributes.put(EventAttributes.EVENT_TYPE.attribute(), row.getString(5));
    attributes.put(EventAttributes.SOURCE.attribute(), row.getString(4));
    attributes.put(EventAttributes.TENANT_ID.attribute(), aggregate.tenant());
    attributes.put(EventAttributes.RECEIVED_AT.attribute(), createdAt.toString());
    attributes.put(EventAttributes.CONTENT_TYPE.attribute(), "application/json");
    return new RelayRow(
        place, aggregate, createdAt, messageOf(aggregate, attributes, payload, stamp), null);
  }

  /** A message of the relay's, stamped where there is a stamp. */
  static PubsubMessage messageOf(
      Aggregate aggregate,
      Map<String, String> attributes,
      String payload,
      Optional<MessageStamp> stamp) {
    byte[] body = payload.getBytes(StandardCharsets.UTF_8);
    return PubsubMessage.newBuilder()
        .setOrderingKey(aggregate.orderingKey())
        .putAllAttributes(stamp.map(key -> key.stamped(attributes, body)).orElse(attributes))
        .setData(ByteString.copyFrom(body))
        .build();
  }

  private void hold(Aggregate aggregate, long place) {
    held.merge(aggregate, place, Math::min);
    lookAgain = LOOK_AGAIN;
    lookAgainAt = System.nanoTime() + lookAgain.toNanos();
  }

  /** Restamps the aggregates whose held row is gone or free. */
  private void letGo(Connection connection) throws SQLException {
    if (held.size() > MOST_HELD) {
      reset();
    }
    if (held.isEmpty() || System.nanoTime() - lookAgainAt < 0) {
      return;
    }
    Set<Long> stillHeld = places(connection, STILL_THERE, held.values());
    stillHeld.removeAll(places(connection, FREE, held.values()));
    List<Aggregate> free =
        held.keySet().stream()
            .filter(aggregate -> !stillHeld.contains(held.get(aggregate)))
            .toList();
    for (Aggregate aggregate : free) {
      held.remove(aggregate);
      isBusy |= update(connection, RESTAMP, number, aggregate.tenant(), aggregate.name()) > 0;
      // Another row of it may be locked: it is the next to wait for.
      try (PreparedStatement statement = connection.prepareStatement(FIRST_NOT_RESTAMPED)) {
        statement.setInt(1, number);
        statement.setString(2, aggregate.tenant());
        statement.setString(3, aggregate.name());
        long first = one(statement, row -> row.getLong(1));
        if (first != 0) {
          held.put(aggregate, first);
        }
      }
    }
    lookAgain =
        free.isEmpty() && lookAgain.compareTo(LONGEST_LOOK_AGAIN) < 0
            ? lookAgain.multipliedBy(2)
            : lookAgain;
    lookAgainAt = System.nanoTime() + lookAgain.toNanos();
  }

  @Override
  public void settle(Connection connection, RelayPublisher.Result result) throws SQLException {
    if (!result.published().isEmpty()) {
      List<Long> places = result.published().stream().map(RelayRow::place).toList();
      try (PreparedStatement statement = connection.prepareStatement(PUBLISHED)) {
        statement.setArray(1, array(connection, places));
        statement.executeUpdate();
      }
    }
    for (Refusal refusal : result.refused()) {
      update(connection, REFUSED, refusal.why(), refusal.row().place());
      hold(refusal.row().aggregate(), refusal.row().place());
    }
    result.left().stream()
        .sorted(Comparator.comparingLong(RelayRow::place).reversed())
        .forEach(row -> found.push(new Found(row.place(), bytesOf(row))));
  }

  private static int bytesOf(RelayRow row) {
    return row.message() == null ? 0 : row.message().getSerializedSize();
  }

  @Override
  public Duration rest() {
    if (isBusy || !found.isEmpty() || foundUntil != 0) {
      return Duration.ZERO;
    }
    if (held.size() > MOST_HELD) {
      return LONGEST_LOOK_AGAIN;
    }
    return held.isEmpty() ? RelaySchedule.UNTIL_WOKEN : lookAgain;
  }

  @Override
  public void reset() {
    done = BEFORE_EVERYTHING;
    target = BEFORE_EVERYTHING;
    found.clear();
    foundUntil = 0;
    held.clear();
    isNew = true;
  }

  private interface Column<T> {
    T of(ResultSet row) throws SQLException;
  }

  private static <T> T one(PreparedStatement statement, Column<T> column) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      row.next();
      return column.of(row);
    }
  }

  private static int update(Connection connection, String sql, Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      return statement.executeUpdate();
    }
  }

  private static Set<Long> places(Connection connection, String sql, Collection<Long> among)
      throws SQLException {
    Set<Long> places = new HashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setArray(1, array(connection, among));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          places.add(row.getLong(1));
        }
      }
    }
    return places;
  }

  private static java.sql.Array array(Connection connection, Collection<Long> places)
      throws SQLException {
    return connection.createArrayOf("bigint", places.toArray());
  }
}
