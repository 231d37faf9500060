package dev.tidegate.gateway.tasks;

import dev.tidegate.gateway.store.Keyset;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.PageRequest;
import dev.tidegate.gateway.store.SqlConditions;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.gateway.tasks.Task.Status;
import dev.tidegate.schemas.EventId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/** The table {@code tasks}. Times are the database's, which all gateways share. */
final class TaskTable {
  /** With the token, payload and result as they are shown. */
  private static final String COLUMNS =
      """
      task_id, status, tenant_id AS tenant, kind, priority, due_at, aggregate, effect_key AS "key",
      source, cause, handler, depth, as_of, claimed_by,
      CASE WHEN status = 'CLAIMED' THEN leased_until END AS leased_until,
      CASE WHEN status = 'OPEN' THEN not_before END AS not_before,
      lease_token, %s AS token, attempts, failure, %s AS payload, %s AS result,
      created_at, updated_at, finished_at
      """;

  private static final String CLAIMED =
      COLUMNS.formatted("lease_token", "payload", "NULL::jsonb").strip();

  private static final String LISTED =
      COLUMNS.formatted("NULL::bigint", "NULL::jsonb", "NULL::jsonb").strip();

  private static final String SINGLE =
      COLUMNS.formatted("NULL::bigint", "payload", "result").strip();

  private static final Keyset<Task> ORDER =
      new Keyset<>(
          "tasks",
          task -> List.of(task.createdAt(), task.taskId()),
          "created_at timestamptz",
          "task_id uuid");

  /** The order of claims: where a task has no due time, it comes after those that have one. */
  private static final String FIRST =
      "ORDER BY priority DESC, due_at NULLS LAST, created_at, task_id";

  private static final String CLAIMABLE =
      """
      status IN ('OPEN', 'CLAIMED') AND (
        (status = 'OPEN' AND (not_before IS NULL OR not_before <= now()))
        OR (status = 'CLAIMED' AND leased_until <= now()))
      """;

  /** How many tasks of a kind others may be claiming at the same moment. */
  private static final int CONTESTED = 500;

  /**
   * The most urgent tasks of each kind are read in the order of an index, so a claim costs the same
   * however many tasks are open. The same statement claims the first of them that nobody else has
   * locked: no task is claimed twice.
   */
  private static final String CLAIM =
      """
      WITH asked AS (SELECT ?::text[] AS kinds, ?::text AS worker),
      chosen AS (
        SELECT tenant_id, task_id
        FROM (SELECT unnest(kinds) AS kind FROM asked) AS wanted
        CROSS JOIN LATERAL (
          SELECT tenant_id, task_id FROM tasks
          WHERE tasks.kind = wanted.kind AND %1$s AND %2$s
          %3$s LIMIT %4$d + %5$d) AS urgent
        JOIN tasks USING (tenant_id, task_id)
        WHERE %2$s
        %3$s LIMIT %4$d
        FOR UPDATE OF tasks SKIP LOCKED),
      claimed AS (
        UPDATE tasks SET status = 'CLAIMED', claimed_by = asked.worker,
          leased_until = now() + %6$d * interval '1 second', lease_token = lease_token + 1,
          not_before = NULL, attempts = attempts + 1, updated_at = now()
        FROM chosen, asked
        WHERE tasks.tenant_id = chosen.tenant_id AND tasks.task_id = chosen.task_id
        RETURNING tasks.*)
      SELECT %7$s FROM claimed %3$s
      """;

  /** Which tasks a list has. */
  record Filter(
      Optional<String> kind,
      Optional<Status> status,
      Optional<String> aggregate,
      Optional<String> saga,
      Optional<String> instance,
      Optional<Instant> dueBefore) {}

  private TaskTable() {}

