package dev.tidegate.gateway.replay;

import dev.tidegate.gateway.store.Keyset;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.PageRequest;
import dev.tidegate.gateway.store.RawJson;
import dev.tidegate.gateway.store.SqlConditions;
import dev.tidegate.gateway.store.TenantScope;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * A dry run, as the API answers it: a row of {@code dry_runs}.
 *
 * @param tenant whose events are run; empty for several tenants
 * @param selected how many events it takes
 * @param reason why it failed
 * @param result what came of it; of a single dry run that is complete
 */
record DryRunRecord(
    UUID dryRunId,
    Optional<String> tenant,
    Status status,
    ReplayOrigin origin,
    RawJson filter,
    long selected,
    long done,
    Optional<String> reason,
    Optional<RawJson> result,
    Optional<String> requestedBy,
    Instant createdAt,
    Instant updatedAt,
    Optional<Instant> finishedAt) {
  /** The states of a dry run. */
  enum Status {
    RUNNING,
    COMPLETED,
    CANCELLED,
    FAILED
  }

  /** The instance that works on it says so far more often than this. */
  private static final String IS_DEAD =
      "status = 'RUNNING' AND updated_at < now() - interval '1 minute'";

  private static final String SELECT =
      """
      SELECT dry_run_id, nullif(tenant_id, '') AS tenant,
        CASE WHEN %1$s THEN 'FAILED' ELSE status END AS status, origin, filter, selected, done,
        CASE WHEN %1$s THEN 'The gateway that worked on it has ended.' ELSE reason END AS reason,
        %2$s AS result, requested_by, created_at, updated_at, finished_at
      FROM dry_runs
      """;

  private static final Keyset<DryRunRecord> ORDER =
      new Keyset<>(
          "dry-runs",
          row -> List.of(row.createdAt(), row.dryRunId()),
          "created_at timestamptz",
          "dry_run_id uuid");

  /** A page of the dry runs of {@code scope}, the last first, without their results. */
  static Page<DryRunRecord> list(Handle handle, TenantScope scope, PageRequest page) {
    return ORDER.read(
        handle, SELECT.formatted(IS_DEAD, "NULL::jsonb"), scope.where(), page, DryRunRecord.class);
  }

  static Optional<DryRunRecord> find(Handle handle, TenantScope scope, UUID id) {
    SqlConditions where = scope.where().add("dry_run_id = ?", id);
    return where
        .bindTo(handle.createQuery(SELECT.formatted(IS_DEAD, "result") + " WHERE " + where.text()))
        .mapTo(DryRunRecord.class)
        .findOne();
  }

  /**
   * Whether the tenant has a dry run that is alive. Until the transaction ends nobody else asks, so
   * the caller may add one.
   */
  static boolean isRunning(Handle handle, String tenant) {
    handle.execute("SELECT pg_advisory_xact_lock(hashtextextended('dry_runs ' || ?, 0))", tenant);
    return handle
        .createQuery(
            "SELECT EXISTS (SELECT FROM dry_runs"
                + " WHERE tenant_id = :tenant AND status = 'RUNNING' AND NOT (%s))"
                    .formatted(IS_DEAD))
        .bind("tenant", tenant)
        .mapTo(boolean.class)
        .one();
  }
}
