package dev.tidegate.gateway.publish;

import java.util.HashMap;
import java.util.Map;

/** How many bytes each tenant has somewhere. */
final class TenantBytes {
  private final Map<String, Long> byTenant = new HashMap<>();
  private long total;

  /** Adds {@code bytes}, which may be negative, to those of {@code tenant}. */
  synchronized void add(String tenant, long bytes) {
    total += bytes;
    byTenant.merge(tenant, bytes, (old, more) -> old + more == 0 ? null : old + more);
  }

  synchronized long of(String tenant) {
    return byTenant.getOrDefault(tenant, 0L);
  }

  synchronized long total() {
    return total;
  }

  /** How many tenants have any. */
  synchronized int tenants() {
    return byTenant.size();
  }
}
