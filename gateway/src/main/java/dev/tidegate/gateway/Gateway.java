package dev.tidegate.gateway;

import com.linecorp.armeria.server.Route;
import dev.tidegate.gateway.api.ApiRoutes;
import dev.tidegate.gateway.api.GatewayParts;
import dev.tidegate.gateway.api.RefusedEventService;
import dev.tidegate.gateway.auth.ApiKeyFile;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.auth.Authenticators;
import dev.tidegate.gateway.auth.Credentials;
import dev.tidegate.gateway.config.GatewayConfiguration;
import dev.tidegate.gateway.console.ConsoleRoutes;
import dev.tidegate.gateway.console.ConsoleSessions;
import dev.tidegate.gateway.console.SignInRoutes;
import dev.tidegate.gateway.events.EventRoutes;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.http.ServerLimits;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.observe.HealthCheck;
import dev.tidegate.gateway.observe.HealthRoutes;
import dev.tidegate.gateway.observe.RequestMetrics;
import dev.tidegate.gateway.publish.PubsubPublisher;
import dev.tidegate.gateway.relay.Relay;
import dev.tidegate.gateway.relay.RelayConfiguration;
import dev.tidegate.gateway.relay.RelayService;
import dev.tidegate.gateway.replay.DryRunRoutes;
import dev.tidegate.gateway.replay.ReplayRoutes;
import dev.tidegate.gateway.sagas.SagaRoutes;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.PageRequest;
import dev.tidegate.gateway.tasks.TaskRoutes;
import dev.tidegate.gateway.webhooks.WebhookRoutes;
import dev.tidegate.schemas.MessageStamp;
import dev.tidegate.schemas.SourceFile;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The front door: takes webhooks and events in, and answers what became of them. It serves from the
 * start, while what is behind it connects.
 */
