package dev.tidegate.gateway;

import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.observe.HealthCheck;
import dev.tidegate.schemas.DryRun;
import dev.tidegate.schemas.EventPreview;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a process gives its gateway in addition to the configuration.
 *
 * @param routes beside its own
 * @param checks what must work, besides Pub/Sub and the database, before the gateway is ready
 * @param preview the handlers, where the process has them
 * @param dryRun the same for dry runs of many events
 * @param counters the pipeline's counters by their names, such as {@code events_read}, where the
 *     process runs the pipeline; {@code undelivered_messages} among them, where it runs Pub/Sub
 */
public record Extensions(
    List<Routes> routes,
    List<HealthCheck> checks,
    Optional<EventPreview> preview,
    Optional<DryRun> dryRun,
    Optional<Supplier<Map<String, Long>>> counters) {
  /** Nothing. */
  public static final Extensions NONE =
      new Extensions(List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty());
}
