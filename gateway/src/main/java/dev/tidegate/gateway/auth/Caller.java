package dev.tidegate.gateway.auth;

import java.util.Optional;
import java.util.Set;

/**
 * Who calls, as a token or key has proved.
 *
 * @param tenant whose events it sends and sees
 * @param subject which user or service of the tenant it is; what an event's {@code subject} becomes
 * @param roles what else it may do
 * @param sources the named sources that it may send events for
 */
public record Caller(
    String tenant, Optional<String> subject, Set<Role> roles, Set<String> sources) {
  public Caller {
    roles = Set.copyOf(roles);
    sources = Set.copyOf(sources);
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
