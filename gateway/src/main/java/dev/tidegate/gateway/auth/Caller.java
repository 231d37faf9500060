package dev.tidegate.gateway.auth;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Who calls, as a token, a key or a session has proved.
 *
 * @param tenant whose events it sends and sees
 * @param subject which user or service of the tenant it is; what an event's {@code subject} becomes
 * @param roles what else it may do
 * @param sources the named sources that it may send events for
 * @param expiresAt until when that is proved; empty for an API key, which is good until it is taken
 *     away
 */
public record Caller(
    String tenant,
    Optional<String> subject,
    Set<Role> roles,
    Set<String> sources,
    Optional<Instant> expiresAt) {
  public Caller {
    roles = Set.copyOf(roles);
    sources = Set.copyOf(sources);
  }

  /** For as long as nobody takes that back. */
  public Caller(String tenant, Optional<String> subject, Set<Role> roles, Set<String> sources) {
    this(tenant, subject, roles, sources, Optional.empty());
  }

  /** The same, for a time. */
  public Caller until(Instant end) {
    return new Caller(tenant, subject, roles, sources, Optional.of(end));
  }

  /** Whether it may see every event of its tenant, and what became of it. */
  public boolean isViewer() {
    return roles.contains(Role.VIEWER) || isOperator();
  }

  /** Whether it is an operator, of its tenant or of all. */
  public boolean isOperator() {
    return roles.contains(Role.OPERATOR) || spansTenants();
  }

  /** Whether it may see tasks and work them off. */
  public boolean isWorker() {
    return roles.contains(Role.WORKER) || isOperator();
  }

  /** Whether it may see and handle events of every tenant. */
  public boolean spansTenants() {
    return roles.contains(Role.PLATFORM_OPERATOR);
  }
}
