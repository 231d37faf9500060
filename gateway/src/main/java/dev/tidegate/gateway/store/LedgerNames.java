package dev.tidegate.gateway.store;

import java.util.List;
import org.jdbi.v3.core.Handle;

/**
 * Which tenants, sources and types the ledger has. Each is found by one step in an index, so the
 * cost follows the number of names, and not that of events.
 */
final class LedgerNames {
  private LedgerNames() {}

  /** A source of a tenant. */
  record Source(String tenant, String source) {}

  private static final String TENANTS =
      """
      WITH RECURSIVE names AS (
        (SELECT tenant_id FROM events WHERE tenant_id > ? ORDER BY tenant_id LIMIT 1)
        UNION ALL
        SELECT after.tenant_id FROM names CROSS JOIN LATERAL (
          SELECT tenant_id FROM events WHERE tenant_id > names.tenant_id
          ORDER BY tenant_id LIMIT 1) after)
      SELECT tenant_id FROM names LIMIT ?
      """;

  private static final String SOURCES =
      """
      WITH RECURSIVE names AS (
        (SELECT source FROM events WHERE tenant_id = ? ORDER BY source LIMIT 1)
        UNION ALL
        SELECT after.source FROM names CROSS JOIN LATERAL (
          SELECT source FROM events WHERE tenant_id = ? AND source > names.source
          ORDER BY source LIMIT 1) after)
      SELECT source FROM names LIMIT ?
      """;

  private static final String TYPES =
      """
      WITH RECURSIVE names AS (
        (SELECT event_type FROM events
         WHERE tenant_id = ? AND source = ? AND event_type IS NOT NULL
         ORDER BY event_type LIMIT 1)
        UNION ALL
        SELECT after.event_type FROM names CROSS JOIN LATERAL (
          SELECT event_type FROM events
          WHERE tenant_id = ? AND source = ? AND event_type > names.event_type
          ORDER BY event_type LIMIT 1) after)
      SELECT event_type FROM names LIMIT ?
      """;

  /** The tenants after {@code after}, in their order. */
  static List<String> tenants(Handle handle, String after, int most) {
    return handle.createQuery(TENANTS).bind(0, after).bind(1, most).mapTo(String.class).list();
  }

  /** The tenants of {@code scope}. */
  static List<String> tenants(Handle handle, TenantScope scope, int most) {
    return scope.tenant().map(List::of).orElseGet(() -> tenants(handle, "", most));
  }

  /** The sources of a tenant. */
  static List<String> sources(Handle handle, String tenant, int most) {
    return handle
        .createQuery(SOURCES)
        .bind(0, tenant)
        .bind(1, tenant)
        .bind(2, most)
        .mapTo(String.class)
        .list();
  }

  /** The types of a source, without that of events that have none. */
  static List<String> types(Handle handle, Source source, int most) {
    return handle
        .createQuery(TYPES)
        .bind(0, source.tenant())
        .bind(1, source.source())
        .bind(2, source.tenant())
        .bind(3, source.source())
        .bind(4, most)
        .mapTo(String.class)
        .list();
  }
}
