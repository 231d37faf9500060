package dev.tidegate.gateway.api;

import dev.tidegate.gateway.publish.RefusedEvent;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.schemas.EventPreview;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What operators see that is not in the ledger.
 *
 * @param preview the handlers, where the process has them
 * @param counters the pipeline's, where the process runs it
 * @param webhooks the senders of webhooks
 * @param declaredSources the sources that are declared in files
 * @param namedSources the sources that keys may send events for, by the keys' tenants
 * @param spooled how many events wait for Pub/Sub in the spool; empty without a spool
 * @param refused a tenant's events, or everybody's, that Pub/Sub has refused for good
 * @param problems what does not work now, by its name
 */
public record GatewayParts(
    Optional<EventPreview> preview,
    Optional<Supplier<Map<String, Long>>> counters,
    List<WebhookEndpoint> webhooks,
    Set<String> declaredSources,
    Map<String, Set<String>> namedSources,
    Supplier<Optional<Long>> spooled,
    Function<Optional<String>, CompletableFuture<List<RefusedEvent>>> refused,
    Supplier<CompletableFuture<Map<String, String>>> problems) {
  /** Nothing. */
  public static final GatewayParts NONE =
      new GatewayParts(
          Optional.empty(),
          Optional.empty(),
          List.of(),
          Set.of(),
          Map.of(),
          Optional::empty,
          tenant -> CompletableFuture.completedFuture(List.of()),
          () -> CompletableFuture.completedFuture(Map.of()));
}
