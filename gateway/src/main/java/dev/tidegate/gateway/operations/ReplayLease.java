package dev.tidegate.gateway.operations;

import dev.tidegate.gateway.store.LedgerDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A gateway's claims on replays, kept in {@code replays}: one gateway at a time works on a replay,
 * until it lets go of it or says nothing for a while.
 */
final class ReplayLease {
  private static final String CLAIM =
      """
      UPDATE replays SET leased_by = ?, leased_until = now() + ? * interval '1 millisecond'
      WHERE (tenant_id, replay_id) = (
        SELECT tenant_id, replay_id FROM replays
        WHERE status = 'RUNNING' AND not_before <= now()
          AND (leased_until IS NULL OR leased_until < now())
        ORDER BY not_before, replay_id LIMIT 1
        FOR UPDATE SKIP LOCKED)
      RETURNING *
      """;

  /** Of a replay that was taken over meanwhile nothing is written: who has it counts anew. */
  private static final String ADVANCE =
      """
      UPDATE replays SET
        position_key = coalesce(?::text[], position_key), published = published + ?,
        refused = refused + ?, failures = ?, problem = ?,
        not_before = now() + ? * interval '1 millisecond',
        leased_until = now() + ? * interval '1 millisecond', updated_at = now()
      WHERE tenant_id = ? AND replay_id = ? AND leased_by = ?
      RETURNING *
      """;

  private static final String COMPLETE =
      """
      UPDATE replays SET status = 'COMPLETED', finished_at = now(), updated_at = now()
      WHERE tenant_id = ? AND replay_id = ? AND leased_by = ? AND status = 'RUNNING'
      RETURNING replay_id
      """;

  private static final String RELEASE =
      """
      UPDATE replays SET leased_by = NULL, leased_until = NULL
      WHERE tenant_id = ? AND replay_id = ? AND leased_by = ?
      RETURNING replay_id
      """;

  /**
   * What became of a batch.
   *
   * @param position the key of the last row that is done with; empty where none is
   * @param failures how often in a row publishing failed; 0 where it did not
   * @param pause before it goes on
   */
  record Progress(
      List<String> position,
      long published,
      long refused,
      int failures,
      Optional<String> problem,
      Duration pause) {}

  private final LedgerDatabase database;
  private final Duration lease;
  private final UUID owner = UUID.randomUUID();

  ReplayLease(LedgerDatabase database, Duration lease) {
    this.database = database;
    this.lease = lease;
  }

  /** A replay that nobody works on; from now on it is this gateway's. */
  Optional<Replay> claim() throws SQLException {
    return first(CLAIM, new SqlConditions().add("", owner, lease.toMillis()), Replay::read);
  }

  /**
   * Writes down how far a replay is.
   *
   * @return the replay as it is now; empty where it is another gateway's by now
   */
  Optional<Replay> advance(Replay replay, Progress progress) throws SQLException {
    return database.inTransaction(
        connection -> {
          try (var statement = connection.prepareStatement(ADVANCE)) {
            int i = 1;
            statement.setArray(
                i++,
                progress.position().isEmpty()
                    ? null
                    : connection.createArrayOf("text", progress.position().toArray()));
            statement.setLong(i++, progress.published());
            statement.setLong(i++, progress.refused());
            statement.setInt(i++, progress.failures());
            statement.setString(i++, progress.problem().orElse(null));
            statement.setLong(i++, progress.pause().toMillis());
            statement.setLong(i++, lease.toMillis());
            statement.setString(i++, replay.tenant());
            statement.setObject(i++, replay.id());
            statement.setObject(i, owner);
            try (var row = statement.executeQuery()) {
              return row.next() ? Optional.of(Replay.read(row)) : Optional.empty();
            }
          }
        });
  }

  /** Writes down that a replay is through, unless it was held up meanwhile. */
  void complete(Replay replay) throws SQLException {
    first(COMPLETE, of(replay), row -> row.getString(1));
  }

  /** Leaves a replay to whoever claims it next. */
  void release(Replay replay) throws SQLException {
    first(RELEASE, of(replay), row -> row.getString(1));
  }

  private SqlConditions of(Replay replay) {
    return new SqlConditions().add("", replay.tenant(), replay.id(), owner);
  }

  private <T> Optional<T> first(String sql, SqlConditions parameters, Rows.Mapper<T> mapper)
      throws SQLException {
    return database.inTransaction(
        connection -> Rows.read(connection, sql, parameters, mapper).stream().findFirst());
  }
}
