package dev.tidegate.transforms.postgresql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.EffectEvents;
import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.SagaReference;
import dev.tidegate.schemas.StoredPayload;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.Saga;
import dev.tidegate.transforms.handlers.saga.SagaEvent;
import dev.tidegate.transforms.handlers.saga.SagaFold;
import dev.tidegate.transforms.handlers.saga.SagaFold.LastEvent;
import dev.tidegate.transforms.postgresql.EventWriter.Entry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Has the sagas take in a batch's events, in the transaction of the batch: adds the events to the
 * sets of their instances, folds these anew, and makes effects and deadlines what the folds say
 * ({@link SagaEffects}).
 *
 * <p>An instance's row is its lock. Two batches that have events of one instance write it one after
 * the other, and the second reads what the first has committed: so one of them folds the set of
 * both. Rows are locked in the order of their keys, so that writers never wait in a circle.
 *
 * <p>A repeat changes no set, and nothing is folded for it. A replay may bring a saga's new code to
 * old events, so it is folded all the same.
 */
final class SagaStatement {
  /** So many events are read at once: all bodies of a batch's instances could fill the memory. */
  private static final int EVENTS_AT_ONCE = 2_000;

  /** SQLSTATE of what is to be tried again. */
  private static final String SERIALIZATION_FAILURE = "40001";

  private static final String WANTED =
      """
      unnest(?::text[], ?::text[], ?::text[], ?::text[])
      WITH ORDINALITY AS wanted (tenant_id, source, saga, instance, number)
      """;

  private static final String IN_ORDER =
      """
      ORDER BY tenant_id COLLATE "C", source COLLATE "C", saga COLLATE "C", instance COLLATE "C"
      """;

  private static final String ADD_INSTANCES =
      """
      INSERT INTO saga_instances (tenant_id, source, saga, instance)
      SELECT tenant_id, source, saga, instance FROM\s"""
          + WANTED
          + IN_ORDER
          + "ON CONFLICT DO NOTHING";

  private static final String LOCK_INSTANCES =
      "SELECT number, events FROM saga_instances JOIN "
          + WANTED
          + "USING (tenant_id, source, saga, instance) "
          + IN_ORDER
          + "FOR UPDATE OF saga_instances";

  private static final String ADD_EVENTS =
      """
      INSERT INTO saga_events AS old (
        tenant_id, source, saga, instance, notification_id, event_type, version, depth,
        schema_version, payload)
      SELECT
        tenant_id, source, saga, instance, notification_id, event_type, version, depth::smallint,
        schema_version, payload
      FROM unnest(
        ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bytea[], ?::text[],
        ?::text[], ?::bytea[]) AS new (
        tenant_id, source, saga, instance, notification_id, event_type, version, depth,
        schema_version, payload)
      ON CONFLICT (tenant_id, source, saga, instance, notification_id) DO UPDATE SET
        event_type = EXCLUDED.event_type, version = EXCLUDED.version, depth = EXCLUDED.depth,
        schema_version = EXCLUDED.schema_version, payload = EXCLUDED.payload
      WHERE EXCLUDED.version > old.version
      RETURNING tenant_id, source, saga, instance, xmax = 0
      """;

  /** One event more than an instance may have tells that it has too many. */
  private static final String READ_EVENTS =
      """
      SELECT
        number, notification_id, event_type, version, depth, schema_version, payload, total
      FROM %s CROSS JOIN LATERAL (
        SELECT *, count(*) OVER () AS total FROM saga_events e
        WHERE e.tenant_id = wanted.tenant_id AND e.source = wanted.source
          AND e.saga = wanted.saga AND e.instance = wanted.instance
        ORDER BY event_type <> '%s' OR depth = 0, version LIMIT %d) of_instance
      """
          .formatted(WANTED, EffectEvents.SAGA_CANCEL, SagaFold.MOST_EVENTS + 1);

  private static final String WRITE_INSTANCES =
      """
      UPDATE saga_instances i SET
        status = new.status,
        failure = new.failure,
        state = new.state::jsonb,
        waiting_for = new.waiting_for,
        since = new.since::timestamptz,
        last_event = new.last_event,
        last_type = new.last_type,
        events = new.events::integer,
        updated_at = now()
      FROM unnest(
        ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
        ?::text[], ?::text[], ?::text[], ?::text[]) AS new (
        tenant_id, source, saga, instance, status, failure, state, waiting_for, since, last_event,
        last_type, events)
      WHERE i.tenant_id = new.tenant_id AND i.source = new.source AND i.saga = new.saga
        AND i.instance = new.instance
      """;

  private final EventSources sources;

