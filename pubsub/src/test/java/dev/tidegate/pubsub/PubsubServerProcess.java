package dev.tidegate.pubsub;

import dev.tidegate.testing.JavaProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

/** A server in a process of its own, to be killed. */
final class PubsubServerProcess implements AutoCloseable {
  private static final Pattern ENDPOINT = Pattern.compile("endpoint=(\\S+)\n");

  private final JavaProcess process;
  private final String endpoint;

  private PubsubServerProcess(JavaProcess process) {
    this.process = process;
    endpoint = process.awaitOutput(ENDPOINT).group(1);
  }

  /**
   * Starts one.
   *
   * @param output a file that does not exist yet
   */
  static PubsubServerProcess start(Path folder, Path output) {
    return new PubsubServerProcess(
        JavaProcess.start(PubsubServerProcess.class, output, Map.of(), folder.toString()));
  }

  String endpoint() {
    return endpoint;
  }

  /** As kill -9 does. */
  void kill() throws InterruptedException {
    process.kill();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }

  public static void main(String[] arguments) throws IOException {
    EmbeddedPubsub server = EmbeddedPubsub.start(Path.of(arguments[0]), 0);
    System.out.println("endpoint=" + server.endpoint());
    System.out.flush();
  }
}
