package dev.tidegate.local;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A PostgreSQL server of our own, whose data stay in the data folder. It is a process of its own,
 * which outlives a killed parent: {@link #stopOrphan} stops it before the next one starts.
 */
final class EmbeddedDatabase implements AutoCloseable {
  /** The server's superuser, who needs no password: it listens on loopback only. */
  static final String USERNAME = "postgres";

  private static final String INITIALIZED = "tidegate-initialized";

  /** A server that was killed first recovers from its log. */
  private static final Duration STARTUP_TIMEOUT = Duration.ofMinutes(5);

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

  private final EmbeddedPostgres server;

  private EmbeddedDatabase(EmbeddedPostgres server) {
    this.server = server;
  }

  static EmbeddedDatabase start(DataFolder folder, int port) throws IOException {
    Path data = folder.postgres();
    if (Files.exists(data) && !Files.exists(data.resolve(INITIALIZED))) {
      // A first start was cut off while it made the files: nothing is in them yet.
      delete(data);
    }
    EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setDataDirectory(data)
            .setCleanDataDirectory(false)
            .setOverrideWorkingDirectory(folder.postgresBinaries().toFile())
            .setPort(port)
            .setRegisterShutdownHook(false)
            .setPGStartupWait(STARTUP_TIMEOUT)
            // The library switches durability off, as tests like it: this data is to be kept.
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("max_connections", "40")
            .setServerConfig("listen_addresses", "localhost")
            // In the folder that all programs share, a socket's lock outlives a killed server, and
            // the next one with this port may not start. Nobody uses the socket.
            .setServerConfig("unix_socket_directories", "")
            // Lets latency be measured to the commit itself.
            .setServerConfig("track_commit_timestamp", "on")
            .start();
    Files.writeString(data.resolve(INITIALIZED), "");
    return new EmbeddedDatabase(server);
  }

  String jdbcUrl() {
    return "jdbc:postgresql://localhost:%d/postgres".formatted(server.getPort());
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  /**
   * Stops the server that a killed process left behind on {@code data}, before anything asks for
   * its port. Answers whether there was one.
   */
  static boolean stopOrphan(Path data) throws IOException {
    Path pidFile = data.resolve("postmaster.pid");
    if (!Files.exists(pidFile)) {
      return false;
    }
    List<String> lines = Files.readAllLines(pidFile);
    Optional<ProcessHandle> orphan =
        lines.isEmpty() || !lines.get(0).strip().matches("[0-9]+")
            ? Optional.empty()
            : ProcessHandle.of(Long.parseLong(lines.get(0).strip()))
                .filter(process -> isPostgresOn(data, process));
    if (orphan.isPresent()) {
      try {
        orphan.get().destroy();
        orphan.get().onExit().get(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
      } catch (TimeoutException stubborn) {
        orphan.get().destroyForcibly();
        orphan.get().onExit().join();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while stopping an earlier PostgreSQL", interrupted);
      } catch (ExecutionException impossible) {
        throw new IOException("cannot wait for an earlier PostgreSQL", impossible);
      }
    }
    Files.deleteIfExists(pidFile);
    return orphan.isPresent();
  }

  /** A process ID can have been given to another program since, or to another PostgreSQL. */
  private static boolean isPostgresOn(Path data, ProcessHandle process) {
    ProcessHandle.Info info = process.info();
    return info.command().map(command -> command.endsWith("postgres")).orElse(false)
        && info.arguments()
            .map(arguments -> Stream.of(arguments).anyMatch(argument -> isFolder(argument, data)))
            .orElse(true);
  }

  private static boolean isFolder(String argument, Path folder) {
    try {
      return Files.isSameFile(Path.of(argument), folder);
    } catch (IOException | InvalidPathException another) {
      return false;
    }
  }

  private static void delete(Path folder) throws IOException {
    List<Path> deepestFirst;
    try (Stream<Path> tree = Files.walk(folder)) {
      deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.delete(path);
    }
  }
}
