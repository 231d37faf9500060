package dev.tidegate.transforms.postgresql;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.EffectEvents;
import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.postgresql.EventWriter.Entry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Issues effects in the transaction of their cause: remembers each in {@code effects}, and hands
 * those that were not known there over to {@code outbox}, {@code tasks} or {@code notices}. A
 * notice is published too, as an event of the type {@value EffectEvents#NOTICE_CREATED}.
 *
 * <p>Of two bodies under one notification ID the first to be committed has the effects.
 */
final class EffectStatement {
  /** Rows are locked in the order of their keys, so writers that meet never wait in a circle. */
  private static final String OFFERED =
      """
      WITH offered AS MATERIALIZED (
        SELECT * FROM unnest(
          ?::text[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
          ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
          ?::text[], ?::text[], ?::text[], ?::text[])
        WITH ORDINALITY AS new (
          tenant_id, effect_id, source, cause, handler, effect_key, kind, effect_type, status,
          compensation, aggregate, payload, recipient, priority, due_at, depth, event_source,
          event_type, attributes, body, number))
      """;

  private static final String SQL =
      OFFERED
          + """
      ,
      issued AS (
        INSERT INTO effects AS old (
          tenant_id, effect_id, source, cause, handler, effect_key, kind, effect_type, status,
          compensation)
        SELECT
          tenant_id, effect_id, source, cause, handler, effect_key, kind, effect_type,
          coalesce(status, 'ISSUED'), compensation::jsonb
        FROM offered ORDER BY tenant_id, effect_id
        ON CONFLICT (tenant_id, source, cause, effect_id) DO %s
        RETURNING tenant_id, effect_id),
      new_tasks AS (
        INSERT INTO tasks AS old (
          tenant_id, task_id, kind, priority, due_at, aggregate, payload, source, cause, handler,
          effect_key, depth, as_of)
        SELECT
          tenant_id, effect_id, effect_type, coalesce(priority::smallint, 5), due_at::timestamptz,
          aggregate, payload::jsonb, source, cause, handler, effect_key,
          coalesce(depth::smallint, 1), (attributes::jsonb ->> 'ce-time')::timestamptz
        FROM offered JOIN issued USING (tenant_id, effect_id)
        WHERE kind = 'TASK' AND status IS NULL
        ON CONFLICT (tenant_id, task_id) DO UPDATE SET
          kind = EXCLUDED.kind, priority = EXCLUDED.priority, due_at = EXCLUDED.due_at,
          aggregate = EXCLUDED.aggregate, payload = EXCLUDED.payload, depth = EXCLUDED.depth,
          as_of = EXCLUDED.as_of, status = 'OPEN', claimed_by = NULL, leased_until = NULL, not_before = NULL, result = NULL,
          failure = NULL, updated_at = now(), finished_at = NULL),
      new_notices AS (
        INSERT INTO notices (tenant_id, notice_id, template, recipient, payload, source, cause)
        SELECT tenant_id, effect_id, effect_type, recipient, payload::jsonb, source, cause
        FROM offered JOIN issued USING (tenant_id, effect_id)
        WHERE kind = 'NOTICE' AND status IS NULL
        ON CONFLICT (tenant_id, notice_id) DO NOTHING)
      INSERT INTO outbox (
        tenant_id, event_id, source, event_type, aggregate, attributes, payload)
      SELECT
        tenant_id, effect_id, coalesce(event_source, source), coalesce(event_type, effect_type),
        aggregate, attributes::jsonb, coalesce(body, payload)
      FROM offered JOIN issued USING (tenant_id, effect_id)
      WHERE kind <> 'TASK' AND status IS NULL
      ORDER BY number
      """;

  private static final String ISSUE = SQL.formatted("NOTHING");

  private static final String ISSUE_AGAIN =
      SQL.formatted(
          """
          UPDATE SET
            kind = EXCLUDED.kind, effect_type = EXCLUDED.effect_type, status = EXCLUDED.status,
            compensation = EXCLUDED.compensation, updated_at = now()""");

  /** A worker may have read a task's payload already: the task stays what the fold says. */
  private static final String REFRESH =
      OFFERED
          + """
      ,
      refreshed_tasks AS (
        UPDATE tasks old SET
          kind = effect_type, priority = coalesce(new.priority::smallint, 5),
          due_at = new.due_at::timestamptz, aggregate = new.aggregate,
          payload = new.payload::jsonb, depth = coalesce(new.depth::smallint, 1),
          as_of = (new.attributes::jsonb ->> 'ce-time')::timestamptz, updated_at = now()
        FROM offered new
        WHERE old.tenant_id = new.tenant_id AND old.task_id = new.effect_id
          AND old.status IN ('OPEN', 'CLAIMED')
          AND (old.kind, old.priority, old.due_at, old.aggregate, old.payload, old.depth, old.as_of)
            IS DISTINCT FROM (
              effect_type, coalesce(new.priority::smallint, 5), new.due_at::timestamptz,
              new.aggregate, new.payload::jsonb, coalesce(new.depth::smallint, 1),
              (new.attributes::jsonb ->> 'ce-time')::timestamptz)
        RETURNING new.tenant_id, new.effect_id),
      refreshed_events AS (
        UPDATE outbox old SET
          source = coalesce(event_source, new.source),
          event_type = coalesce(new.event_type, effect_type), aggregate = new.aggregate,
          attributes = new.attributes::jsonb, payload = coalesce(body, new.payload)
        FROM offered new
        WHERE old.tenant_id = new.tenant_id AND old.event_id = new.effect_id
          AND (old.source, old.event_type, old.aggregate, old.attributes, old.payload)
            IS DISTINCT FROM (
              coalesce(event_source, new.source), coalesce(new.event_type, effect_type),
              new.aggregate, new.attributes::jsonb, coalesce(body, new.payload))
        RETURNING new.tenant_id, new.effect_id),
      refreshed_notices AS (
        UPDATE notices old SET
          template = effect_type, recipient = new.recipient, payload = new.payload::jsonb
        FROM offered new JOIN refreshed_events USING (tenant_id, effect_id)
        WHERE old.tenant_id = new.tenant_id AND old.notice_id = new.effect_id),
      refreshed AS (SELECT * FROM refreshed_tasks UNION SELECT * FROM refreshed_events)
      UPDATE effects old SET
        effect_type =
          CASE WHEN refreshed.effect_id IS NULL THEN old.effect_type ELSE new.effect_type END,
        compensation = new.compensation::jsonb, updated_at = now()
      FROM offered new LEFT JOIN refreshed USING (tenant_id, effect_id)
      WHERE old.tenant_id = new.tenant_id AND old.source = new.source
        AND old.cause = new.cause AND old.effect_id = new.effect_id
        AND (refreshed.effect_id IS NOT NULL
          OR old.compensation IS DISTINCT FROM new.compensation::jsonb)
      """;

  private EffectStatement() {}

  /**
   * An effect, and what it follows from.
   *
   * @param source the cause's
   * @param cause the cause's notification ID; or the instance of a saga
   * @param handler the event type, or what {@link EventId#ofSaga} gives
   * @param effect what is to be issued; its key is not empty
   * @param causationId the event in the ledger that has brought it about
   * @param depth how many events have caused one another before it
   * @param asOf when the cause was true
   * @param mode what may be issued
   */
  record Issue(
      String tenantId,
      String source,
      String cause,
      String handler,
      Effect effect,
      UUID causationId,
      int depth,
      Instant asOf,
      EffectMode mode) {
    UUID id() {
      return EventId.ofEffect(tenantId, source, cause, handler, effect.key());
    }

    private String aggregate() {
      return effect.aggregate().orElse(cause);
    }

    private boolean isNotice() {
      return effect.kind() == Effect.Kind.NOTICE;
    }

    /** The attributes of the message, beside those that every message of the relay has. */
    private String attributes() {
      ObjectNode attributes = Json.mapper().createObjectNode();
      attributes.put(EventAttributes.CAUSATION_ID.attribute(), causationId.toString());
      attributes.put(EventAttributes.CAUSATION_DEPTH.attribute(), Integer.toString(depth));
      if (!asOf.equals(Version.UNKNOWN_TIME)) {
        attributes.put(EventAttributes.CLOUD_EVENTS_TIME, asOf.toString());
      }
      return Json.write(attributes);
    }

    /** The body of the event that tells of a notice; null where the payload is the body. */
    private String body() {
      if (!isNotice()) {
        return null;
      }
      ObjectNode body = Json.mapper().createObjectNode();
      body.put("notice_id", id().toString());
      body.put("template", effect.type());
      body.put("recipient", effect.recipient().orElse(null));
      body.set("payload", effect.payload());
      return Json.write(body);
    }
  }

  /** Issues the effects of {@code batch}'s events. */
  static void execute(Connection connection, List<Entry> batch) throws SQLException {
    List<Issue> issues = new ArrayList<>();
    for (Entry entry : batch) {
      if (entry.transformed().effects().isEmpty()) {
        continue;
      }
      Event event = entry.event();
      UUID causationId = EventId.of(event.tenantId(), event.raw().source(), event.notificationId());
      for (Effect effect : entry.transformed().effects()) {
        issues.add(
            new Issue(
                event.tenantId(),
                event.raw().source(),
                event.notificationId(),
                event.eventType(),
                effect,
                causationId,
                event.raw().causationDepth() + 1,
                event.asOf(),
                EffectMode.of(event.raw())));
      }
    }
    issue(connection, issues);
  }

  /** Issues {@code issues}, each once. */
  static void issue(Connection connection, List<Issue> issues) throws SQLException {
    Map<UUID, Issue> once = new LinkedHashMap<>();
    Map<UUID, Issue> again = new LinkedHashMap<>();
    for (Issue issue : issues) {
      (issue.mode() == EffectMode.ALL ? again : once).putIfAbsent(issue.id(), issue);
    }
    again.keySet().forEach(once::remove);
    execute(connection, ISSUE, once);
    execute(connection, ISSUE_AGAIN, again);
  }

  /**
   * Has effects that were issued before, and are not done yet, say what {@code issues} say. What is
   * done stays as it was done.
   */
  static void refresh(Connection connection, List<Issue> issues) throws SQLException {
    Map<UUID, Issue> byId = new LinkedHashMap<>();
    issues.forEach(issue -> byId.put(issue.id(), issue));
    execute(connection, REFRESH, byId);
  }

  private static void execute(Connection connection, String sql, Map<UUID, Issue> byId)
      throws SQLException {
    if (byId.isEmpty()) {
      return;
    }
    List<UUID> ids = List.copyOf(byId.keySet());
    List<Issue> issues = List.copyOf(byId.values());
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      BatchParameters batch = new BatchParameters(statement, issues.size());
      batch.texts(i -> issues.get(i).tenantId());
      batch.uuids(ids::get);
      batch.texts(i -> issues.get(i).source());
      batch.texts(i -> issues.get(i).cause());
      batch.texts(i -> issues.get(i).handler());
      batch.texts(i -> issues.get(i).effect().key());
      batch.texts(i -> issues.get(i).effect().kind().name());
      batch.texts(i -> issues.get(i).effect().type());
      batch.texts(i -> issues.get(i).mode() == EffectMode.NONE ? "SUPPRESSED" : null);
      batch.texts(
          i ->
              issues
                  .get(i)
                  .effect()
                  .compensation()
                  .map(Effect::toJson)
                  .map(Json::write)
                  .orElse(null));
      batch.texts(i -> issues.get(i).aggregate());
      batch.texts(i -> issues.get(i).effect().payloadText());
      batch.texts(i -> issues.get(i).effect().recipient().orElse(null));
      batch.texts(
          i ->
              issues.get(i).effect().priority() == Effect.STANDARD_PRIORITY
                  ? null
                  : Integer.toString(issues.get(i).effect().priority()));
      batch.texts(i -> issues.get(i).effect().dueAt().map(Instant::toString).orElse(null));
      batch.texts(i -> issues.get(i).depth() == 1 ? null : Integer.toString(issues.get(i).depth()));
      batch.texts(i -> issues.get(i).effect().source().orElse(null));
      batch.texts(i -> issues.get(i).isNotice() ? EffectEvents.NOTICE_CREATED : null);
      batch.texts(i -> issues.get(i).attributes());
      batch.texts(i -> issues.get(i).body());
      statement.executeUpdate();
    }
  }
}