  SagaStatement(EventSources sources) {
    this.sources = sources;
  }

  /** What tells instances apart. */
  record Key(String tenantId, String source, String saga, String instance)
      implements Comparable<Key> {
    private static final Comparator<Key> ORDER =
        Comparator.comparing(Key::tenantId)
            .thenComparing(Key::source)
            .thenComparing(Key::saga)
            .thenComparing(Key::instance);

    @Override
    public int compareTo(Key other) {
      return ORDER.compare(this, other);
    }

    /** What stands for the saga where an event type stands for a handler. */
    String handler() {
      return EventId.ofSaga(saga);
    }
  }

  /** An instance, what the batch says of it, and what it is folded to. */
  static final class Instance {
    private final Key key;

    /** The newest body of each notification. */
    private final Map<String, Event> events = new LinkedHashMap<>();

    private final Map<String, EffectMode> modes = new HashMap<>();
    private boolean again;
    private int before;
    private @Nullable SagaFold fold;
    private int total;

    Instance(Key key) {
      this.key = key;
    }

    private void add(Event event) {
      EffectMode mode = EffectMode.of(event.raw());
      modes.put(event.notificationId(), mode);
      again |= event.raw().attribute(EventAttributes.REPLAY_ID).isPresent();
      if (event.raw().isFollowUp() && event.eventType().equals(EffectEvents.SAGA_RETRY)) {
        again = true;
      } else {
        events.merge(
            event.notificationId(),
            event,
            (one, other) -> one.version().compareTo(other.version()) >= 0 ? one : other);
      }
    }

    Key key() {
      return key;
    }

    SagaFold fold() {
      return fold;
    }

    /** Which effects may be issued of an event that is not in the batch. */
    EffectMode mode() {
      return modes.values().stream().allMatch(mode -> mode == EffectMode.NONE)
          ? EffectMode.NONE
          : EffectMode.MISSING;
    }

    /** Which effects of {@code implied}'s event may be issued. */
    EffectMode modeOf(SagaFold.ImpliedEffect implied) {
      return modes.getOrDefault(implied.event(), mode());
    }
  }

  /** Has the sagas take in {@code batch}. */
  void execute(Connection connection, List<Entry> batch) throws SQLException {
    SortedMap<Key, Instance> instances = new TreeMap<>();
    for (Entry entry : batch) {
      Event event = entry.event();
      for (SagaReference of : entry.transformed().sagas()) {
        Key key = new Key(event.tenantId(), event.raw().source(), of.saga(), of.instance());
        instances.computeIfAbsent(key, Instance::new).add(event);
      }
    }
    if (instances.isEmpty()) {
      return;
    }
    List<Instance> known = lock(connection, List.copyOf(instances.values()));
    addEvents(connection, known, instances);
    fold(connection, known.stream().filter(instance -> instance.again).toList());
    // Of an instance whose events are gone nothing can be told, and nothing is taken back.
    List<Instance> folded = known.stream().filter(instance -> instance.fold != null).toList();
    if (!folded.isEmpty()) {
      writeInstances(connection, folded);
      new SagaEffects(connection)
          .become(
              folded.stream()
                  .filter(instance -> instance.fold.status() != SagaFold.Status.FAILED)
                  .toList());
    }
  }

