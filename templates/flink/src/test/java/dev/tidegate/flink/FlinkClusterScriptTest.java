package dev.tidegate.flink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code scripts/flink-cluster} says before it does anything. */
class FlinkClusterScriptTest {
  private static final Path SCRIPT = Repository.SCRIPTS.resolve("flink-cluster");

  @TempDir Path folder;

  @BeforeAll
  static void needsCurl() {
    Command.assumeInstalled("curl");
  }

  @Test
  void helpNamesEveryCommandAndOption() {
    String help = run(0, SCRIPT.toString(), "--help");
    assertThat(help)
        .contains("start", "submit streaming|replay", "savepoint", "stop", "status", "client")
        .contains("--folder", "--skip-missing-steps", "--task-managers", "--set KEY=VALUE");
  }

  @Test
  void allMistakesAreToldAtOnce() {
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
  void downWhereNothingRunsIsNoMistake() {
    assertThat(run(0, SCRIPT.toString(), "down", "--folder", folder.toString())).isEmpty();
  }

  @Test
  void shellcheckFindsNothing() {
    Command.assumeInstalled("shellcheck");
    assertThat(run(0, "shellcheck", "--external-sources", SCRIPT.toString())).isEmpty();
  }

  /** Runs a command, which must end with {@code exitCode}, and answers all that it said. */
  private static String run(int exitCode, String... words) {
    Command.Result result = Command.in(Repository.SCRIPTS).run(words);
    String said = result.output() + result.errors();
    assertThat(result.exitCode()).as(said).isEqualTo(exitCode);
    return said;
  }
}
