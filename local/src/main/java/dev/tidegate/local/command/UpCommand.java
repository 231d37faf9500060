package dev.tidegate.local.command;

import dev.tidegate.local.DataFolder;
import dev.tidegate.local.LocalLogging;
import dev.tidegate.local.LocalOptions;
import dev.tidegate.local.LocalSystem;
import dev.tidegate.local.LocalSystemException;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.schemas.Event;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tidegate up}: runs everything in this process, in the foreground. */
@Command(
    name = "up",
    description = "Run the whole system on this machine, until Ctrl-C.",
    footer = {
      "",
      "All data is kept in the data folder. A restart on the same folder goes on where it stopped.",
      "",
      "Do you have a PostgreSQL or a Pub/Sub emulator already? Name it, and Tidegate uses it and"
          + " does not start its own: --jdbc-url names a database, whose password is in"
          + " TIDEGATE_JDBC_PASSWORD; PUBSUB_EMULATOR_HOST names an emulator.",
      "",
      "Port 0 takes any free port. Event sources in Java are jars: TIDEGATE_CLASSPATH names them.",
      "",
      "Example: tidegate up --demo"
    })
public final class UpCommand implements Callable<Integer> {
  private static final Duration STATE_POLL = Duration.ofSeconds(1);

  /** A part that hangs for longer is left behind. */
  private static final Duration LONGEST_STOP = Duration.ofMinutes(2);

  @Mixin private DataFolderOption data;

