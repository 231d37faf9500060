package dev.tidegate.transforms.postgresql;

import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;

/** A PostgreSQL server of a test's own, which is stopped and started on the same data and port. */
final class StoppableServer implements AutoCloseable {
  private final Path data;
  private EmbeddedPostgres server;

  /**
   * @param data an empty folder, that is the caller's to remove
   */
  StoppableServer(Path data) throws IOException {
    this.data = data;
    server = serverOn(data).start();
  }

  private static EmbeddedPostgres.Builder serverOn(Path data) {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        // The library switches this off: then a crash takes what was committed last.
        .setServerConfig("synchronous_commit", "on");
  }

  TestDatabase createDatabase(String... statements) throws SQLException {
    return TestDatabase.createOn(server.getPort(), statements);
  }

  /** As an administrator stops it: sessions are told, and what is in memory is written. */
  void stop() throws IOException {
    server.close();
  }

  /** As where it crashes: the next start has to recover from the log. */
  void stopImmediately() throws IOException, InterruptedException {
    long postmaster = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0));
    new ProcessBuilder("kill", "-QUIT", Long.toString(postmaster)).start().waitFor();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> ProcessHandle.of(postmaster).filter(ProcessHandle::isAlive).isEmpty());
    // Gives back its lock of the folder.
    server.close();
  }

  void startAgain() throws IOException {
    server = serverOn(data).setPort(server.getPort()).start();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
