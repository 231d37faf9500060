package dev.tidegate.gateway.api;

import java.util.Optional;

/** The parameters of a query: every route takes {@code tenant}, and some take nothing else. */
public interface TenantQuery {
  /** For those who span tenants, the one tenant that they mean. */
  Optional<String> tenant();

  /** Where there are no others. */
  record Only(Optional<String> tenant) implements TenantQuery {}
}
