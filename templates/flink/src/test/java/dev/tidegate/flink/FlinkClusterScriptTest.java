package dev.tidegate.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code scripts/flink-cluster} says before it does anything. */
class FlinkClusterScriptTest {
  private static final Path SCRIPT = Repository.ROOT.resolve("scripts/flink-cluster");

  @TempDir Path folder;

  @BeforeAll
  static void needsCurl() {
    Programs.assumeInstalled("curl");
  }

  @Test
  void helpNamesEveryCommandAndOption() throws Exception {
    String help = run(0, SCRIPT.toString(), "--help");
    assertThat(help)
        .contains("start", "submit streaming|replay", "savepoint", "stop", "status", "client")
        .contains("--folder", "--skip-missing-steps", "--task-managers", "--set KEY=VALUE");
  }

  @Test
  void allMistakesAreToldAtOnce() throws Exception {
    assertThat(
            run(
                2,
                SCRIPT.toString(),
                "submit",
                "--rest-port=http",
                "--set",
                "rocksdb",
                "--job=7",
                "--parallelism=2"))
        .contains("nothing was done")
        .contains("Which pipeline is missing: submit streaming or submit replay.")
        .contains("--rest-port is not a number: http")
        .contains("--set is not KEY=VALUE: rocksdb")
        .contains("--job is not a Flink job's ID: 7")
        .contains("There is no option --parallelism");
  }

  @Test
  void downWhereNothingRunsIsNoMistake() throws Exception {
    assertThat(run(0, SCRIPT.toString(), "down", "--folder", folder.toString())).isEmpty();
  }

  @Test
  void shellcheckFindsNothing() throws Exception {
    Programs.assumeInstalled("shellcheck");
    assertThat(run(0, "shellcheck", "--external-sources", SCRIPT.toString())).isEmpty();
  }

  /** Runs a command, which must end with {@code exitCode}, and answers all that it said. */
  private String run(int exitCode, String... words) throws IOException, InterruptedException {
    Path said = folder.resolve("said");
    Process process =
        new ProcessBuilder(words)
            .directory(SCRIPT.getParent().toFile())
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("ended").isTrue();
    String output = Files.readString(said);
    assertThat(process.exitValue()).as(output).isEqualTo(exitCode);
    return output;
  }
}
