package dev.tidegate.transforms.postgresql;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.netcrusher.core.filter.TransformFilter;
import org.netcrusher.core.reactor.NioReactor;
import org.netcrusher.tcp.TcpCrusher;
import org.netcrusher.tcp.TcpCrusherBuilder;
import org.postgresql.Driver;

/** A network between the sink and the database, which fails when told to. */
final class DatabaseProxy implements AutoCloseable {
  /** What the server answers a commit with. */
  private static final String COMMITTED = "COMMIT";

  private final DatabaseConfiguration behind;
  private final String port;
  private final NioReactor reactor;
  private final TcpCrusher crusher;

  private final AtomicBoolean losesNextAnswer = new AtomicBoolean();
  private final Set<InetSocketAddress> silent = ConcurrentHashMap.newKeySet();

  DatabaseProxy(DatabaseConfiguration behind) throws IOException {
    this.behind = behind;
    Properties address = Driver.parseURL(behind.jdbcUrl(), null);
    port = address.getProperty("PGPORT");
    reactor = new NioReactor();
    crusher =
        TcpCrusherBuilder.builder()
            .withReactor(reactor)
            .withBindAddress("localhost", freePort())
            .withConnectAddress("localhost", Integer.parseInt(port))
            // Closing a connection resets it.
            .withLingerMs(0)
            .withIncomingTransformFilterFactory(this::fromServer)
            .buildAndOpen();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** The way to the database through this network. */
  DatabaseConfiguration configuration() {
    return new DatabaseConfiguration(
        behind.jdbcUrl().replace(":" + port + "/", ":" + crusher.getBindAddress().getPort() + "/"),
        behind.username(),
        behind.password(),
        behind.poolSize());
  }

  /** Resets every connection. */
  void resetAll() {
    crusher.closeAllPairs();
  }

  /** The next commit takes effect, and the client hears no more of the connection it was on. */
  void loseTheAnswerToTheNextCommit() {
    losesNextAnswer.set(true);
  }

  /** Whether there is a connection whose server is not heard any more. */
  boolean isSilent() {
    return !silent.isEmpty();
  }

  /** Resets the connections whose server is not heard any more. */
  void resetSilent() {
    for (InetSocketAddress client : Set.copyOf(silent)) {
      crusher.closeClient(client);
      silent.remove(client);
    }
  }

  private TransformFilter fromServer(InetSocketAddress client) {
    return bytes -> {
      byte[] answer = new byte[bytes.remaining()];
      bytes.duplicate().get(answer);
      if (new String(answer, US_ASCII).contains(COMMITTED)
          && losesNextAnswer.compareAndSet(true, false)) {
        silent.add(client);
      }
      if (silent.contains(client)) {
        bytes.position(bytes.limit());
      }
    };
  }

  @Override
  public void close() {
    crusher.close();
    reactor.close();
  }
}
