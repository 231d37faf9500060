package dev.tidegate.local.gateway;

import dev.tidegate.testing.JavaProcess;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

/** A {@link WebhookGateway} in a process of its own, to be killed. */
final class GatewayProcess implements AutoCloseable {
  private static final Pattern PORT = Pattern.compile("port=(\\d+)\n");

  private final JavaProcess process;
  private final int port;

  private GatewayProcess(JavaProcess process) {
    this.process = process;
    port = Integer.parseInt(process.awaitOutput(PORT).group(1));
  }

  /**
   * Starts one.
   *
   * @param output a file that does not exist yet
   */
  static GatewayProcess start(String pubsub, Path spool, Path output) {
    return new GatewayProcess(
        JavaProcess.start(WebhookGateway.class, output, Map.of(), pubsub, spool.toString()));
  }

  int port() {
    return port;
  }

  /** As kill -9 does. */
  void kill() throws InterruptedException {
    process.kill();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
