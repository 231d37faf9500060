package dev.tidegate.gateway.config;

import dev.tidegate.gateway.auth.AuthenticationConfiguration;
import dev.tidegate.gateway.console.ConsoleConfiguration;
import dev.tidegate.gateway.events.EventLimits;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.publish.SpoolConfiguration;
import dev.tidegate.gateway.relay.RelayConfiguration;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.schemas.SourceFile;
import java.util.List;
import java.util.Optional;

/**
 * A gateway's whole configuration, checked.
 *
 * @param host the address to listen on, such as {@code 0.0.0.0} or {@code 127.0.0.1}
 * @param port 0 for any free one
 * @param pubsub where events go
 * @param spool where they wait while Pub/Sub is away; empty where no volume outlives the process
 * @param database the ledger's; without one, only what takes events in answers
 * @param webhooks the senders of webhooks
 * @param sources the declared sources that it knows; their webhooks are among {@code webhooks}
 * @param authentication of callers of everything else
 * @param limits of what callers may send
 * @param eventIdKey what event IDs are made with ({@link dev.tidegate.gateway.store.EventToken}):
 *     the same for all gateways of a ledger
 * @param stampKey what messages are stamped with ({@link dev.tidegate.schemas.MessageStamp}): the
 *     same for all gateways, replays and the pipeline; without it nothing is stamped
 * @param trustedProxies CIDR blocks of proxies whose {@code X-Forwarded-For} is believed
 * @param relay what publishes the outbox; without one, another process has to
 * @param console how people sign in to the console; without it nobody can
 */
public record GatewayConfiguration(
    String host,
    int port,
    PubsubConfiguration pubsub,
    Optional<SpoolConfiguration> spool,
    Optional<DatabaseConfiguration> database,
    List<WebhookEndpoint> webhooks,
    List<SourceFile> sources,
    AuthenticationConfiguration authentication,
    EventLimits limits,
    Secret eventIdKey,
    Optional<Secret> stampKey,
    List<String> trustedProxies,
    Optional<RelayConfiguration> relay,
    Optional<ConsoleConfiguration> console) {
  public GatewayConfiguration {
    webhooks = List.copyOf(webhooks);
    sources = List.copyOf(sources);
    trustedProxies = List.copyOf(trustedProxies);
  }
}
