package dev.tidegate.gateway;

import dev.tidegate.gateway.config.ConfigurationException;
import dev.tidegate.gateway.config.ConfigurationFile;
import dev.tidegate.gateway.config.GatewayConfiguration;
import dev.tidegate.gateway.http.ServerLimits;
import dev.tidegate.gateway.observe.GatewayMetrics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A gateway as a process of its own, until it is told to stop (SIGTERM). */
@Command(
    name = "tidegate-gateway",
    description = "Takes webhooks and events in over HTTP, and tells what became of them.",
    mixinStandardHelpOptions = true,
    usageHelpAutoWidth = true,
    sortOptions = false,
    footer = {
      "",
      "The file is YAML or JSON; gateway/configuration.example.yaml shows all of it. It names",
      "secrets, by env:NAME or file:PATH, and holds none. The environment variable PORT, if set,",
      "outranks the file's port. SIGTERM stops it: /readyz fails while requests are still served,",
      "then those that have begun are finished, and what was accepted is",
      "published or stays in the spool."
    })
public final class GatewayMain implements Callable<Integer> {
  private static final String LOGGING = "logback.configurationFile";

  @Option(
      names = "--configuration",
      paramLabel = "FILE",
      required = true,
      defaultValue = "${env:TIDEGATE_GATEWAY_CONFIGURATION}",
      description = "What the gateway is told (or env TIDEGATE_GATEWAY_CONFIGURATION).")
  private Path file;

  @Option(
      names = "--drainDelay",
      paramLabel = "DURATION",
      defaultValue = "10s",
      converter = DurationConverter.class,
      description = {
        "How long requests are served after SIGTERM while /readyz fails, so that load balancers",
        "notice: 10s by default."
      })
  private Duration drainDelay;

  @Option(
      names = "--bodyBytes",
      paramLabel = "N",
      description = "Memory for the bodies of all requests; a quarter of the heap by default.")
  private long bodyBytes = ServerLimits.STANDARD.bodyBytes();

  @Option(
      names = "--requestsPerSecond",
      paramLabel = "N",
      description = "Of an address; 10000 by default, and twice as many at once.")
  private int requestsPerSecond = ServerLimits.STANDARD.requestsPerSecond();

  @Option(
      names = "--callsPerSecond",
      paramLabel = "N",
      description = {
        "Of a caller that reads or operates, or an address without credentials; 200 by default,",
        "and five times as many at once."
      })
  private int callsPerSecond = ServerLimits.STANDARD.callsPerSecond();

  @Option(
      names = "--relay-only",
      description = {
        "Publish the outbox, as relay of the configuration says, and serve nothing but health and",
        "metrics."
      })
  private boolean relayOnly;

  @Spec private CommandSpec spec;

  public static void main(String[] arguments) {
    if (System.getProperty(LOGGING) == null) {
      System.setProperty(LOGGING, "dev/tidegate/gateway/logback.xml");
    }
    System.exit(new CommandLine(new GatewayMain()).execute(arguments));
  }

  @Override
  public Integer call() throws InterruptedException {
    Logger log = LoggerFactory.getLogger(GatewayMain.class);
    Gateway gateway;
    try {
      GatewayConfiguration configuration = ConfigurationFile.read(file, System.getenv());
      ServerLimits limits =
          ServerLimits.STANDARD
              .withBodyBytes(bodyBytes)
              .withRates(requestsPerSecond, callsPerSecond);
      GatewayMetrics metrics = new GatewayMetrics();
      gateway =
          relayOnly
              ? Gateway.startRelay(configuration, metrics, limits)
              : Gateway.start(configuration, metrics, Extensions.NONE, limits);
    } catch (ConfigurationException | IllegalStateException | IllegalArgumentException inTheWay) {
      spec.commandLine().getErr().println("tidegate-gateway: " + inTheWay.getMessage());
      return spec.exitCodeOnInvalidInput();
    }
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  log.info("stopping");
                  drain(gateway);
                  gateway.close();
                  log.info("stopped");
                  stopped.countDown();
                },
                "stop"));
    log.atInfo().addKeyValue("port", gateway.port()).log("serving");
    stopped.await();
    return 0;
  }

  private void drain(Gateway gateway) {
    try {
      gateway.drain(drainDelay);
    } catch (InterruptedException atOnce) {
      Thread.currentThread().interrupt();
    }
  }

  /** {@code 10s}, {@code 1m30s}. */
  private static final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      return Duration.parse("PT" + text);
    }
  }
}
