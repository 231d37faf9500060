package dev.tidegate.local;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server of our own, whose data stay in the data folder. It is a process of its own,
 * which outlives a killed parent: {@link #stopOrphan} stops it before the next one starts. One that
 * ends while it is needed is started again, on the same port, until it runs.
 */
final class EmbeddedDatabase implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedDatabase.class);

  /** The server's superuser, who needs no password: it listens on loopback only. */
  /** The role that reads only. It needs no password, as the other. */
  static final String READER = "reader";

  static final String USERNAME = "postgres";

  private static final String PID_FILE = "postmaster.pid";
  private static final String INITIALIZED = "tidegate-initialized";

  /** The library's lock of the data, which a start that failed leaves locked. */
  private static final String LIBRARY_LOCK = "epg-lock";

  /** A server that was killed first recovers from its log, for as long as that takes. */
  private static final Duration STARTUP_TIMEOUT = Duration.ofDays(1);

  private static final Duration TELL_OF_RECOVERY = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration WATCH = Duration.ofMillis(500);

  /** A server that ends sooner counts as away all the time. */
  private static final Duration STABLE = Duration.ofSeconds(2);

  private static final Duration SHORTEST_WAIT = Duration.ofMillis(500);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

  private final DataFolder folder;
  private final int port;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread watchdog;
  private volatile Optional<String> problem = Optional.empty();

  /** Used by the watchdog while that runs. */
  private EmbeddedPostgres server;

  private EmbeddedDatabase(DataFolder folder, int port, EmbeddedPostgres server) {
    this.folder = folder;
    this.port = port;
    this.server = server;
    watchdog = new Thread(this::watch, "postgresql-watchdog");
    watchdog.setDaemon(true);
  }

  /**
   * Starts the server, and waits until it answers.
   *
   * @param progress told when that takes long, for people
   * @throws LocalSystemException with the server's own words where it does not start
   */
  static EmbeddedDatabase start(DataFolder folder, int port, Consumer<String> progress)
      throws IOException {
    Path data = folder.postgres();
    if (Files.exists(data) && !Files.exists(data.resolve(INITIALIZED))) {
      // A first start was cut off while it made the files: nothing is in them yet.
      delete(data);
    }
    EmbeddedPostgres server;
    try {
      server = launch(folder, port, progress);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while PostgreSQL starts", interrupted);
    }
    Files.writeString(data.resolve(INITIALIZED), "");
    EmbeddedDatabase database = new EmbeddedDatabase(folder, port, server);
    database.watchdog.start();
    return database;
  }

  String jdbcUrl() {
    return "jdbc:postgresql://localhost:%d/postgres".formatted(port);
  }

  /** Why it does not run now; empty where it does. */
  Optional<String> problem() {
    return problem;
  }

  @Override
  public void close() throws IOException {
    closing.countDown();
    // It may be waiting for a server that starts.
    watchdog.interrupt();
    boolean interrupted = false;
    while (watchdog.isAlive()) {
      try {
        watchdog.join();
      } catch (InterruptedException stop) {
        interrupted = true;
      }
    }
    if (postmaster(folder.postgres()).isPresent()) {
      server.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch() {
    try {
      while (!closing.await(WATCH.toMillis(), TimeUnit.MILLISECONDS)) {
        if (postmaster(folder.postgres()).isEmpty()) {
          startAgain();
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void startAgain() throws InterruptedException {
    problem = Optional.of("PostgreSQL has ended, and is started again");
    LOG.error("PostgreSQL has ended; it is started again");
    Duration wait = SHORTEST_WAIT;
    while (problem.isPresent()) {
      try {
        server = launch(folder, port, line -> {});
        LOG.info("PostgreSQL runs again");
        if (closing.await(STABLE.toMillis(), TimeUnit.MILLISECONDS)
            || postmaster(folder.postgres()).isPresent()) {
          problem = Optional.empty();
        }
      } catch (IOException | RuntimeException cannotStart) {
        String reason = cannotStart.getMessage();
        if (!problem.equals(Optional.of(reason))) {
          problem = Optional.of(reason);
          LOG.error("{}", reason);
        }
        if (closing.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
        wait =
            wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
      }
    }
  }

  /** Starts a server, and waits for as long as it runs or recovers, until it answers. */
  private static EmbeddedPostgres launch(DataFolder folder, int port, Consumer<String> progress)
      throws IOException, InterruptedException {
    Path data = folder.postgres();
    stopOrphan(data);
    Files.deleteIfExists(data.resolve(LIBRARY_LOCK));
    PostgresLog log = PostgresLog.in(folder.logs());
    FutureTask<EmbeddedPostgres> starting =
        new FutureTask<>(() -> builder(folder, port, log).start());
    Thread starter = new Thread(starting, "postgresql-start");
    starter.setDaemon(true);
    starter.start();
    Instant begin = Instant.now();
    Instant told = begin;
    boolean ran = false;
    while (true) {
      try {
        EmbeddedPostgres started = starting.get(POLL.toMillis(), TimeUnit.MILLISECONDS);
        // The library has opened it to everybody; this closes it again.
        folder.postgresBinaries();
        return started;
      } catch (TimeoutException notYet) {
        boolean runs = postmaster(data).isPresent();
        if ((ran && !runs) || log.tellsOfAFailedStart()) {
          LocalSystemException failure = failure(log, null);
          abandon(starter, starting);
          throw failure;
        }
        ran = runs;
        if (Duration.between(told, Instant.now()).compareTo(TELL_OF_RECOVERY) > 0) {
          told = Instant.now();
          progress.accept(
              "PostgreSQL still starts, after %d s: %s"
                  .formatted(Duration.between(begin, told).toSeconds(), log.lastWords()));
        }
      } catch (ExecutionException failed) {
        throw failure(log, failed.getCause());
      } catch (InterruptedException stop) {
        abandon(starter, starting);
        throw stop;
      }
    }
  }

  /** The library gives up waiting when it is interrupted, and can then be closed. */
  private static void abandon(Thread starter, FutureTask<EmbeddedPostgres> starting)
      throws IOException, InterruptedException {
    starter.interrupt();
    starter.join();
    try {
      starting.get().close();
    } catch (ExecutionException failed) {
      LOG.debug("PostgreSQL did not start", failed);
    }
  }

  private static LocalSystemException failure(PostgresLog log, Throwable cause) throws IOException {
    String words = log.lastWords();
    return new LocalSystemException(
        "PostgreSQL does not start: %s (its log is %s)"
            .formatted(
                !words.isEmpty() ? words : cause == null ? "it says nothing" : cause.getMessage(),
                log.file()),
        cause);
  }

  private static EmbeddedPostgres.Builder builder(DataFolder folder, int port, PostgresLog log)
      throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(folder.postgres())
        .setCleanDataDirectory(false)
        .setOverrideWorkingDirectory(folder.postgresBinaries().toFile())
        .setPort(port)
        .setRegisterShutdownHook(false)
        .setPGStartupWait(STARTUP_TIMEOUT)
        .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log.file().toFile()))
        // The library switches durability off, as tests like it: this data is to be kept.
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        .setServerConfig("max_connections", "40")
        .setServerConfig("listen_addresses", "localhost")
        // In the folder that all programs share, a socket's lock outlives a killed server, and
        // the next one with this port may not start. Nobody uses the socket.
        .setServerConfig("unix_socket_directories", "")
        // What becomes of the server, and of no statement: those hold values, and have callers.
        .setServerConfig("log_min_messages", "log")
        .setServerConfig("log_min_error_statement", "panic")
        .setServerConfig("log_checkpoints", "off")
        // Lets latency be measured to the commit itself.
        .setServerConfig("track_commit_timestamp", "on");
  }

  /**
   * Stops the server that a killed process left behind on {@code data}, before anything asks for
   * its port. Answers whether there was one.
   */
  static boolean stopOrphan(Path data) throws IOException {
    Path pidFile = data.resolve(PID_FILE);
    if (!Files.exists(pidFile)) {
      return false;
    }
    Optional<ProcessHandle> orphan = postmaster(data);
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

  /** The server on {@code data}, if it runs. */
  private static Optional<ProcessHandle> postmaster(Path data) {
    try {
      List<String> lines = Files.readAllLines(data.resolve(PID_FILE));
      return lines.isEmpty() || !lines.get(0).strip().matches("[0-9]{1,18}")
          ? Optional.empty()
          : ProcessHandle.of(Long.parseLong(lines.get(0).strip()))
              .filter(process -> isPostgresOn(data, process));
    } catch (IOException notThere) {
      return Optional.empty();
    }
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
