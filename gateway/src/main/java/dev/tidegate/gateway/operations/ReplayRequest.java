package dev.tidegate.gateway.operations;

import dev.tidegate.gateway.auth.Caller;
import java.util.List;

/**
 * The body of {@code POST /admin/replays}.
 *
 * @param dryRun whether only to count what it would replay
 */
record ReplayRequest(
    ReplayOrigin origin, ReplayFilter filter, double eventsPerSecond, boolean dryRun) {
  static final double LEAST_RATE = 0.1;
  static final double MOST_RATE = 1_000;

  private static final double STANDARD_RATE = 50;

  static ReplayRequest read(JsonBody body, Caller caller) {
    ReplayOrigin origin =
        body.oneOf("/from", ReplayOrigin.values(), ReplayOrigin::written)
            .orElse(ReplayOrigin.DEAD_LETTERS);
    ReplayFilter filter = ReplayFilter.read(body, origin);
    double rate = body.number("/eventsPerSecond", LEAST_RATE, MOST_RATE).orElse(STANDARD_RATE);
    boolean dryRun = body.flag("/dryRun");
    body.check();
    return new ReplayRequest(origin, within(filter, caller), rate, dryRun);
  }

  /** The filter within what the caller may touch: the wall is part of every query of the replay. */
  private static ReplayFilter within(ReplayFilter filter, Caller caller) {
    if (caller.spansTenants()) {
      return filter;
    }
    List<String> own = List.of(caller.tenant());
    if (!own.containsAll(filter.tenants())) {
      throw TenantScope.foreign("/filter/tenants");
    }
    return filter.ofTenants(own);
  }

  /** Whose replay it is: the one tenant's, or {@link TenantScope#SEVERAL}. */
  String owner() {
    return filter.tenants().size() == 1 ? filter.tenants().get(0) : TenantScope.SEVERAL;
  }
}
