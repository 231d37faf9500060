package dev.tidegate.flink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Command;
import dev.tidegate.testing.Patience;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A cluster of processes, handled by {@code scripts/flink-cluster} and nothing else. */
final class TestCluster implements AutoCloseable {
  private final Path folder;
  private final int restPort;

  private TestCluster(Path folder, int restPort) {
    this.folder = folder;
    this.restPort = restPort;
  }

  /** One JobManager and two TaskManagers; checkpoints come every two seconds. */
  static TestCluster start(Path folder) throws IOException {
    int restPort;
    int rpcPort;
    try (ServerSocket rest = freePort();
        ServerSocket rpc = freePort()) {
      restPort = rest.getLocalPort();
      rpcPort = rpc.getLocalPort();
    }
    TestCluster cluster = new TestCluster(folder, restPort);
    cluster.run(
        "start",
        "--rest-port=" + restPort,
        "--rpc-port=" + rpcPort,
        "--set=execution.checkpointing.interval=2 s");
    return cluster;
  }

  JobManager jobManager() {
    return new JobManager(restPort);
  }

  /** Runs the script, which must succeed, and answers what it printed. */
  String run(String command, String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(Repository.SCRIPTS.resolve("flink-cluster").toString());
    words.add(command);
    words.add("--folder=" + folder);
    words.addAll(List.of(arguments));
    long start = System.nanoTime();
    Command.Result result =
        Command.in(Repository.ROOT).with("JAVA_HOME", System.getProperty("java.home")).run(words);
    assertThat(result.exitCode())
        .as("%s%n%s%n%s", words, result.output(), result.errors())
        .isZero();
    System.out.printf("%5.1f s for %s%n", (System.nanoTime() - start) / 1e9, command);
    return result.output().strip();
  }

  /** Ends a process as a machine's failure would: SIGKILL. */
  void kill(String process) throws IOException {
    ProcessHandle handle = process(process);
    assertThat(handle.destroyForcibly()).isTrue();
    handle.onExit().orTimeout(Patience.LONGEST.toSeconds(), TimeUnit.SECONDS).join();
  }

  private ProcessHandle process(String name) throws IOException {
    long id = Long.parseLong(Files.readString(folder.resolve(name + ".pid")).strip());
    return ProcessHandle.of(id).orElseThrow();
  }

  @Override
  public void close() throws IOException {
    List<ProcessHandle> processes = new ArrayList<>();
    try (var notes = Files.list(folder)) {
      for (Path note : notes.filter(file -> file.toString().endsWith(".pid")).toList()) {
        ProcessHandle.of(Long.parseLong(Files.readString(note).strip())).ifPresent(processes::add);
      }
    }
    run("down");
    // The system may take a moment to forget them.
    Awaitility.await("no process is left behind")
        .until(() -> processes.stream().noneMatch(ProcessHandle::isAlive));
  }

  private static ServerSocket freePort() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }
}
