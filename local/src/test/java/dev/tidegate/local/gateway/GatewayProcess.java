package dev.tidegate.local.gateway;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A gateway in a process of its own, to be killed. */
final class GatewayProcess implements AutoCloseable {
  private final Process process;
  private final int port;

  private GatewayProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static GatewayProcess start(String pubsub, Path spool, Path log) throws IOException {
    // Surefire hides the class path in a manifest and leaves it in this property.
    String hidden = System.getProperty("surefire.test.class.path");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                hidden == null
                    ? System.getProperty("java.class.path")
                    : hidden.replace(':', File.pathSeparatorChar),
                WebhookGateway.class.getName(),
                pubsub,
                spool.toString())
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith("port=")) {
        Thread drain = new Thread(() -> out.lines().forEach(ignored -> {}), "gateway-output");
        drain.setDaemon(true);
        drain.start();
        return new GatewayProcess(process, Integer.parseInt(line.substring("port=".length())));
      }
    }
    throw new IOException("The gateway did not start; see " + log);
  }

  int port() {
    return port;
  }

  /** As kill -9 does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