  @Option(
      names = "--demo",
      description = "Send a set of sample notifications, and show what became of them.")
  private boolean demo;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A gateway's configuration to try here. Its webhooks, authentication, limits and trusted"
              + " proxies are taken. Pub/Sub, database, port and keys are this system's own.")
  private Path gatewayConfiguration;

  @Option(
      names = "--sources",
      paramLabel = "FILE|DIR|NAME",
      split = ",",
      hideParamSyntax = true,
      description =
          "Event sources: YAML files, folders of them, or names of shipped ones, such as stripe."
              + " Their tables are added. When a file changes, the running system takes the change"
              + " over.")
  private List<String> sources = List.of();

  @Option(
      names = "--tenants",
      paramLabel = "NAME",
      split = ",",
      hideParamSyntax = true,
      description =
          "Take the events of these tenants only. Events of others become dead letters,"
              + " TENANT_MISMATCH. All tenants by default.")
  private List<String> tenants = List.of();

  @Option(
      names = "--gateway-port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "HTTP; ${DEFAULT-VALUE} by default.")
  private int gatewayPort;

  @Option(
      names = "--pubsub-port",
      paramLabel = "N",
      defaultValue = "8085",
      description = "The embedded Pub/Sub; ${DEFAULT-VALUE} by default.")
  private int pubsubPort;

  @Option(
      names = "--postgres-port",
      paramLabel = "N",
      defaultValue = "5433",
      description = "The embedded PostgreSQL; ${DEFAULT-VALUE} by default.")
  private int postgresPort;

  @Option(
      names = "--jdbc-url",
      paramLabel = "URL",
      description = {"A PostgreSQL to use instead of the embedded one:", "jdbc:postgresql://…"})
  private String jdbcUrl;

  @Option(
      names = "--jdbc-user",
      paramLabel = "NAME",
      defaultValue = "postgres",
      description = "Its user; ${DEFAULT-VALUE} by default.")
  private String jdbcUser;

  @Option(
      names = "--project",
      paramLabel = "P",
      defaultValue = "local-dev",
      description = "The Pub/Sub project; ${DEFAULT-VALUE} by default.")
  private String project;

  @Option(
      names = "--topic",
      paramLabel = "T",
      defaultValue = "events",
      description = "The topic, made if absent; ${DEFAULT-VALUE} by default.")
  private String topic;

  @Option(
      names = "--subscription",
      paramLabel = "S",
      defaultValue = "events-pipeline",
      description = "The subscription, made if absent; ${DEFAULT-VALUE} by default.")
  private String subscription;

  @Option(
      names = "--archive",
      paramLabel = "DIR",
      description = "The file archive; archive in the data folder by default.")
  private Path archive;

  @Option(
      names = "--runner",
      paramLabel = "flink|direct",
      defaultValue = "flink",
      description =
          "What runs the pipeline; ${DEFAULT-VALUE} by default. direct is Beam's runner for tests:"
              + " it is slow, and may lose events when it is killed.")
  private LocalOptions.Runner runner;

  @Option(
      names = "--parallelism",
      paramLabel = "N",
      description =
          "How many instances of each step of the pipeline run at once. By default one for each"
              + " core, and 8 at the most.")
  private Integer parallelism;

  @Spec private CommandSpec spec;

  private final CountDownLatch stopped = new CountDownLatch(1);

  /** From then on the pipeline's end is no failure. */
  private volatile boolean stopping;

  @Override
  public Integer call() throws IOException, InterruptedException {
    LocalOptions options = options();
    DataFolder.create(options.dataFolder());
    LocalLogging.toFolder(options.dataFolder().resolve("logs"));
    PrintWriter out = spec.commandLine().getOut();
    Instant started = Instant.now();
    LocalSystem system;
    out.println("Tidegate starts; its data folder is %s".formatted(options.dataFolder()));
    try (StartProgress progress = StartProgress.to(out)) {
      system = LocalSystem.start(options, progress);
    } catch (LocalSystemException inTheWay) {
      throw new CommandFailure(inTheWay.getMessage(), inTheWay);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(system, out), "stop"));
    announce(
        out,
        system.description(),
        system.webhooks(),
        options,
        Duration.between(started, Instant.now()));
    out.println("Ctrl-C stops it; a restart on the same folder continues.");
    if (demo) {
      new Demo(system.description(), data.folder(), out).run();
    }
    while (!stopped.await(STATE_POLL.toMillis(), TimeUnit.MILLISECONDS)) {
      Optional<String> ended = system.failure();
      if (ended.isPresent() && !stopping) {
        throw new CommandFailure(
            "The pipeline does not stay up: %s. The log in %s says why"
                .formatted(ended.get(), options.dataFolder().resolve("logs")));
      }
    }
    return 0;
  }

  private LocalOptions options() {
    for (int port : new int[] {gatewayPort, pubsubPort, postgresPort}) {
      if (port < 0 || port > 65_535) {
        throw new ParameterException(spec.commandLine(), "A port is 0 to 65535, not " + port);
      }
    }
    if (jdbcUrl != null && !jdbcUrl.startsWith("jdbc:postgresql:")) {
      throw new ParameterException(
          spec.commandLine(), "--jdbc-url must begin with jdbc:postgresql:");
    }
    if (!tenants.stream().allMatch(Event::isName)) {
      throw new ParameterException(
          spec.commandLine(), "--tenants are names of tenants with commas between");
    }
    if (parallelism != null && parallelism < 1) {
      throw new ParameterException(
          spec.commandLine(), "--parallelism is 1 or more, not " + parallelism);
    }
    String emulator = System.getenv("PUBSUB_EMULATOR_HOST");
    return new LocalOptions(
        data.folder().toAbsolutePath().normalize(),
        new LocalOptions.Ports(gatewayPort, pubsubPort, postgresPort),
        new LocalOptions.Pubsub(
            Optional.ofNullable(emulator).filter(host -> !host.isBlank()),
            project,
            topic,
            subscription),
        Optional.ofNullable(jdbcUrl).map(url -> new LocalOptions.Database(url, jdbcUser)),
        Optional.ofNullable(archive),
        runner,
        parallelism == null ? LocalOptions.parallelismOfThisMachine() : parallelism,
        Optional.ofNullable(gatewayConfiguration),
        sources,
        tenants);
  }

  private static void announce(
      PrintWriter out,
      RunningSystem system,
      List<String> webhooks,
      LocalOptions options,
      Duration took) {
    out.printf(
        Locale.ROOT,
        "Tidegate is ready (%.1f s): gateway %s, Pub/Sub %s, PostgreSQL %s, archive %s%n",
        took.toMillis() / 1000.0,
        system.gatewayUrl(),
        system.pubsubEndpoint(),
        system.jdbcUrl(),
        system.archiveFolder());
    out.println();
    row(out, "Publish to", options.pubsub().topicPath());
    row(out, "Read by", options.pubsub().subscriptionPath());
    row(out, "PostgreSQL", system.postgresUrl() + ", as psql takes it");
    if (options.database().isEmpty()) {
      row(out, "  to read only", system.postgresUrl(LocalSystem.READER));
    }
    row(out, "  for Java", system.jdbcUrl() + " as " + system.jdbcUsername());
    row(out, "Archive", system.archiveFolder());
    row(out, "Start page", system.gatewayUrl() + "/");
    row(
        out,
        "Console",
        system.gatewayUrl()
            + "/console/, signed in by ./tidegate open"
            + dataOption(options.dataFolder()));
    row(out, "Status", system.gatewayUrl() + "/status");
    row(out, "Log", options.dataFolder().resolve("logs").resolve(LocalLogging.FILE).toString());
    String name = "Webhooks";
    for (String webhook : webhooks) {
      row(out, name, system.gatewayUrl() + "/webhooks/" + webhook);
      name = "";
    }
    row(out, "Events", system.gatewayUrl() + "/events");
    row(out, "All addresses", system.gatewayUrl() + "/openapi.yaml");
    out.println();
    out.println(
        "For another terminal, its addresses, a token for an hour and the secret of webhooks:");
    out.println("  eval \"$(./tidegate env%s)\"".formatted(dataOption(options.dataFolder())));
    out.println();
  }

  /** What a command in the same folder needs to find the system. */
  static String dataOption(Path folder) {
    boolean byDefault = folder.equals(Path.of(".tidegate").toAbsolutePath().normalize());
    return byDefault ? "" : " --data " + folder;
  }

  private static void row(PrintWriter out, String name, String value) {
    out.printf("  %-15s%s%n", name, value);
  }

  private void stop(LocalSystem system, PrintWriter out) {
    stopping = true;
    endAnyway();
    out.println("Stopping …");
    system.close();
    out.println("Stopped. What was not acknowledged comes again with the next start.");
    out.flush();
    stopped.countDown();
  }

  /** Whatever a part hangs on: what was accepted is durable, and a restart continues. */
  private static void endAnyway() {
    CompletableFuture.delayedExecutor(LONGEST_STOP.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> Runtime.getRuntime().halt(1));
  }
}