public final class Gateway implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

  private final GatewayServer server;
  private final HealthRoutes health;
  private final Deque<AutoCloseable> parts;

  private Gateway(GatewayServer server, HealthRoutes health, Deque<AutoCloseable> parts) {
    this.server = server;
    this.health = health;
    this.parts = parts;
  }

  /**
   * Starts a gateway.
   *
   * @param extensions what the process gives it
   * @throws IllegalStateException where the port is taken, or the spool cannot be used
   * @throws IllegalArgumentException if parts of the configuration do not fit together; in words
   *     that quote no secret
   */
  public static Gateway start(
      GatewayConfiguration configuration, GatewayMetrics metrics, Extensions extensions) {
    return start(configuration, metrics, extensions, ServerLimits.STANDARD);
  }

  /**
   * Starts a gateway, as above.
   *
   * @param limits of what clients may have of it
   */
  public static Gateway start(
      GatewayConfiguration configuration,
      GatewayMetrics metrics,
      Extensions extensions,
      ServerLimits limits) {
    Deque<AutoCloseable> parts = new ArrayDeque<>();
    try {
      return start(configuration, metrics, extensions, limits, parts);
    } catch (RuntimeException inTheWay) {
      closeAll(parts);
      throw inTheWay;
    }
  }

  private static Gateway start(
      GatewayConfiguration configuration,
      GatewayMetrics metrics,
      Extensions extensions,
      ServerLimits limits,
      Deque<AutoCloseable> parts) {
    ClientAddress clientAddress = new ClientAddress(configuration.trustedProxies());
    EventToken eventTokens = new EventToken(configuration.eventIdKey());
    Optional<ApiKeyFile> keyFile =
        configuration.authentication().apiKeyFile().map(ApiKeyFile::open);
    keyFile.ifPresent(parts::push);
    Credentials authenticator = Authenticators.of(configuration.authentication(), keyFile);
    Optional<LedgerDatabase> database = configuration.database().map(LedgerDatabase::open);
    database.ifPresent(parts::push);
    Optional<LedgerDatabase> replayDatabase =
        configuration
            .database()
            .map(
                known ->
                    LedgerDatabase.open(
                        known, "replays", ReplayRoutes.CONNECTIONS + DryRunRoutes.CONNECTIONS));
    replayDatabase.ifPresent(parts::push);
    PubsubPublisher publisher =
        PubsubPublisher.open(
            configuration.pubsub(),
            configuration.spool(),
            configuration.stampKey().map(key -> MessageStamp.of(key.text())),
            metrics);
    parts.push(publisher);
    InstantSource clock = InstantSource.system();
    ConsoleSessions sessions = new ConsoleSessions(authenticator, configuration.console(), clock);
    Authenticator ofCalls = sessions.limited(limits.calls());
    ReplayRoutes replays =
        new ReplayRoutes(ofCalls, database, replayDatabase, publisher, eventTokens);
    parts.push(replays);
    DryRunRoutes dryRuns =
        new DryRunRoutes(ofCalls, database, replayDatabase, eventTokens, extensions.dryRun());
    parts.push(dryRuns);
    Optional<Relay> relay = relayOf(configuration, metrics);
    relay.ifPresent(parts::push);
    List<HealthCheck> allChecks = new ArrayList<>(extensions.checks());
    relay.map(Gateway::checkOf).ifPresent(allChecks::add);
    HealthRoutes health = new HealthRoutes(configuration, database, publisher, allChecks, metrics);
    parts.push(health);
    List<Routes> routes = new ArrayList<>(extensions.routes());
    routes.add(
        new WebhookRoutes(
            configuration.webhooks(), publisher, eventTokens, clientAddress, metrics));
    routes.add(
        new EventRoutes(
            authenticator,
            publisher,
            eventTokens,
            configuration.limits(),
            configuration.sources(),
            metrics,
            database));
    routes.add(
        new ApiRoutes(
            ofCalls, database, eventTokens, partsOf(configuration, extensions, publisher, health)));
    routes.add(new TaskRoutes(ofCalls, database, eventTokens));
    routes.add(new SagaRoutes(ofCalls, database, eventTokens));
    routes.add(new RefusedEventService(ofCalls, database, eventTokens, publisher));
    routes.add(new RelayService(ofCalls, database, eventTokens, relay));
    routes.add(replays);
    routes.add(dryRuns);
    routes.add(new ConsoleRoutes());
    routes.add(
        new SignInRoutes(
            sessions, configuration.console(), database, eventTokens, clientAddress, clock));
    routes.add(health);
    GatewayServer server =
        GatewayServer.start(
            configuration.host(),
            configuration.port(),
            routes,
            new RequestMetrics(metrics),
            clientAddress,
            limits);
    parts.push(server);
    return new Gateway(server, health, parts);
  }

  private static GatewayParts partsOf(
      GatewayConfiguration configuration,
      Extensions extensions,
      PubsubPublisher publisher,
      HealthRoutes health) {
    Map<String, Set<String>> named = new TreeMap<>();
    configuration
        .authentication()
        .apiKeys()
        .forEach(
            key ->
                named
                    .computeIfAbsent(key.tenant(), tenant -> new TreeSet<>())
                    .addAll(key.sources()));
    return new GatewayParts(
        extensions.preview(),
        extensions.counters(),
        configuration.webhooks(),
        configuration.sources().stream().map(SourceFile::source).collect(Collectors.toSet()),
        named,
        publisher::spooled,
        tenant -> publisher.refused(tenant, 0, PageRequest.MOST_LIMIT).thenApply(Page::items),
        health::problems);
  }

  /**
   * Starts a relay as a process of its own: beside it, only health and metrics are served.
   *
   * @throws IllegalStateException where the port is taken
   * @throws IllegalArgumentException if there is nothing to relay, or a table does not match its
   *     configuration
   */
  public static Gateway startRelay(
      GatewayConfiguration configuration, GatewayMetrics metrics, ServerLimits limits) {
    Deque<AutoCloseable> parts = new ArrayDeque<>();
    try {
      Relay relay =
          relayOf(configuration, metrics)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "There is nothing to relay: the configuration needs relay and database."));
      parts.push(relay);
      Optional<LedgerDatabase> database = configuration.database().map(LedgerDatabase::open);
      database.ifPresent(parts::push);
      // Nothing is published by it: whether the gateway is ready is asked of it.
      PubsubPublisher publisher =
          PubsubPublisher.open(configuration.pubsub(), Optional.empty(), Optional.empty(), metrics);
      parts.push(publisher);
      HealthRoutes health =
          new HealthRoutes(configuration, database, publisher, List.of(checkOf(relay)), metrics);
      parts.push(health);
      GatewayServer server =
          GatewayServer.start(
              configuration.host(),
              configuration.port(),
              List.of(health),
              new RequestMetrics(metrics),
              new ClientAddress(configuration.trustedProxies()),
              limits);
      parts.push(server);
      return new Gateway(server, health, parts);
    } catch (RuntimeException inTheWay) {
      closeAll(parts);
      throw inTheWay;
    }
  }

  private static Optional<Relay> relayOf(
      GatewayConfiguration configuration, GatewayMetrics metrics) {
    return configuration
        .relay()
        .filter(RelayConfiguration::enabled)
        .flatMap(
            relay ->
                configuration
                    .database()
                    .map(
                        database ->
                            Relay.start(
                                relay,
                                database,
                                configuration.pubsub(),
                                configuration.stampKey().map(key -> MessageStamp.of(key.text())),
                                metrics.registry())));
  }

  /** A relay that is behind causes a warning, and does not change what the gateway serves. */
  private static HealthCheck checkOf(Relay relay) {
    return new HealthCheck("relay", relay::problem, false);
  }

  /** The port it listens on. */
  public int port() {
    return server.port();
  }

  /** What it answers to. */
  public List<Route> routes() {
    return server.routes();
  }

  /**
   * Tells load balancers that it stops, and serves on while they notice. They ask {@code /readyz},
   * which fails from now on.
   *
   * @param delay how long they may take
   */
  public void drain(Duration delay) throws InterruptedException {
    health.stopping();
    Thread.sleep(delay.toMillis());
  }

  /** Finishes requests, then publishes what is under way, then lets go of the database. */
  @Override
  public void close() {
    closeAll(parts);
  }

  private static void closeAll(Deque<AutoCloseable> parts) {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception failure) {
        LOG.warn("a part of the gateway did not stop cleanly", failure);
      }
    }
  }
}
