package dev.tidegate.gateway.operations;

import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import java.util.List;
import java.util.Optional;

/**
 * Whose things a request may see and handle.
 *
 * @param tenant the one tenant; empty for every tenant
 */
public record TenantScope(Optional<String> tenant) {
  /** The parameter by which platform operators choose a tenant. */
  public static final String PARAMETER = "tenant";

  /** What a column {@code tenant_id} holds of what concerns several tenants: no tenant's name. */
  public static final String SEVERAL = "";

  /**
   * The caller's tenant; for those who span tenants, the one that the parameter names, or all.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code FORBIDDEN} where anyone else names
   *     another tenant
   */
  public static TenantScope of(Caller caller, Parameters parameters) {
    Optional<String> named = parameters.name(PARAMETER);
    if (caller.spansTenants()) {
      return new TenantScope(named);
    }
    if (named.isPresent() && !named.get().equals(caller.tenant())) {
      throw foreign(PARAMETER);
    }
    return new TenantScope(Optional.of(caller.tenant()));
  }

  /** The answer to those who name a tenant that is not theirs. */
  public static RuntimeException foreign(String pointer) {
    return Problem.of(ProblemType.FORBIDDEN, "Only platform operators may name another tenant.")
        .withErrors(List.of(new Problem.Error(pointer, "Leave it out, or name your own tenant.")))
        .asException();
  }

  /** Restricts a query to the scope. */
  public void restrict(SqlConditions conditions, String column) {
    tenant.ifPresent(only -> conditions.add(column + " = ?", only));
  }

  /** The tenant; {@link #SEVERAL} for every tenant. */
  public String owner() {
    return tenant.orElse(SEVERAL);
  }
}
