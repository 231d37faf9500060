package dev.tidegate.gateway.replay;

import dev.tidegate.gateway.api.Api;
import dev.tidegate.gateway.api.Call;
import dev.tidegate.gateway.http.RequestId;
import dev.tidegate.gateway.replay.Replay.Status;
import dev.tidegate.gateway.replay.ReplayService.Terms;
import dev.tidegate.gateway.store.Keyset;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.PageRequest;
import dev.tidegate.gateway.store.SqlConditions;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.StorableText;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.SqlStatements;

/**
 * The table {@code replays}. A run writes only while it holds its lease: each claim draws a new
 * token, and a write with another token changes nothing.
 */
final class ReplayTable {
  private static final String COLUMNS =
      """
      replay_id, nullif(tenant_id, '') AS tenant, tenant_scope, status, origin AS "from", filter,
      action, cause, effects, events_per_second, selected, published, refused, position_key, attempts,
      CASE WHEN status NOT IN ('PAUSED', 'CANCELLED') THEN reason END AS reason,
      CASE WHEN status = 'RUNNING' AND reason IS NOT NULL THEN next_attempt_at END
        AS next_attempt_at,
      lease_token, requested_by, created_at, updated_at, finished_at, NULL::bigint AS failed_again
      """;

  private static final String SELECT = "SELECT " + COLUMNS + " FROM replays";

  private static final Keyset<Replay> ORDER =
      new Keyset<>(
          "replays",
          row -> List.of(row.createdAt(), row.replayId()),
          "created_at timestamptz",
          "replay_id uuid");

  /** Includes states that this version does not know: its next run ends such a replay as failed. */
  private static final String AT_WORK =
      "status NOT IN ('PAUSED', 'CANCELLED', 'COMPLETED', 'FAILED')";

  private static final String INSERT =
      """
      INSERT INTO replays (
        tenant_id, replay_id, tenant_scope, origin, filter, action, cause, effects,
        events_per_second, selected, requested_by, requested_by_tenant, request_id, created_at)
      VALUES (:tenant, :id, :scope, :origin, :filter::jsonb, :action, :cause, :effects, :rate,
        :selected, :caller, :callerTenant, :request, :asked)
      RETURNING\s"""
          + COLUMNS;

  private static final String SETTLE =
      """
      UPDATE replays SET
        status = CASE WHEN status IN ('PAUSED', 'CANCELLED') THEN status ELSE :status END,
        finished_at = CASE WHEN status IN ('PAUSED', 'CANCELLED') THEN finished_at
          WHEN :ended THEN now() END,
        position_key = coalesce(:position, position_key), published = published + :published,
        refused = refused + :refused, attempts = :attempts, reason = :reason,
        next_attempt_at = now() + :pause * interval '1 millisecond',
        lease_token = NULL, leased_until = NULL, updated_at = now()
      WHERE tenant_id = :tenant AND replay_id = :id AND lease_token = :token
      """;

  /**
   * What came of a turn.
   *
   * @param status the replay's, unless an operator has paused or cancelled it meanwhile
   * @param position the key of the last row that is done; null where none is
   * @param attempts how many turns in a row made no progress
   * @param pause before the next turn
   */
  record Progress(
      Status status,
      @Nullable List<String> position,
      long published,
      long refused,
      int attempts,
      Optional<String> reason,
      Duration pause) {}

  private ReplayTable() {}

  /** The time of the database: times of rows are compared with no other clock. */
  static Instant now(Handle handle) {
    return handle.createQuery("SELECT now()").mapTo(Instant.class).one();
  }

  /** Adds a replay, which then runs. */
  static Replay insert(
      Handle handle,
      Call call,
      String tenant,
      ReplaySelection selection,
      Terms terms,
      long selected) {
    return bindTexts(handle.createQuery(INSERT), "scope", selection.tenants().orElse(null))
        .bind("tenant", tenant)
        .bind("id", UUID.randomUUID())
        .bind("origin", selection.origin().name())
        .bind("filter", Api.text(selection.filter()))
        .bind("action", terms.action().name())
        .bind("cause", terms.cause())
        .bind("effects", terms.effects().name())
        .bind("rate", terms.eventsPerSecond())
        .bind("selected", selected)
        .bind("caller", call.caller().subject().map(StorableText::of))
        .bind("callerTenant", call.caller().tenant())
        .bind("request", RequestId.of(call.context()))
        .bind("asked", selection.asked().atOffset(ZoneOffset.UTC))
        .mapTo(Replay.class)
        .one();
  }

  /**
   * How many replays of the tenant have not ended. Until the transaction ends nobody else counts
   * them, so the caller may add one.
   */
  static int countUnfinished(Handle handle, String tenant) {
    handle.execute("SELECT pg_advisory_xact_lock(hashtextextended('replays ' || ?, 0))", tenant);
    return handle
        .createQuery(
            "SELECT count(*) FROM replays"
                + " WHERE tenant_id = :tenant AND status IN ('RUNNING', 'PAUSED')")
        .bind("tenant", tenant)
        .mapTo(int.class)
        .one();
  }

  /** A page of the replays of {@code scope}, the last first. */
  static Page<Replay> list(
      Handle handle, TenantScope scope, Optional<Status> status, PageRequest page) {
    return ORDER.read(handle, SELECT, scope.where().add("status = ?", status), page, Replay.class);
  }

