package dev.tidegate.gateway.store;

import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import java.util.List;
import java.util.Optional;

/**
 * The tenants whose data a request may see and change. Every query of tenants' rows begins with
 * {@link #where}: this is the wall between tenants.
 *
 * @param tenant the one tenant; empty for every tenant
 */
public record TenantScope(Optional<String> tenant) {
  /**
   * The value of a column {@code tenant_id} for rows that concern several tenants: no tenant's
   * name.
   */
  public static final String SEVERAL = "";

  /**
   * The caller's tenant; for those who span tenants, the one that they name, or all.
   *
   * @param named the parameter {@code tenant}
   * @throws dev.tidegate.gateway.http.ProblemException {@code FORBIDDEN} where anyone else names
   *     another tenant
   */
  public static TenantScope of(Caller caller, Optional<String> named) {
    if (caller.spansTenants()) {
      return new TenantScope(named);
    }
    if (named.isPresent() && !named.get().equals(caller.tenant())) {
      throw foreign("tenant");
    }
    return new TenantScope(Optional.of(caller.tenant()));
  }

  /** The answer to those who name a tenant that is not theirs. */
  public static RuntimeException foreign(String pointer) {
    return Problem.of(ProblemType.FORBIDDEN, "Only platform operators may name another tenant.")
        .withErrors(List.of(new Problem.Error(pointer, "Leave it out, or name your own tenant.")))
        .asException();
  }

  /** The conditions of a query of a table with {@code tenant_id}. */
  public SqlConditions where() {
    return new SqlConditions().add("tenant_id = ?", tenant);
  }

  /** The tenant; {@link #SEVERAL} for every tenant. */
  public String owner() {
    return tenant.orElse(SEVERAL);
  }
}
