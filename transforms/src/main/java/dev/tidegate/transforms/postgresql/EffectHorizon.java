package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.postgresql.EventWriter.Entry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The time before which {@link LedgerRetention} has forgotten events, and which effects they had. A
 * replay of such an event from the archive must not cause again what nobody remembers.
 */
final class EffectHorizon {
  /** The lock keeps the retention from forgetting anything until the effects are issued. */
  private static final String LOCK =
      "SELECT pg_advisory_xact_lock_shared(?, 'events'::regclass::oid::integer)";

  private static final String FORGOTTEN =
      """
      SELECT number
      FROM unnest(?::text[], ?::text[], ?::text[], ?::timestamptz[])
        WITH ORDINALITY AS replayed (tenant_id, source, notification_id, received_at, number)
      WHERE received_at < (SELECT received_before FROM effects_horizon)
        AND NOT EXISTS (
          SELECT FROM events e
          WHERE e.tenant_id = replayed.tenant_id AND e.source = replayed.source
            AND e.notification_id = replayed.notification_id)
      """;

  private EffectHorizon() {}

  /**
   * {@code batch}, where replays of forgotten events may cause nothing. It must be asked before the
   * ledger has the batch.
   */
  static List<Entry> applyTo(Connection connection, List<Entry> batch) throws SQLException {
    List<Integer> asked = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      if (mayRepeat(batch.get(i))) {
        asked.add(i);
      }
    }
    if (asked.isEmpty()) {
      return batch;
    }
    List<Entry> applied = new ArrayList<>(batch);
    try (PreparedStatement lock = connection.prepareStatement(LOCK);
        PreparedStatement statement = connection.prepareStatement(FORGOTTEN)) {
      lock.setInt(1, LedgerRetention.LOCK);
      lock.execute();
      BatchParameters parameters = new BatchParameters(statement, asked.size());
      parameters.texts(i -> batch.get(asked.get(i)).event().tenantId());
      parameters.texts(i -> batch.get(asked.get(i)).event().raw().source());
      parameters.texts(i -> batch.get(asked.get(i)).event().notificationId());
      parameters.times(i -> batch.get(asked.get(i)).event().raw().receivedAt());
      try (ResultSet forgotten = statement.executeQuery()) {
        while (forgotten.next()) {
          int place = asked.get(forgotten.getInt(1) - 1);
          Entry entry = batch.get(place);
          applied.set(place, new Entry(entry.transformed().withoutEffects(), entry.startedAt()));
        }
      }
    }
    return applied;
  }

  /** Whether it is a replay that causes what is missing. */
  private static boolean mayRepeat(Entry entry) {
    RawEvent raw = entry.event().raw();
    return !(entry.transformed().effects().isEmpty() && entry.transformed().sagas().isEmpty())
        && raw.attribute(EventAttributes.REPLAY_ID).isPresent()
        && EffectMode.of(raw) == EffectMode.MISSING;
  }
}
