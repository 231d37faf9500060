package dev.tidegate.gateway.replay;

import dev.tidegate.gateway.api.Call;
import dev.tidegate.gateway.api.TenantQuery;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.RawEvent;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.ResultIterator;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatements;

/**
 * The events that a replay takes: what the filter selects, within what the requester may see.
 *
 * @param tenants the tenants that the requester may replay; empty for all
 * @param asked when the replay was asked for: later events are not part of it, or it might never
 *     end
 */
record ReplaySelection(
    ReplayOrigin origin, ReplayFilter filter, Optional<List<String>> tenants, Instant asked) {
  /** Bodies may be large: a batch has no further event beyond so many bytes. */
  private static final long MOST_BYTES = 8L << 20;

  private static final int FETCH_SIZE = 10;

  private static final String SELECTED =
      """
      FROM (%s) selected
      WHERE (:scope::text[] IS NULL OR tenant_id = ANY (:scope))
        AND (:tenants::text[] = '{}' OR tenant_id = ANY (:tenants))
        AND (:sources::text[] = '{}' OR source = ANY (:sources))
        AND (:eventTypes::text[] = '{}' OR event_type = ANY (:eventTypes))
        AND (:notificationIds::text[] = '{}' OR notification_id = ANY (:notificationIds))
        AND (:since::timestamptz IS NULL OR selected_at >= :since)
        AND (:until::timestamptz IS NULL OR selected_at < :until)
      """;

  /**
   * An event and the key of its row.
   *
   * @param key the values of {@link ReplayOrigin#key}
   */
  record Entry(List<String> key, RawEvent event) {}

  /**
   * How many events there are of a kind.
   *
   * @param dimension what they are counted by: {@code all}, {@code type}, {@code tenant} or {@code
   *     errorClass}
   */
  record Count(
      String dimension,
      Optional<String> tenant,
      Optional<String> source,
      Optional<String> eventType,
      Optional<String> errorClass,
      long events) {}

  /**
   * The tenants that the caller may replay; empty for all.
   *
   * @throws dev.tidegate.gateway.http.ProblemException where the filter does not go with {@code
   *     origin}, or names a tenant that is not the caller's
   */
  static Optional<List<String>> scopeOf(
      Call call, TenantQuery query, ReplayOrigin origin, ReplayFilter filter) {
    List<Problem.Error> mistakes = filter.mistakes(origin);
    if (!mistakes.isEmpty()) {
      throw Problem.of(ProblemType.INVALID_REQUEST, "Correct what errors names.")
          .withErrors(mistakes)
          .asException();
    }
    Optional<List<String>> scope = call.scope(query).tenant().map(List::of);
    if (scope.isPresent() && !scope.get().containsAll(filter.tenants())) {
      throw TenantScope.foreign("/filter/tenants");
    }
    return scope;
  }

  /** Whose events they are; {@link TenantScope#SEVERAL} for several tenants'. */
  String owner() {
    List<String> all = tenants.orElse(filter.tenants());
    return all.size() == 1 ? all.get(0) : TenantScope.SEVERAL;
  }

  /** How many events there are. */
  long count(Handle handle, EventToken tokens) {
    return query(handle, tokens, "SELECT count(*) " + SELECTED.formatted(origin.rows()))
        .mapTo(long.class)
        .one();
  }

  /** How many events there are, and no more than {@code most}. */
  long count(Handle handle, EventToken tokens, long most) {
    return query(
            handle,
            tokens,
            "SELECT count(*) FROM (SELECT %s LIMIT :most) AS chosen"
                .formatted(SELECTED.formatted(origin.rows())))
        .bind("most", most)
        .mapTo(long.class)
        .one();
  }

  /**
   * How many of the first {@code most} events there are of each kind, the most frequent kinds
   * first.
   *
   * @param kinds how many kinds of each dimension are told at most
   */
  List<Count> counts(Handle handle, EventToken tokens, long most, int kinds) {
    return query(
            handle,
            tokens,
            """
            WITH chosen AS MATERIALIZED (
              SELECT tenant_id, source, event_type, error_class %s LIMIT :most),
            counted AS (
              SELECT CASE GROUPING(tenant_id, source, event_type, error_class)
                  WHEN 15 THEN 'all' WHEN 9 THEN 'type' WHEN 7 THEN 'tenant'
                  ELSE 'errorClass' END AS dimension,
                tenant_id AS tenant, source, event_type, error_class, count(*) AS events
              FROM chosen
              GROUP BY GROUPING SETS ((), (source, event_type), (tenant_id), (error_class))),
            ranked AS (
              SELECT *, row_number() OVER (
                PARTITION BY dimension ORDER BY events DESC, tenant, source, event_type,
                  error_class) AS rank
              FROM counted WHERE dimension <> 'errorClass' OR error_class IS NOT NULL)
            SELECT * FROM ranked WHERE rank <= :kinds ORDER BY dimension, rank
            """
                .formatted(SELECTED.formatted(origin.rows())))
        .bind("most", most)
        .bind("kinds", kinds)
        .mapTo(Count.class)
        .list();
  }

  /** How many effects these events are known to have caused. */
  long countEffects(Handle handle, EventToken tokens) {
    return query(
            handle,
            tokens,
            "SELECT count(*) FROM effects WHERE (tenant_id, source, cause) IN"
                + " (SELECT tenant_id, source, notification_id %s)"
                    .formatted(SELECTED.formatted(origin.rows())))
        .mapTo(long.class)
        .one();
  }

  /**
   * The next events in the order of the replay; none at its end.
   *
   * @param after the key of the last row that is done; null at the start
   */
  List<Entry> read(Handle handle, EventToken tokens, @Nullable List<String> after, int most) {
    String key = origin.key();
    String later =
        after == null
            ? ""
            : IntStream.range(0, after.size())
                .mapToObj(":after%d"::formatted)
                .collect(Collectors.joining(", ", "AND (%s) > (".formatted(key), ")"));
    Query query =
        query(
                handle,
                tokens,
                "SELECT * %s %s ORDER BY %s LIMIT :most"
                    .formatted(SELECTED.formatted(origin.rows()), later, key))
            .bind("most", most)
            .setFetchSize(FETCH_SIZE);
    for (int i = 0; after != null && i < after.size(); i++) {
      query.bind("after" + i, after.get(i));
    }
    List<Entry> entries = new ArrayList<>();
    long bytes = 0;
    try (ResultIterator<Entry> rows = query.map((row, context) -> entryOf(row)).iterator()) {
      while (bytes < MOST_BYTES && rows.hasNext()) {
        Entry entry = rows.next();
        bytes += entry.event().body().length;
        entries.add(entry);
      }
    }
    return entries;
  }

  private Entry entryOf(ResultSet row) throws SQLException {
    List<String> key = new ArrayList<>();
    for (String column : origin.key().split(", ")) {
      key.add(row.getString(column));
    }
    return new Entry(key, origin.eventOf(row));
  }

  private Query query(Handle handle, EventToken tokens, String sql) {
    return ReplayTable.bindTexts(handle.createQuery(sql), "scope", tenants.orElse(null))
        // Each origin names those that it knows.
        .configure(SqlStatements.class, binding -> binding.setUnusedBindingAllowed(true))
        .bind("asked", asked.atOffset(ZoneOffset.UTC))
        .bindArray(
            "errorClasses", String.class, filter.errorClasses().stream().map(Enum::name).toList())
        .bindArray(
            "eventIds",
            UUID.class,
            filter.eventIds().stream().flatMap(id -> tokens.unproved(id).stream()).toList())
        .bindMethods(filter);
  }
}
