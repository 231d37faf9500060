package dev.tidegate.gateway;

import dev.tidegate.gateway.config.ConfigurationException;
import dev.tidegate.gateway.config.ConfigurationFile;
import dev.tidegate.gateway.config.GatewayConfiguration;
import dev.tidegate.gateway.observe.GatewayMetrics;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
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
      "outranks the file's port. SIGTERM stops it: requests are finished, what was accepted is",
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
      gateway = Gateway.start(configuration, new GatewayMetrics(), List.of(), List.of());
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
                  gateway.close();
                  log.info("stopped");
                  stopped.countDown();
                },
                "stop"));
    log.atInfo().addKeyValue("port", gateway.port()).log("serving");
    stopped.await();
    return 0;
  }
}
