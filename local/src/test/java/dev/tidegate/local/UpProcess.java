package dev.tidegate.local;

import dev.tidegate.local.command.Tidegate;
import dev.tidegate.testing.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code up} in a process of its own. */
final class UpProcess {
  static final Pattern READY = Pattern.compile("Tidegate is ready");

  private UpProcess() {}

  /** Starts it on a data folder, on free ports. */
  static JavaProcess start(Path folder, String... more) throws IOException {
    return start(folder, new LocalOptions.Ports(0, 0, 0), more);
  }

  /** Starts it on these ports. */
  static JavaProcess start(Path folder, LocalOptions.Ports ports, String... more)
      throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "up",
                "--data=" + folder,
                "--gateway-port=" + ports.gateway(),
                "--pubsub-port=" + ports.pubsub(),
                "--postgres-port=" + ports.postgres()));
    arguments.addAll(List.of(more));
    return JavaProcess.start(
        Tidegate.class,
        Files.createTempFile(folder, "up", ".out"),
        Map.of(),
        arguments.toArray(String[]::new));
  }

  /** Starts it, and answers when events are being read. */
  static JavaProcess startAndAwait(Path folder) throws IOException {
    JavaProcess process = start(folder);
    process.awaitOutput(READY);
    return process;
  }
}