  static Optional<Replay> find(Handle handle, TenantScope scope, UUID id) {
    SqlConditions where = scope.where().add("replay_id = ?", id);
    return where
        .bindTo(handle.createQuery(SELECT + " WHERE " + where.text()))
        .mapTo(Replay.class)
        .findOne();
  }

  /** How many attempts at events of the replay have failed. */
  static long countFailedAgain(Handle handle, Replay replay) {
    return handle
        .createQuery(
            "SELECT count(*) FROM event_attempts WHERE replay_id = :id AND outcome = 'DEAD_LETTER'"
                + (replay.tenant().isPresent() ? " AND tenant_id = :tenant" : ""))
        .configure(SqlStatements.class, binding -> binding.setUnusedBindingAllowed(true))
        .bind("id", replay.replayId().toString())
        .bind("tenant", replay.tenant())
        .mapTo(long.class)
        .one();
  }

  /**
   * Marks those of the dead letters that are open as not to be replayed.
   *
   * @param keys as {@link ReplayOrigin#DEAD_LETTERS} has them
   */
  static void discard(Handle handle, List<List<String>> keys) {
    handle
        .createUpdate(
            """
            UPDATE event_dead_letters letter SET status = 'DISCARDED', discarded_at = now()
            FROM unnest(:tenants::text[], :sources::text[], :ids::text[], :contents::text[],
              :stages::text[]) AS chosen (tenant_id, source, notification_id, content, stage)
            WHERE letter.tenant_id = chosen.tenant_id AND letter.source = chosen.source
              AND letter.notification_id = chosen.notification_id
              AND letter.content_sha256 = chosen.content AND letter.stage = chosen.stage
              AND letter.status = 'OPEN'
            """)
        .bindArray("tenants", String.class, column(keys, 0))
        .bindArray("sources", String.class, column(keys, 1))
        .bindArray("ids", String.class, column(keys, 2))
        .bindArray("contents", String.class, column(keys, 3))
        .bindArray("stages", String.class, column(keys, 4))
        .execute();
  }

  private static List<String> column(List<List<String>> keys, int place) {
    return keys.stream().map(key -> key.get(place)).toList();
  }

  /**
   * Changes the status of a replay, where it is one of {@code from}. A run that has its turn sees
   * that when its batch is published.
   */
  static Optional<Replay> change(Handle handle, Replay replay, List<Status> from, Status to) {
    return handle
        .createQuery(
            """
            UPDATE replays SET status = :to, updated_at = now(), next_attempt_at = now(),
              attempts = 0, reason = NULL, finished_at = CASE WHEN :ends THEN now() END
            WHERE tenant_id = :tenant AND replay_id = :id AND status = ANY (:from)
            RETURNING %s
            """
                .formatted(COLUMNS))
        .bind("to", to.name())
        .bind("ends", to == Status.CANCELLED)
        .bind("tenant", replay.tenant().orElse(TenantScope.SEVERAL))
        .bind("id", replay.replayId())
        .bindArray("from", String.class, from.stream().map(Enum::name).toList())
        .mapTo(Replay.class)
        .findOne();
  }

  /** Gives the replay that has waited longest its turn, under a new token. */
  static Optional<Replay> claim(Handle handle, Duration lease) {
    return handle
        .createQuery(
            """
            UPDATE replays SET lease_token = gen_random_uuid(),
              leased_until = now() + :lease * interval '1 millisecond'
            WHERE (tenant_id, replay_id) = (
              SELECT tenant_id, replay_id FROM replays
              WHERE %s AND next_attempt_at <= now()
                AND (leased_until IS NULL OR leased_until < now())
              ORDER BY next_attempt_at, replay_id LIMIT 1
              FOR UPDATE SKIP LOCKED)
            RETURNING %s
            """
                .formatted(AT_WORK, COLUMNS))
        .bind("lease", lease.toMillis())
        .mapTo(Replay.class)
        .findOne();
  }

  /** How long it is until a replay may have its turn; empty where none is at work. */
  static Optional<Duration> untilNext(Handle handle) {
    return handle
        .createQuery(
            """
            SELECT 1000 * extract(
              epoch FROM min(greatest(next_attempt_at, leased_until)) - clock_timestamp())
            FROM replays WHERE %s
            """
                .formatted(AT_WORK))
        .mapTo(Long.class)
        .findOne()
        .map(Duration::ofMillis);
  }

  /**
   * Writes down what came of a turn, and ends it.
   *
   * @return whether it still was the turn of this run; if not, nothing is changed
   */
  static boolean settle(Handle handle, Replay replay, Progress progress) {
    return bindTexts(handle.createUpdate(SETTLE), "position", progress.position())
            .bind("status", progress.status().name())
            .bind("ended", progress.status() != Status.RUNNING)
            .bind("published", progress.published())
            .bind("refused", progress.refused())
            .bind("attempts", progress.attempts())
            .bind("reason", progress.reason())
            .bind("pause", progress.pause().toMillis())
            .bind("tenant", replay.tenant().orElse(TenantScope.SEVERAL))
            .bind("id", replay.replayId())
            .bind("token", replay.leaseToken())
            .execute()
        == 1;
  }

  /** Binds a list of texts, or null. */
  static <S extends SqlStatement<S>> S bindTexts(
      S statement, String name, @Nullable List<String> texts) {
    return texts == null
        ? statement.bindNull(name, Types.ARRAY)
        : statement.bindArray(name, String.class, texts);
  }
}
