package dev.tidegate.gateway.sagas;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.EventReference;
import dev.tidegate.gateway.store.Keyset;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.PageRequest;
import dev.tidegate.gateway.store.RawJson;
import dev.tidegate.gateway.store.SqlConditions;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * An instance of a saga, as the API answers it.
 *
 * @param failure why it could not be folded with its last event
 * @param state of single instances only
 * @param waitingFor in the saga's words
 * @param since when that is so, by the event that said it
 * @param events how many it is folded from
 * @param place those that wait come before all others in a list
 * @param listedSince what they are ordered by
 * @param listedAs tells those of one time apart
 */
@JsonPropertyOrder({"saga", "instance", "status"})
record SagaInstance(
    String saga,
    String instance,
    Status status,
    String tenant,
    String source,
    Optional<String> waitingFor,
    Optional<Instant> since,
    Optional<String> failure,
    Optional<RawJson> state,
    int events,
    Optional<String> lastType,
    Instant createdAt,
    Instant updatedAt,
    @JsonIgnore String place,
    @JsonIgnore Instant listedSince,
    @JsonIgnore UUID listedAs) {
  /** The states of an instance. */
  enum Status {
    ACTIVE,
    COMPLETED,
    CANCELLED,
    FAILED
  }

  /** Which instances a list has. */
  record Filter(Optional<String> saga, Optional<Status> status, Optional<String> source) {}

  /**
   * All that is known of an instance. What is listed is bounded: the last events, and the last
   * effects.
   */
  record Detail(
      @JsonUnwrapped SagaInstance row,
      List<FoldedEvent> foldedEvents,
      List<Effect> effects,
      List<Deadline> deadlines) {}

  /** An event of the fold. */
  @JsonPropertyOrder("eventId")
  record FoldedEvent(
      @JsonIgnore String tenant,
      @JsonIgnore String source,
      String notificationId,
      String eventType,
      Instant time) {
    /** As the event's other addresses name it. */
    @JsonProperty
    EventReference eventId() {
      return new EventReference(tenant, EventId.of(tenant, source, notificationId));
    }
  }

  /**
   * An effect of the fold.
   *
   * @param outcome what became of it: a task's status; else WAITING, REFUSED or PUBLISHED. Empty
   *     where nothing was handed over
   */
  record Effect(
      String key,
      UUID effectId,
      String kind,
      String type,
      String status,
      Optional<String> outcome,
      Instant createdAt,
      Instant updatedAt) {}

  /** A time that the instance wants to be told of. */
  record Deadline(String deadline, Instant dueAt, Optional<Instant> emittedAt) {}

  private static final int MOST = 1_000;

  private static final String SELECT =
      """
      SELECT saga, instance, status, tenant, source, waiting_for, since, failure, %s AS state,
        events, last_type, created_at, updated_at, place, listed_since, listed_as
      FROM (
        SELECT *, tenant_id AS tenant,
          CASE WHEN status = 'ACTIVE' AND waiting_for IS NOT NULL THEN '0' ELSE '1' END AS place,
          coalesce(since, created_at) AS listed_since,
          md5(concat_ws(E'\\n', tenant_id, source, saga, instance))::uuid AS listed_as
        FROM saga_instances) AS instances
      """;

  private static final Keyset<SagaInstance> ORDER =
      new Keyset<SagaInstance>(
              "sagas",
              row -> List.of(row.place, row.listedSince, row.listedAs),
              "place text",
              "listed_since timestamptz",
              "listed_as uuid")
          .ascending();

  private static final String EVENTS =
      """
      SELECT tenant_id AS tenant, source, notification_id, event_type, version_time(version) AS time
      FROM (SELECT * FROM saga_events WHERE %%s ORDER BY version DESC LIMIT %d) AS last_events
      ORDER BY version
      """
          .formatted(MOST);

  private static final String EFFECTS =
      """
      SELECT effect_key AS "key", effect_id, kind, effect_type AS "type", status,
        CASE
          WHEN status = 'SUPPRESSED' THEN NULL
          WHEN kind = 'TASK' THEN (
            SELECT t.status FROM tasks t
            WHERE t.tenant_id = caused.tenant_id AND t.task_id = caused.effect_id)
          WHEN status = 'CANCELLED' THEN NULL
          ELSE coalesce((
            SELECT CASE WHEN o.refused_at IS NULL THEN 'WAITING' ELSE 'REFUSED' END FROM outbox o
            WHERE o.event_id = caused.effect_id AND o.tenant_id = caused.tenant_id
            LIMIT 1), 'PUBLISHED')
        END AS outcome,
        created_at, updated_at
      FROM (
        SELECT * FROM effects
        WHERE tenant_id = :tenant AND source = :source AND cause = :instance AND handler = :handler
        ORDER BY created_at DESC, effect_key LIMIT %d) AS caused
      ORDER BY created_at, effect_key
      """
          .formatted(MOST);

  private static final String DEADLINES =
      """
      SELECT deadline, due_at, emitted_at FROM saga_deadlines
      WHERE %%s ORDER BY due_at DESC, deadline LIMIT %d
      """
          .formatted(MOST);

  /** A page of the instances of {@code scope}: those that have waited longest first. */
  static Page<SagaInstance> list(
      Handle handle, TenantScope scope, Filter filter, PageRequest page) {
    SqlConditions where =
        scope
            .where()
            .add("saga = ?", filter.saga())
            .add("status = ?", filter.status())
            .add("source = ?", filter.source());
    return ORDER.read(handle, SELECT.formatted("NULL::jsonb"), where, page, SagaInstance.class);
  }

  /**
   * The one instance of that name.
   *
   * @param source where several sources have such a saga
   * @throws ProblemException {@code NOT_FOUND} where {@code scope} has none, {@code
   *     INVALID_REQUEST} where it has several
   */
  static SagaInstance find(
      Handle handle, TenantScope scope, Optional<String> source, String saga, String instance) {
    if (!Event.isName(saga) || !Event.isName(instance)) {
      throw notFound();
    }
    SqlConditions where =
        scope.where().add("saga = ?", saga).add("instance = ?", instance).add("source = ?", source);
    List<SagaInstance> found =
        where
            .bindTo(
                handle.createQuery(
                    "%s WHERE %s LIMIT 2".formatted(SELECT.formatted("state"), where.text())))
            .mapTo(SagaInstance.class)
            .list();
    if (found.isEmpty()) {
      throw notFound();
    }
    if (found.size() > 1) {
      boolean isOneTenants = found.get(0).tenant.equals(found.get(1).tenant);
      throw Problem.invalid(
          isOneTenants ? "source" : "tenant", "Name one: several have this instance.");
    }
    return found.get(0);
  }

  private static ProblemException notFound() {
    return Problem.of(ProblemType.NOT_FOUND, "This tenant has no such instance.").asException();
  }

  /** All that is known of it. */
  Detail detail(Handle handle) {
    SqlConditions events = where();
    SqlConditions deadlines = where();
    return new Detail(
        this,
        events
            .bindTo(handle.createQuery(EVENTS.formatted(events.text())))
            .mapTo(FoldedEvent.class)
            .list(),
        handle
            .createQuery(EFFECTS)
            .bind("tenant", tenant)
            .bind("source", source)
            .bind("instance", instance)
            .bind("handler", EventId.ofSaga(saga))
            .mapTo(Effect.class)
            .list(),
        deadlines
            .bindTo(handle.createQuery(DEADLINES.formatted(deadlines.text())))
            .mapTo(Deadline.class)
            .list());
  }

  private SqlConditions where() {
    return new TenantScope(Optional.of(tenant))
        .where()
        .add("source = ?", source)
        .add("saga = ?", saga)
        .add("instance = ?", instance);
  }
}