  /** A page of the tasks of {@code scope}, the last made first. */
  static Page<Task> list(Handle handle, TenantScope scope, Filter filter, PageRequest page) {
    SqlConditions where =
        scope
            .where()
            .add("kind = ?", filter.kind())
            .add("status = ?", filter.status())
            .add("aggregate = ?", filter.aggregate())
            .add("handler = ?", filter.saga().map(EventId::ofSaga))
            .add("handler LIKE 'saga:%' AND cause = ?", filter.instance())
            .add("due_at < ?", filter.dueBefore());
    return ORDER.read(handle, "SELECT " + LISTED + " FROM tasks", where, page, Task.class);
  }

  /** The task as it stands. */
  static Optional<Task> find(Handle handle, TenantScope scope, UUID id) {
    return find(handle, scope, id, "");
  }

  /** The task, which nobody else changes until the transaction ends. */
  static Optional<Task> lock(Handle handle, TenantScope scope, UUID id) {
    return find(handle, scope, id, "FOR UPDATE");
  }

  private static Optional<Task> find(Handle handle, TenantScope scope, UUID id, String lock) {
    SqlConditions where = scope.where().add("task_id = ?", id);
    return where
        .bindTo(
            handle.createQuery(
                "SELECT %s FROM tasks WHERE %s %s".formatted(SINGLE, where.text(), lock)))
        .mapTo(Task.class)
        .findOne();
  }

  /** Gives tasks to a worker, each with a new token, the urgent ones first. */
  static List<Task> claim(
      Handle handle,
      TenantScope scope,
      List<String> kinds,
      int count,
      Duration lease,
      Optional<String> worker) {
    SqlConditions where = scope.where();
    String sql =
        CLAIM.formatted(
            where.text(), CLAIMABLE, FIRST, count, CONTESTED, lease.toSeconds(), CLAIMED);
    return where
        .bindTo(
            handle
                .createQuery(sql)
                .bindArray(0, String.class, kinds.stream().distinct().toList())
                .bind(1, worker),
            2)
        .mapTo(Task.class)
        .list();
  }

  /** Has the lease end later. */
  static Task extend(Handle handle, Task task, Duration lease) {
    return update(
        handle, task, "leased_until = now() + ? * interval '1 second'", lease.toSeconds());
  }

  /** Opens the task again, after a while. */
  static Task reopen(Handle handle, Task task, String failure, Duration delay) {
    return update(
        handle,
        task,
        "status = 'OPEN', failure = ?, not_before = now() + ? * interval '1 second'",
        failure,
        delay.toSeconds());
  }

  /** Ends the task with its result. */
  static Task complete(Handle handle, Task task, Optional<String> result) {
    return update(
        handle,
        task,
        "status = 'COMPLETED', result = ?::jsonb, failure = NULL, finished_at = now()",
        result);
  }

  /** Ends the task without one. */
  static Task end(Handle handle, Task task, Status status, String failure) {
    return update(
        handle, task, "status = ?, failure = ?, finished_at = now()", status.name(), failure);
  }

  /** Whether the task, which is locked, has that result: as PostgreSQL compares JSON. */
  static boolean hasResult(Handle handle, Task task, Optional<String> result) {
    return handle
        .createQuery(
            "SELECT result IS NOT DISTINCT FROM ?::jsonb FROM tasks"
                + " WHERE tenant_id = ? AND task_id = ?")
        .bind(0, result)
        .bind(1, task.tenant())
        .bind(2, task.taskId())
        .mapTo(Boolean.class)
        .one();
  }

  private static Task update(Handle handle, Task task, String changes, Object... values) {
    Query update =
        handle.createQuery(
            "UPDATE tasks SET %s, updated_at = now() WHERE tenant_id = ? AND task_id = ? RETURNING %s"
                .formatted(changes, SINGLE));
    for (int i = 0; i < values.length; i++) {
      update.bind(i, values[i]);
    }
    return update
        .bind(values.length, task.tenant())
        .bind(values.length + 1, task.taskId())
        .mapTo(Task.class)
        .one();
  }
}
