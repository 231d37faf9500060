package dev.tidegate.gateway.store;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/**
 * What came from a source in the last 24 hours.
 *
 * @param lastEventAt when its newest event was processed, however long ago
 */
public record SourceFigures(
    long events, long deadLetters, List<TypeCount> types, Optional<Instant> lastEventAt) {
  private static final int MOST_SOURCES = 500;

  /** Of a source that nothing came from. */
  public static final SourceFigures NONE = new SourceFigures(0, 0, List.of(), Optional.empty());

  /** How many events were of a type, which is empty where no handler knows it. */
  public record TypeCount(Optional<String> eventType, long events, long deadLetters) {}

  private static final String TYPES =
      """
      SELECT source, nullif(event_type, '') AS event_type, sum(events) AS events,
        coalesce(sum(events) FILTER (WHERE status = 'DEAD_LETTER'), 0) AS dead_letters
      FROM %s GROUP BY source, event_type ORDER BY source, events DESC, event_type
      """;

  /** When the newest event of a source was processed: by the newest of each type. */
  private static final String NEWEST =
      """
      WITH RECURSIVE names AS (
        (SELECT event_type, status FROM events WHERE tenant_id = :tenant AND source = :source
         ORDER BY event_type, status LIMIT 1)
        UNION ALL
        SELECT after.event_type, after.status FROM names CROSS JOIN LATERAL (
          SELECT event_type, status FROM events
          WHERE tenant_id = :tenant AND source = :source
            AND (event_type, status) > (names.event_type, names.status)
          ORDER BY event_type, status LIMIT 1) after)
      SELECT max(processed_at) FROM (
        SELECT newest.processed_at FROM (SELECT event_type, status FROM names LIMIT 1000) known
        CROSS JOIN LATERAL (
          SELECT processed_at FROM events
          WHERE tenant_id = :tenant AND source = :source AND event_type = known.event_type
            AND status = known.status
          ORDER BY processed_at DESC LIMIT 1) newest
        UNION ALL
        SELECT newest.processed_at
        FROM unnest(ARRAY['PROCESSED', 'UNHANDLED', 'DEAD_LETTER']) AS known (status)
        CROSS JOIN LATERAL (
          SELECT processed_at FROM events
          WHERE tenant_id = :tenant AND source = :source AND event_type IS NULL
            AND status = known.status
          ORDER BY processed_at DESC LIMIT 1) newest) each
      """;

  /** The figures of each source of {@code scope} that the ledger knows, by its name. */
  public static Map<String, SourceFigures> bySource(Handle handle, TenantScope scope) {
    Instant now = Instant.now();
    Map<String, List<Charts.TypeCount>> types = new TreeMap<>();
    Rollups.byTheHour(
            handle, scope, Optional.empty(), Optional.empty(), now.minus(Duration.ofDays(1)), now)
        .read(handle, TYPES, Charts.TypeCount.class)
        .forEach(type -> types.computeIfAbsent(type.source(), name -> new ArrayList<>()).add(type));
    Map<String, Instant> newest = new TreeMap<>();
    for (String tenant : LedgerNames.tenants(handle, scope, MOST_SOURCES)) {
      for (String source : LedgerNames.sources(handle, tenant, MOST_SOURCES)) {
        newest(handle, tenant, source)
            .ifPresent(
                at -> newest.merge(source, at, (one, other) -> one.isAfter(other) ? one : other));
        types.computeIfAbsent(source, name -> new ArrayList<>());
      }
    }
    Map<String, SourceFigures> figures = new TreeMap<>();
    types.forEach(
        (source, counts) ->
            figures.put(
                source,
                new SourceFigures(
                    counts.stream().mapToLong(Charts.TypeCount::events).sum(),
                    counts.stream().mapToLong(Charts.TypeCount::deadLetters).sum(),
                    counts.stream()
                        .map(
                            type ->
                                new TypeCount(type.eventType(), type.events(), type.deadLetters()))
                        .toList(),
                    Optional.ofNullable(newest.get(source)))));
    return figures;
  }

  private static Optional<Instant> newest(Handle handle, String tenant, String source) {
    return handle
        .createQuery(NEWEST)
        .bind("tenant", tenant)
        .bind("source", source)
        .mapTo(Instant.class)
        .findOne();
  }
}
