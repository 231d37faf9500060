package dev.tidegate.local.pubsub;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own, to be killed. */
final class PubsubServerProcess {
  private final Process process;
  private final String endpoint;

  private PubsubServerProcess(Process process, String endpoint) {
    this.process = process;
    this.endpoint = endpoint;
  }

  static PubsubServerProcess start(Path folder, Path log) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                classPath(),
                PubsubServerProcess.class.getName(),
                folder.toString())
            .redirectError(log.toFile())
            .start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith("endpoint=")) {
        // Nobody reads on: the server must not wait for a full pipe.
        process.getInputStream().close();
        return new PubsubServerProcess(process, line.substring("endpoint=".length()));
      }
    }
    throw new IOException("The server did not start; see " + log);
  }

  String endpoint() {
    return endpoint;
  }

  /** As kill -9 does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
  }

  public static void main(String[] arguments) throws IOException {
    EmbeddedPubsub server = EmbeddedPubsub.start(Path.of(arguments[0]), 0);
    System.out.println("endpoint=" + server.endpoint());
    System.out.flush();
  }

  private static String classPath() {
    // Surefire hides the class path in a manifest and leaves it in this property.
    String hidden = System.getProperty("surefire.test.class.path");
    return hidden == null
        ? System.getProperty("java.class.path")
        : hidden.replace(':', File.pathSeparatorChar);
  }
}
