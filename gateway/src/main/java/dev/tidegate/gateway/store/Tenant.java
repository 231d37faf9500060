package dev.tidegate.gateway.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * A tenant that the ledger knows, and its last 24 hours.
 *
 * @param events all events, dead letters and repeats included
 * @param openLetters letters that wait for somebody, up to {@value #MOST_COUNTED}
 * @param sources what its events came from
 * @param lastEventAt when its newest event was processed, however long ago
 */
public record Tenant(
    String tenant,
    long events,
    long deadLetters,
    long openLetters,
    List<String> sources,
    Optional<Instant> lastEventAt) {
  private static final int MOST_COUNTED = 10_000;
  private static final int MOST_SOURCES = 100;

  private static final Keyset<String> ORDER =
      new Keyset<>("tenants", List::<Object>of, "tenant_id text");

  /** What came of a tenant. */
  public record Count(String tenantId, long events, long deadLetters) {}

  private static final String COUNTS =
      """
      SELECT tenant_id, sum(events) AS events,
        coalesce(sum(events) FILTER (WHERE status = 'DEAD_LETTER'), 0) AS dead_letters
      FROM %s GROUP BY tenant_id
      """;

  /** A page of the tenants of {@code scope}, in the order of their names. */
  public static Page<Tenant> list(Handle handle, TenantScope scope, PageRequest request) {
    Instant now = Instant.now();
    Map<String, Count> counts =
        Rollups.byTheHour(
                handle,
                scope,
                Optional.empty(),
                Optional.empty(),
                now.minus(Duration.ofDays(1)),
                now)
            .read(handle, COUNTS, Count.class)
            .stream()
            .collect(Collectors.toMap(Count::tenantId, Function.identity()));
    String after = request.cursor().map(cursor -> ORDER.keyOf(cursor).get(0)).orElse("");
    List<String> names =
        scope.tenant().isPresent()
            ? List.of(scope.tenant().get())
            : LedgerNames.tenants(handle, after, request.limit() + 1);
    Page<String> page = ORDER.page(names, request);
    return new Page<>(
        page.items().stream().map(name -> of(handle, name, counts.get(name))).toList(),
        page.next());
  }

  private static Tenant of(Handle handle, String name, Count count) {
    return new Tenant(
        name,
        count == null ? 0 : count.events(),
        count == null ? 0 : count.deadLetters(),
        handle
            .createQuery(
                """
                SELECT count(*) FROM (SELECT FROM event_dead_letters
                  WHERE tenant_id = ? AND status = 'OPEN' LIMIT %d) letters
                """
                    .formatted(MOST_COUNTED))
            .bind(0, name)
            .mapTo(Long.class)
            .one(),
        LedgerNames.sources(handle, name, MOST_SOURCES),
        handle
            .createQuery(
                """
                SELECT max(newest.processed_at)
                FROM unnest(ARRAY['PROCESSED', 'UNHANDLED', 'DEAD_LETTER']) AS each (status)
                CROSS JOIN LATERAL (
                  SELECT processed_at FROM events
                  WHERE tenant_id = ? AND status = each.status
                  ORDER BY processed_at DESC LIMIT 1) newest
                """)
            .bind(0, name)
            .mapTo(Instant.class)
            .findOne());
  }
}
