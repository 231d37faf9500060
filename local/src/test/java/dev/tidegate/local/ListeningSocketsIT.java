package dev.tidegate.local;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tidegate.testing.JavaProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code up} listens on this machine only, and there serves nothing that has no owner. */
class ListeningSocketsIT {
  private static final String LISTENING = "0A";

  /** As Linux prints 127.0.0.1, ::1, and 127.0.0.1 on a socket that speaks both. */
  private static final Set<String> LOOPBACK =
      Set.of("0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F");

  @TempDir Path folder;

  private record Listener(String address, int port) {}

  @Test
  void allAreOnLoopbackAndFlinkAnswersNobody() throws Exception {
    assumeTrue(Files.isReadable(Path.of("/proc/net/tcp")), "sockets are listed by Linux only");
    try (JavaProcess process = UpProcess.start(folder)) {
      process.awaitOutput(UpProcess.READY);
      RunningSystem system = RunningSystem.in(folder).orElseThrow();
      Set<Integer> ours =
          Set.of(
              URI.create(system.gatewayUrl()).getPort(),
              URI.create("http://" + system.pubsubEndpoint()).getPort(),
              URI.create(system.jdbcUrl().substring("jdbc:".length())).getPort());

      List<Listener> listeners = listenersOf(system.pid(), postmaster());

      assertThat(listeners).extracting(Listener::address).isSubsetOf(LOOPBACK);
      Set<Integer> ports =
          listeners.stream().map(Listener::port).collect(Collectors.toCollection(TreeSet::new));
      assertThat(ports).containsAll(ours);
      ports.removeAll(ours);
      assertThat(ports).as("Flink's REST and blob servers").isNotEmpty();
      for (int port : ports) {
        assertThat(answer(port, "GET /jobs/overview HTTP/1.1\r\nHost: localhost\r\n\r\n"))
            .as("port %d", port)
            .doesNotContain("HTTP/1.1");
      }
    }
  }

  /** PostgreSQL is no child of the process that starts it. */
  private long postmaster() throws IOException {
    return Long.parseLong(
        Files.readAllLines(folder.resolve("postgres/postmaster.pid")).get(0).strip());
  }

  private static List<Listener> listenersOf(long... processes) throws IOException {
    Set<String> sockets = new TreeSet<>();
    for (long process : processes) {
      try (Stream<Path> files = Files.list(Path.of("/proc/%d/fd".formatted(process)))) {
        for (Path file : files.toList()) {
          if (Files.isSymbolicLink(file)) {
            sockets.add(Files.readSymbolicLink(file).toString());
          }
        }
      }
    }
    return Stream.concat(
            Files.readAllLines(Path.of("/proc/net/tcp")).stream(),
            Files.readAllLines(Path.of("/proc/net/tcp6")).stream())
        .map(line -> line.strip().split(" +"))
        .filter(
            cells -> cells[3].equals(LISTENING) && sockets.contains("socket:[" + cells[9] + "]"))
        .map(cells -> cells[1].split(":"))
        .map(local -> new Listener(local[0], HexFormat.fromHexDigits(local[1])))
        .toList();
  }

  private static String answer(int port, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    } catch (SocketException closed) {
      return "";
    }
  }
}
