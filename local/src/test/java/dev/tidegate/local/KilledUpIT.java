package dev.tidegate.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.testing.JavaProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code up} on fixed ports, as by default: what a killed one leaves must not be in the way. */
class KilledUpIT {
  @TempDir Path folder;

  private JavaProcess process;

  @AfterEach
  void stop() throws Exception {
    if (process != null) {
      process.close();
    }
  }

  @Test
  void theNextOneTakesOverItsPorts() throws Exception {
    LocalOptions.Ports ports = new LocalOptions.Ports(freePort(), freePort(), freePort());
    start(ports);

    process.kill();
    assertThat(postgres()).as("PostgreSQL outlives it").isPresent();
    start(ports);
    assertThat(process.output())
        .contains("Stopped the PostgreSQL that a killed Tidegate left behind");

    process.kill();
    postgres().orElseThrow().destroyForcibly();
    await().until(() -> postgres().isEmpty());
    start(ports);
    assertThat(process.output()).doesNotContain("left behind");
  }

  private void start(LocalOptions.Ports ports) throws IOException {
    process = UpProcess.start(folder, ports);
    process.awaitOutput(UpProcess.READY);
  }

  private Optional<ProcessHandle> postgres() throws IOException {
    Path note = folder.resolve("postgres/postmaster.pid");
    return ProcessHandle.of(Long.parseLong(Files.readAllLines(note).get(0).strip()))
        .filter(ProcessHandle::isAlive);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
