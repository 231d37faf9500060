package dev.tidegate.gateway.relay;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.publish.AttributeLimits;
import dev.tidegate.gateway.relay.RelayConfiguration.Table;
import dev.tidegate.gateway.relay.RelayPublisher.Refusal;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.MessageStamp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An application's own table of events. Each row says whether it is published, so none is skipped,
 * whatever the order of commits. There is no place in it for what a relay has to say: an aggregate
 * with a row that cannot be published waits in memory, longer and longer.
 */
final class ForeignTable implements RelayLane {
  private static final Logger LOG = LoggerFactory.getLogger(ForeignTable.class);

  private static final long MOST_BYTES = 4 << 20;
  private static final int ROWS_OF_A_FETCH = 100;

  /** Beyond it the one that waits longest is tried again early. */
  private static final int MOST_WAITING = 10_000;

  private static final Duration WHEN_LOCKED = Duration.ofMillis(100);
  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

  /** Further attributes of a message, and how they are called. */
  private static final int MOST_METADATA = 50;

  private static final String METADATA = "metadata.";

  /** An aggregate that waits. */
  private record Waiting(int refusals, long until) {
    boolean isOver(long now) {
      return now - until >= 0;
    }
  }

  private final Table configured;
  private final Optional<MessageStamp> stamp;
  private final Map<Aggregate, Waiting> waiting = new LinkedHashMap<>();

  /** The IDs of the rows that are under way, by their place. */
  private final Map<Long, String> ids = new HashMap<>();

  private volatile @Nullable TableStatements statements;
  private boolean readSome;
  private long lookedAt;

  /** Of waiting aggregates, for other threads. */
  private volatile long refused;

  ForeignTable(Table configured, Optional<MessageStamp> stamp) {
    this.configured = configured;
    this.stamp = stamp;
  }

  @Override
  public String table() {
    return configured.name();
  }

  @Override
  public long refused() {
    return refused;
  }

  /**
   * Checks that the table matches its configuration, and reads its types.
   *
   * @throws IllegalArgumentException where it is not
   */
  TableStatements look(Connection connection) throws SQLException {
    TableStatements known = statements;
    if (known == null) {
      known = TableStatements.of(connection, configured);
      statements = known;
    }
    return known;
  }

