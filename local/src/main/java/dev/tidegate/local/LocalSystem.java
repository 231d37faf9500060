package dev.tidegate.local;

import dev.tidegate.gateway.Extensions;
import dev.tidegate.gateway.Gateway;
import dev.tidegate.gateway.config.ConfigurationException;
import dev.tidegate.gateway.config.GatewayConfiguration;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.observe.HealthCheck;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import dev.tidegate.local.gateway.LocalGateway;
import dev.tidegate.pipeline.EventPipelineConfiguration;
import dev.tidegate.pipeline.EventPipelineOptions;
import dev.tidegate.pubsub.Backlog;
import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.transforms.HandlerDryRun;
import dev.tidegate.transforms.HandlerPreview;
import dev.tidegate.transforms.files.CompletedFile;
import dev.tidegate.transforms.files.DiskRetry;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.refusals.RefusalHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole Tidegate in this process: Pub/Sub, PostgreSQL, file archive, pipeline and gateway, each
 * embedded unless one was given from outside.
 *
 * <p>Everything is durable: after {@link #close}, or a kill, a start on the same data folder goes
 * on where the last one was, and what had not been acknowledged is delivered again.
 */
public final class LocalSystem implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalSystem.class);

  /** The pipeline's beside one for each of its instances; the database has more for people. */
  private static final int SPARE_CONNECTIONS = 2;

  /** The role of the embedded PostgreSQL that reads everything and changes nothing. */
  public static final String READER = EmbeddedDatabase.READER;

  /** The environment variable that holds an outside database's password. */
  public static final String PASSWORD_VARIABLE = "TIDEGATE_JDBC_PASSWORD";

  private final RunningSystem description;
  private final List<String> webhooks;
  private final PipelineSupervisor pipeline;
  private final Deque<AutoCloseable> parts;

  private LocalSystem(
      RunningSystem description,
      List<String> webhooks,
      PipelineSupervisor pipeline,
      Deque<AutoCloseable> parts) {
    this.description = description;
    this.webhooks = webhooks;
    this.pipeline = pipeline;
    this.parts = parts;
  }

  /**
   * Starts everything, and returns when events are being read.
   *
   * @param progress takes lines for people: what is being done, and later which part does not work
   *     and which does again
   * @throws LocalSystemException where something is in the way, in words that say what to do
   */
  public static LocalSystem start(LocalOptions options, Consumer<String> progress)
      throws IOException {
    Deque<AutoCloseable> parts = new ArrayDeque<>();
    try {
      return start(options, progress, parts);
    } catch (IOException | RuntimeException failure) {
      closeAll(parts);
      throw failure;
    }
  }

  private static LocalSystem start(
      LocalOptions options, Consumer<String> progress, Deque<AutoCloseable> parts)
      throws IOException {
    // What could be in the way is found before anything is started.
    DataFolder folder = DataFolder.open(options.dataFolder());
    parts.push(folder);
    RunningSystem.withdraw(folder.root());
    folder.logs();
    EventSources sources =
        SourceTables.read(SourceTables.present(options.sources()), options.tenants());
    GatewayConfiguration gatewayConfiguration = readGatewayConfiguration(options, folder);
    if (options.database().isEmpty() && EmbeddedDatabase.stopOrphan(folder.postgres())) {
      progress.accept("Stopped the PostgreSQL that a killed Tidegate left behind.");
    }
    int gatewayPort = Port.free(options.ports().gateway(), "--gateway-port");
    Optional<Integer> pubsubPort =
        options.pubsub().emulator().isPresent()
            ? Optional.empty()
            : Optional.of(Port.free(options.ports().pubsub(), "--pubsub-port"));
    Optional<Integer> postgresPort =
        options.database().isPresent()
            ? Optional.empty()
            : Optional.of(Port.free(options.ports().postgres(), "--postgres-port"));

    LocalOptions.Database database = options.database().orElse(null);
    EmbeddedDatabase embedded = null;
    if (postgresPort.isPresent()) {
      progress.accept(
          Files.exists(folder.postgres())
              ? "PostgreSQL starts …"
              : "PostgreSQL starts, and makes its files first …");
      embedded = EmbeddedDatabase.start(folder, postgresPort.get(), progress);
      parts.push(embedded);
      progress.accept("PostgreSQL is ready on port %d.".formatted(postgresPort.get()));
      database = new LocalOptions.Database(embedded.jdbcUrl(), EmbeddedDatabase.USERNAME);
    }
    progress.accept("The tables are brought up to date …");
    migrate(database, folder, postgresPort.isPresent());
    SourceTables.add(database, sources, progress);

    String pubsubEndpoint = options.pubsub().emulator().orElse(null);
    EmbeddedPubsub pubsub = null;
    if (pubsubPort.isPresent()) {
      progress.accept("Pub/Sub starts …");
      pubsub = EmbeddedPubsub.start(folder.pubsub(), pubsubPort.get());
      parts.push(pubsub);
      progress.accept("Pub/Sub is ready on port %d.".formatted(pubsubPort.get()));
      pubsubEndpoint = pubsub.endpoint();
    }
    PubsubResources.create(pubsubEndpoint, options.pubsub());

    Path archive =
        (options.archiveFolder().isPresent() ? options.archiveFolder().get() : folder.archive())
            .toAbsolutePath();
    int recovered = CompletedFile.recover(archive);
    LOG.info("archive {}: {} files of an earlier run completed", archive, recovered);

    RunningSystem description =
        new RunningSystem(
            ProcessHandle.current().pid(),
            pubsubEndpoint,
            options.pubsub().project(),
            options.pubsub().topic(),
            options.pubsub().subscription(),
            database.jdbcUrl(),
            database.username(),
            archive.toString(),
            "http://localhost:" + gatewayPort,
            SourceTables.absolute(options.sources()));

    progress.accept(
        options.runner() == LocalOptions.Runner.FLINK
            ? "The pipeline starts on embedded Flink …"
            : "The pipeline starts on Beam's direct runner …");
    FlinkCounters.reset();
    Optional<EmbeddedPubsub> embeddedPubsub = Optional.ofNullable(pubsub);
    String subscription = options.pubsub().subscriptionPath();
    String stampKey = DevelopmentSecrets.in(folder.root()).stampKeyReference();
    EventPipelineOptions pipelineOptions =
        LocalPipeline.options(
            description,
            stampKey,
            options.parallelism() + SPARE_CONNECTIONS,
            SourceTables.present(options.sources()));
    if (!options.tenants().isEmpty()) {
      pipelineOptions.setTenants(options.tenants());
    }
    EventPipelineConfiguration configuration = EventPipelineConfiguration.of(pipelineOptions);
    LedgerPurge purge =
        LedgerPurge.start(
            configuration.sink().database(),
            Duration.ofMillis(configuration.ledgerRetention().getMillis()),
            configuration.sources().upkeep(),
            archive);
    parts.push(purge);
    AtomicReference<EventPipelineConfiguration> current =
        new AtomicReference<>(configuration.withoutPurge());
    PipelineSupervisor pipeline =
        PipelineSupervisor.start(
            () ->
                LocalPipeline.start(
                    pipelineOptions,
                    current.get(),
                    options.runner(),
                    options.parallelism(),
                    folder.flink()),
            () -> embeddedPubsub.ifPresent(server -> server.redeliver(subscription)));
    parts.push(pipeline);
    LocalOptions.Database written = database;
    parts.push(
        SourceWatch.start(
            options.sources(),
            () -> {
              pipelineOptions.setSources(String.join(",", SourceTables.present(options.sources())));
              EventPipelineConfiguration changed =
                  EventPipelineConfiguration.of(pipelineOptions).withoutPurge();
              SourceTables.add(written, changed.sources(), progress);
              current.set(changed);
              pipeline.replace();
            },
            progress));
    Supplier<Map<String, Long>> counters =
        () -> {
          Map<String, Long> all = new TreeMap<>(pipeline.counters());
          purge.counters().forEach((name, number) -> all.merge(name, number, Long::sum));
          return all;
        };

    List<HealthCheck> checks = new ArrayList<>();
    checks.add(new HealthCheck("pipeline", pipeline::problem));
    checks.add(new HealthCheck("tables", LocalSystem::tableProblem));
    checks.add(new HealthCheck("archive", () -> archiveProblem(archive, folder.root())));
    checks.add(new HealthCheck("disk", () -> FreeSpace.problemOf(folder.root())));
    embeddedPubsub.ifPresent(
        server -> checks.add(new HealthCheck("pubsub-store", server::problem)));
    Optional.ofNullable(embedded)
        .ifPresent(server -> checks.add(new HealthCheck("postgresql", server::problem)));
    GatewayMetrics metrics = new GatewayMetrics();
    Supplier<Optional<Backlog>> backlog =
        () -> embeddedPubsub.map(server -> server.backlog(subscription));
    metrics.registry().getPrometheusRegistry().register(new PipelineMetrics(counters, backlog));
    SystemHealth health = SystemHealth.watch(checks, metrics.registry(), progress);
    parts.push(health);
    PipelineStatus status = new PipelineStatus(pipeline, counters, health, backlog);
    Supplier<EventSources> loaded = () -> current.get().sources();
    Extensions extensions =
        new Extensions(
            List.of(status),
            health.checks(),
            Optional.of(new HandlerPreview(loaded)),
            Optional.of(new HandlerDryRun(configuration.sink().database(), loaded)),
            Optional.of(
                () -> {
                  Map<String, Long> all = new TreeMap<>(counters.get());
                  embeddedPubsub
                      .map(server -> server.backlog(subscription))
                      .ifPresent(
                          waits -> all.put("undelivered_messages", (long) waits.undelivered()));
                  return all;
                }));
    parts.push(
        startGateway(gatewayPort, gatewayConfiguration, description, folder, metrics, extensions));
    progress.accept("The gateway is ready on port %d.".formatted(gatewayPort));

    pipeline.awaitRunning();
    progress.accept("The pipeline reads events.");
    description.announce(folder.root());
    parts.push(() -> RunningSystem.withdraw(folder.root()));
    return new LocalSystem(
        description,
        gatewayConfiguration.webhooks().stream().map(WebhookEndpoint::name).toList(),
        pipeline,
        parts);
  }

  private static void migrate(LocalOptions.Database database, DataFolder folder, boolean embedded) {
    try {
      DatabaseMigrations.run(database, PASSWORD_VARIABLE);
      if (embedded) {
        ReaderRole.grant(
            database, System.getenv(PASSWORD_VARIABLE), EmbeddedDatabase.READER, null, true);
      }
    } catch (LocalSystemException failure) {
      if (embedded && failure.getCause() instanceof FlywayValidateException) {
        throw new LocalSystemException(
            "The data in %s was made by another version of Tidegate, and this one cannot read it."
                    .formatted(folder.root())
                + " Move the folder away, or choose another with --data, and send the events again",
            failure);
      }
      throw failure;
    }
  }

  private static GatewayConfiguration readGatewayConfiguration(
      LocalOptions options, DataFolder folder) throws IOException {
    // The gateway's secrets and its spool are in it.
    folder.gateway();
    try {
      return LocalGateway.read(
          options.gatewayConfiguration(),
          SourceTables.present(options.sources()),
          DevelopmentSecrets.in(folder.root()));
    } catch (ConfigurationException mistakes) {
      throw new LocalSystemException(mistakes.getMessage(), mistakes);
    }
  }

  private static Gateway startGateway(
      int port,
      GatewayConfiguration configuration,
      RunningSystem system,
      DataFolder folder,
      GatewayMetrics metrics,
      Extensions extensions)
      throws IOException {
    try {
      return LocalGateway.start(
          port,
          configuration,
          system,
          Optional.ofNullable(System.getenv(PASSWORD_VARIABLE)).map(Secret::of),
          folder.root(),
          metrics,
          extensions);
    } catch (IllegalStateException inTheWay) {
      throw new LocalSystemException(
          "The gateway does not start: %s If it is the port, free it, or choose another with --gateway-port"
              .formatted(inTheWay.getMessage()),
          inTheWay);
    }
  }

  /** Where everything is. */
  public RunningSystem description() {
    return description;
  }

  /** The names of the gateway's endpoints for webhooks. */
  public List<String> webhooks() {
    return webhooks;
  }

  /** The tables that refuse every event, which waits until they are mended. */
  private static Optional<String> tableProblem() {
    List<String> problems = RefusalHistory.problems();
    return problems.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", problems));
  }

  /** The disk of an archive in the data folder is a part of its own. */
  private static Optional<String> archiveProblem(Path archive, Path dataFolder) {
    return DiskRetry.problems().entrySet().stream()
        .filter(problem -> problem.getKey().startsWith(archive))
        .map(problem -> problem.getKey() + " cannot be written: " + problem.getValue())
        .findFirst()
        .or(
            () ->
                archive.startsWith(dataFolder) || !Files.isDirectory(archive)
                    ? Optional.empty()
                    : FreeSpace.problemOf(archive));
  }

  /** Why the pipeline has ended for good; empty while it runs or is started again. */
  public Optional<String> failure() {
    return pipeline.failure();
  }

  /** Stops everything, in the reverse order of its start; what fails to stop is logged. */
  @Override
  public void close() {
    closeAll(parts);
  }

  private static void closeAll(Deque<AutoCloseable> parts) {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception failure) {
        LOG.warn("a part did not stop cleanly", failure);
      }
    }
  }
}
