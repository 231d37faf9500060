package dev.tidegate.transforms;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.StorableText;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts events of tenants that are not taken, and tells of them in this worker's log: at most one
 * line a minute for each tenant. A publisher can make up tenants, so the lines of one minute are
 * bounded too.
 */
final class TenantMismatches {
  private static final Logger LOG = LoggerFactory.getLogger(TenantMismatches.class);

  private static final long WINDOW_NANOS = Duration.ofMinutes(1).toNanos();

  /** Tenants that are named within a minute. */
  static final int MAX_TENANTS = 100;

  private static final TenantMismatches OF_WORKER = new TenantMismatches();

  /** When a tenant was named last, in nanoseconds; never more than {@link #MAX_TENANTS} of them. */
  private final Map<String, Long> named = new HashMap<>();

  /** Counts {@code event}, and logs its tenant where that is due. */
  static void count(RawEvent event) {
    PipelineMetrics.EVENTS_TENANT_MISMATCHED.inc();
    if (OF_WORKER.isDue(event.tenantId(), System.nanoTime())) {
      LOG.error(
          "events of the tenant {} become dead letters (TENANT_MISMATCH): the list of tenants of the"
              + " pipeline (--tenants) or of the source {} does not name it",
          StorableText.of(event.tenantId()),
          StorableText.of(event.source()));
    }
  }

  synchronized boolean isDue(String tenant, long now) {
    named.values().removeIf(last -> now - last >= WINDOW_NANOS);
    return named.size() < MAX_TENANTS && named.putIfAbsent(tenant, now) == null;
  }
}