  @Override
  public boolean lock(Connection connection) throws SQLException {
    String sql = look(connection).lock();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getBoolean(1);
    }
  }

  @Override
  public List<RelayRow> read(Connection connection, int most) throws SQLException {
    Map<String, Aggregate> next = next(connection, most);
    readSome = !next.isEmpty();
    return readSome ? read(connection, next) : List.of();
  }

  /** The next rows, by their IDs, in order. */
  private Map<String, Aggregate> next(Connection connection, int most) throws SQLException {
    lookedAt = System.nanoTime();
    List<Aggregate> held =
        waiting.entrySet().stream()
            .filter(entry -> !entry.getValue().isOver(lookedAt))
            .map(Map.Entry::getKey)
            .toList();
    Map<String, Aggregate> next = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(look(connection).next())) {
      statement.setArray(1, texts(connection, held.stream().map(Aggregate::tenant).toList()));
      statement.setArray(2, texts(connection, held.stream().map(Aggregate::name).toList()));
      statement.setInt(3, most);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          next.put(row.getString(1), new Aggregate(row.getString(2), row.getString(3)));
        }
      }
    }
    return next;
  }

  private List<RelayRow> read(Connection connection, Map<String, Aggregate> next)
      throws SQLException {
    Map<String, RelayRow> locked = new HashMap<>();
    ids.clear();
    boolean isFull = false;
    try (PreparedStatement statement = connection.prepareStatement(look(connection).read())) {
      statement.setFetchSize(ROWS_OF_A_FETCH);
      statement.setArray(1, texts(connection, List.copyOf(next.keySet())));
      try (ResultSet row = statement.executeQuery()) {
        long bytes = 0;
        while (!isFull && row.next()) {
          RelayRow read = rowOf(ids.size(), row);
          ids.put(read.place(), row.getString(1));
          locked.put(row.getString(1), read);
          bytes += read.message() == null ? 0 : read.message().getSerializedSize();
          isFull = bytes > MOST_BYTES;
        }
      }
    }
    List<RelayRow> rows = new ArrayList<>();
    Set<Aggregate> behind = new HashSet<>();
    for (Map.Entry<String, Aggregate> each : next.entrySet()) {
      RelayRow row = locked.get(each.getKey());
      if (row != null && !behind.contains(each.getValue())) {
        rows.add(row);
      } else if (row == null && behind.add(each.getValue()) && !isFull) {
        // Somebody has it locked, or it is gone or published: that shows soon.
        hold(each.getValue(), 0, WHEN_LOCKED);
      }
    }
    return rows;
  }

  private RelayRow rowOf(long place, ResultSet row) throws SQLException {
    Aggregate aggregate = new Aggregate(row.getString(2), row.getString(3));
    OffsetDateTime written = row.getObject(8, OffsetDateTime.class);
    Instant createdAt = written == null ? Instant.now() : written.toInstant();
    String id = row.getString(1);
    String type = row.getString(4);
    String payload = row.getString(7);
    String problem =
        !Event.isName(id)
            ? "The ID must be " + Event.NAME_RULE + "."
            : type == null || !Event.isName(type)
                ? "The type must be " + Event.NAME_RULE + "."
                : !Event.isName(aggregate.tenant())
                    ? "The tenant must be " + Event.NAME_RULE + "."
                    : payload == null
                        ? "There is no payload, or it is larger than what Pub/Sub takes."
                        : null;
    if (problem != null) {
      return new RelayRow(place, aggregate, createdAt, null, problem);
    }
    Map<String, String> attributes = new TreeMap<>(metadata(row.getString(6)));
    attributes.put(EventAttributes.NOTIFICATION_ID.attribute(), id);
    attributes.put(EventAttributes.EVENT_TYPE.attribute(), type);
    attributes.put(EventAttributes.SOURCE.attribute(), configured.source());
    attributes.put(EventAttributes.TENANT_ID.attribute(), aggregate.tenant());
    attributes.put(EventAttributes.CONTENT_TYPE.attribute(), "application/json");
    String subject = row.getString(5);
    if (subject != null && Event.isName(subject)) {
      attributes.put(EventAttributes.SUBJECT.attribute(), subject);
    }
    if (written != null) {
      attributes.put(EventAttributes.RECEIVED_AT.attribute(), createdAt.toString());
      attributes.put(EventAttributes.CLOUD_EVENTS_TIME, createdAt.toString());
    }
    return new RelayRow(
        place,
        aggregate,
        createdAt,
        OutboxLane.messageOf(aggregate, attributes, payload, stamp),
        null);
  }

  /** As much of it as fits a message. */
  private static Map<String, String> metadata(@Nullable String json) {
    Map<String, String> attributes = new TreeMap<>();
    if (json == null) {
      return attributes;
    }
    try {
      for (Map.Entry<String, JsonNode> member :
          Json.parse(json.getBytes(StandardCharsets.UTF_8)).properties()) {
        String name = METADATA + member.getKey();
        JsonNode value = member.getValue();
        String text = value.isValueNode() ? value.asText() : Json.write(value);
        if (attributes.size() < MOST_METADATA
            && !value.isNull()
            && AttributeLimits.isName(name)
            && AttributeLimits.isValue(text)) {
          attributes.put(name, text);
        }
      }
    } catch (IOException notJson) {
      // It only describes: the event is published without it.
    }
    return attributes;
  }

  @Override
  public void settle(Connection connection, RelayPublisher.Result result) throws SQLException {
    List<String> published = result.published().stream().map(row -> ids.get(row.place())).toList();
    if (!published.isEmpty()) {
      try (PreparedStatement statement =
          connection.prepareStatement(look(connection).acknowledge())) {
        statement.setArray(1, texts(connection, published));
        statement.executeUpdate();
      }
      result.published().forEach(row -> waiting.remove(row.aggregate()));
    }
    for (Refusal refusal : result.refused()) {
      Aggregate aggregate = refusal.row().aggregate();
      Waiting before = waiting.get(aggregate);
      int refusals = before == null ? 1 : before.refusals + 1;
      Duration wait = RelaySchedule.waitAfter(refusals - 1, FIRST_WAIT, LONGEST_WAIT);
      hold(aggregate, refusals, wait);
      LOG.atWarn()
          .addKeyValue("table", table())
          .addKeyValue("notification_id", ids.get(refusal.row().place()))
          .addKeyValue("tenant_id", aggregate.tenant())
          .addKeyValue("refusals", refusals)
          .log("a row cannot be published, and its aggregate waits: {}", refusal.why());
    }
    refused = waiting.values().stream().filter(each -> each.refusals > 0).count();
  }

  private void hold(Aggregate aggregate, int refusals, Duration wait) {
    if (waiting.size() == MOST_WAITING && !waiting.containsKey(aggregate)) {
      waiting.remove(waiting.keySet().iterator().next());
    }
    Waiting before = waiting.get(aggregate);
    int kept = refusals == 0 && before != null ? before.refusals : refusals;
    waiting.put(aggregate, new Waiting(kept, System.nanoTime() + wait.toNanos()));
  }

  @Override
  public Duration rest() {
    if (readSome) {
      return Duration.ZERO;
    }
    // Their rows are not there any more.
    waiting.values().removeIf(each -> each.isOver(lookedAt));
    return waiting.values().stream()
        .map(each -> Duration.ofNanos(Math.max(0, each.until - System.nanoTime())))
        .min(Duration::compareTo)
        .orElse(RelaySchedule.UNTIL_WOKEN);
  }

  @Override
  public void reset() {
    statements = null;
  }

  private static java.sql.Array texts(Connection connection, List<String> texts)
      throws SQLException {
    return connection.createArrayOf("text", texts.toArray());
  }

  @Override
  public String toString() {
    return "table " + table();
  }
}