  /** Locks the rows of {@code instances}; one that is to be folded again may not be there. */
  private static List<Instance> lock(Connection connection, List<Instance> instances)
      throws SQLException {
    List<Instance> added = instances.stream().filter(each -> !each.events.isEmpty()).toList();
    if (!added.isEmpty()) {
      try (PreparedStatement statement = connection.prepareStatement(ADD_INSTANCES)) {
        bind(statement, added);
        statement.executeUpdate();
      }
    }
    List<Instance> locked = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(LOCK_INSTANCES)) {
      bind(statement, instances);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          Instance instance = instances.get(rows.getInt(1) - 1);
          instance.before = rows.getInt(2);
          locked.add(instance);
        }
      }
    }
    if (!locked.containsAll(added)) {
      throw new SQLException("a saga's instance was deleted meanwhile", SERIALIZATION_FAILURE);
    }
    return locked;
  }

  /** Sets keys as a statement's first parameters. */
  static BatchParameters bind(PreparedStatement statement, List<Instance> instances)
      throws SQLException {
    BatchParameters batch = new BatchParameters(statement, instances.size());
    batch.texts(i -> instances.get(i).key.tenantId());
    batch.texts(i -> instances.get(i).key.source());
    batch.texts(i -> instances.get(i).key.saga());
    batch.texts(i -> instances.get(i).key.instance());
    return batch;
  }

  /** Adds the batch's events to the sets; those whose set has changed are to be folded. */
  private static void addEvents(
      Connection connection, List<Instance> instances, Map<Key, Instance> byKey)
      throws SQLException {
    record Added(Key key, Event event) {}
    List<Added> added = new ArrayList<>();
    for (Instance instance : instances) {
      instance.events.values().forEach(event -> added.add(new Added(instance.key, event)));
    }
    if (added.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(ADD_EVENTS)) {
      BatchParameters batch = new BatchParameters(statement, added.size());
      batch.texts(i -> added.get(i).key.tenantId());
      batch.texts(i -> added.get(i).key.source());
      batch.texts(i -> added.get(i).key.saga());
      batch.texts(i -> added.get(i).key.instance());
      batch.texts(i -> added.get(i).event.notificationId());
      batch.texts(i -> added.get(i).event.eventType());
      batch.bytes(i -> added.get(i).event.version().bytes());
      batch.texts(i -> Integer.toString(added.get(i).event.raw().causationDepth()));
      batch.texts(i -> added.get(i).event.raw().schemaVersion().orElse(null));
      batch.bytes(i -> StoredPayload.write(added.get(i).event.raw().body()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          Instance instance =
              byKey.get(
                  new Key(
                      rows.getString(1), rows.getString(2), rows.getString(3), rows.getString(4)));
          instance.again = true;
          instance.before += rows.getBoolean(5) ? 1 : 0;
        }
      }
    }
  }

  /** Folds {@code instances}, as many at once as the memory takes. */
  private void fold(Connection connection, List<Instance> instances) throws SQLException {
    for (int from = 0; from < instances.size(); ) {
      int to = from;
      int events = 0;
      do {
        events += Math.min(instances.get(to).before, SagaFold.MOST_EVENTS);
        to++;
      } while (to < instances.size() && events + instances.get(to).before <= EVENTS_AT_ONCE);
      foldTogether(connection, instances.subList(from, to));
      from = to;
    }
  }

  private void foldTogether(Connection connection, List<Instance> instances) throws SQLException {
    Map<Integer, List<SagaEvent>> sets = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(READ_EVENTS)) {
      bind(statement, instances);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          int number = rows.getInt("number") - 1;
          Instance instance = instances.get(number);
          instance.total = rows.getInt("total");
          sets.computeIfAbsent(number, any -> new ArrayList<>()).add(read(instance.key, rows));
        }
      }
    }
    for (Map.Entry<Integer, List<SagaEvent>> set : sets.entrySet()) {
      Instance instance = instances.get(set.getKey());
      Saga<?> saga =
          sources
              .saga(instance.key.source(), instance.key.saga())
              .orElseThrow(
                  () -> new IllegalStateException("no source has a saga " + instance.key.saga()));
      instance.fold = SagaFold.of(saga, set.getValue());
    }
  }

  private static SagaEvent read(Key key, ResultSet row) throws SQLException {
    String notificationId = row.getString("notification_id");
    String eventType = row.getString("event_type");
    RawEvent raw =
        RawEvent.builder()
            .tenantId(key.tenantId())
            .source(key.source())
            .notificationId(notificationId)
            .eventType(eventType)
            .schemaVersion(Optional.ofNullable(row.getString("schema_version")))
            .messageId("")
            .publishTime(Version.UNKNOWN_TIME)
            .attributes(Map.of())
            .body(StoredPayload.read(row.getBytes("payload")))
            .build();
    JsonNode payload;
    try {
      payload = raw.json();
    } catch (JsonProcessingException damaged) {
      throw new IllegalStateException("a body that was read before", damaged);
    }
    return new SagaEvent(
        Event.kept(raw, notificationId, eventType, Version.of(row.getBytes("version")), payload),
        row.getInt("depth"));
  }

  private static void writeInstances(Connection connection, List<Instance> instances)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(WRITE_INSTANCES)) {
      BatchParameters batch = bind(statement, instances);
      batch.texts(i -> instances.get(i).fold.status().name());
      batch.texts(i -> instances.get(i).fold.failure().orElse(null));
      batch.texts(i -> ColumnType.JSONB.toText(instances.get(i).fold.state()));
      batch.texts(i -> instances.get(i).fold.waitingFor().orElse(null));
      batch.texts(i -> instances.get(i).fold.since().map(Instant::toString).orElse(null));
      batch.texts(i -> instances.get(i).fold.last().map(LastEvent::id).orElse(null));
      batch.texts(i -> instances.get(i).fold.last().map(LastEvent::type).orElse(null));
      batch.texts(i -> Integer.toString(instances.get(i).total));
      statement.executeUpdate();
    }
  }
}
