package dev.tidegate.local;

import dev.tidegate.gateway.Gateway;
import dev.tidegate.gateway.configuration.Secret;
import dev.tidegate.gateway.metrics.GatewayMetrics;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import dev.tidegate.local.gateway.LocalGateway;
import dev.tidegate.local.pubsub.EmbeddedPubsub;
import dev.tidegate.transforms.files.CompletedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.beam.sdk.PipelineResult;
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

  /** The pipeline's; the database has some more for people. */
  private static final int DATABASE_CONNECTIONS = 4;

  /** The environment variable that holds an outside database's password. */
  public static final String PASSWORD_VARIABLE = "TIDEGATE_JDBC_PASSWORD";

  private final RunningSystem description;
  private final LocalPipeline pipeline;
  private final Deque<AutoCloseable> parts;

  private LocalSystem(
      RunningSystem description, LocalPipeline pipeline, Deque<AutoCloseable> parts) {
    this.description = description;
    this.pipeline = pipeline;
    this.parts = parts;
  }

  /**
   * Starts everything, and returns when events are being read.
   *
   * @param progress told what is being done, for people
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
    if (options.database().isEmpty() && EmbeddedDatabase.stopOrphan(folder.postgres())) {
      progress.accept("Stopped the PostgreSQL that a killed Tidegate left behind");
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
    if (postgresPort.isPresent()) {
      progress.accept("Starting PostgreSQL");
      EmbeddedDatabase embedded = EmbeddedDatabase.start(folder, postgresPort.get());
      parts.push(embedded);
      database = new LocalOptions.Database(embedded.jdbcUrl(), EmbeddedDatabase.USERNAME);
    }
    DatabaseMigrations.run(database, PASSWORD_VARIABLE);

    String pubsubEndpoint = options.pubsub().emulator().orElse(null);
    EmbeddedPubsub pubsub = null;
    if (pubsubPort.isPresent()) {
      progress.accept("Starting Pub/Sub");
      pubsub = EmbeddedPubsub.start(folder.pubsub(), pubsubPort.get());
      parts.push(pubsub);
      pubsubEndpoint = pubsub.endpoint();
    }
    PubsubResources.create(pubsubEndpoint, options.pubsub());

    Path archive = options.archiveFolder().orElse(folder.archive()).toAbsolutePath();
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
            "http://localhost:" + gatewayPort);

    progress.accept("Starting the pipeline");
    LocalPipeline pipeline =
        LocalPipeline.start(
            options.runner(),
            description,
            DevelopmentSecrets.in(folder.root()).stampKeyReference(),
            DATABASE_CONNECTIONS,
            folder.flink());
    parts.push(pipeline);

    EmbeddedPubsub embeddedPubsub = pubsub;
    PipelineStatus status =
        new PipelineStatus(
            pipeline,
            () ->
                Optional.ofNullable(embeddedPubsub)
                    .map(server -> server.backlog(options.pubsub().subscriptionPath())));
    GatewayMetrics metrics = new GatewayMetrics();
    metrics.registry().getPrometheusRegistry().register(new PipelineMetrics(pipeline::counters));
    parts.push(startGateway(gatewayPort, description, folder, metrics, status));

    pipeline.awaitRunning();
    description.announce(folder.root());
    parts.push(() -> RunningSystem.withdraw(folder.root()));
    return new LocalSystem(description, pipeline, parts);
  }

  private static Gateway startGateway(
      int port,
      RunningSystem system,
      DataFolder folder,
      GatewayMetrics metrics,
      PipelineStatus status)
      throws IOException {
    try {
      return LocalGateway.start(
          port,
          system,
          Optional.ofNullable(System.getenv(PASSWORD_VARIABLE)).map(Secret::of),
          folder.root(),
          metrics,
          List.of(status));
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

  /** Why the pipeline is not running any more; empty while it is. */
  public Optional<String> failure() {
    PipelineResult.State state = pipeline.state();
    return state.isTerminal() ? Optional.of(state.name()) : Optional.empty();
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
