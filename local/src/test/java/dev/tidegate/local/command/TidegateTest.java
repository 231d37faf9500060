package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.local.RunningSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TidegateTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"send", "sql", "query", "status", "replay", "migrate"})
  void everyCommandExplainsItselfAndItsVersion(String command) {
    CommandRun help = CommandRun.of(command, "--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).startsWith("Usage: tidegate " + command).contains("--verbose");

    CommandRun version = CommandRun.of(command, "--version");
    assertThat(version.exitCode()).isZero();
    assertThat(version.out()).startsWith("Tidegate ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nosuch",
        "send",
        "sql --output xml x",
        "send --rate 0 x",
        "send - x",
        "replay",
        "replay --from archives",
        "replay --from archive --rate 0",
        "migrate",
        "migrate --jdbc-url jdbc:postgresql://localhost/tidegate"
      })
  void mistakesInUsageExitWith2AndNameTheHelp(String arguments) {
    CommandRun run = CommandRun.of(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("tidegate: ").contains("--help");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sql x", "status", "replay --from archive"})
  void withoutASystemOneLineSaysHowToStartOne(String arguments) {
    String[] words = (arguments + " --data " + folder).split(" ", -1);
    CommandRun run = CommandRun.of(words);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .isEqualTo(
            "tidegate: No Tidegate runs on "
                + folder
                + ". Start one with ./tidegate up, or name its folder with --data\n");
  }

  @Test
  void aStackTraceIsShownOnRequestOnly() {
    CommandRun run = CommandRun.of("status", "--verbose", "--data", folder.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("\tat dev.tidegate.local.command.");
  }

  @Test
  void aDamagedAnnouncementIsSaidToBe() throws Exception {
    Files.writeString(folder.resolve("running.json"), "{");
    CommandRun run = CommandRun.of("status", "--data", folder.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("cannot be read").hasLineCount(1);
  }

  @Test
  void whatCannotBeReachedIsSaidSectionBySection() throws Exception {
    // Port 1 is reserved: nothing listens there.
    new RunningSystem(
            ProcessHandle.current().pid(),
            "localhost:1",
            "local-dev",
            "events",
            "tidegate",
            "jdbc:postgresql://localhost:1/postgres",
            "postgres",
            folder.toString(),
            "http://localhost:1")
        .announce(folder);
    CommandRun status = CommandRun.of("status", "--data", folder.toString());
    assertThat(status.exitCode()).isEqualTo(1);
    assertThat(status.out())
        .contains("Pipeline\n  not available: http://localhost:1/status cannot be reached")
        .contains("Ledger\n  not available: PostgreSQL at jdbc:postgresql://localhost:1");

    CommandRun sql = CommandRun.of("sql", "select 1", "--data", folder.toString());
    assertThat(sql.exitCode()).isEqualTo(1);
    assertThat(sql.err()).contains("TIDEGATE_JDBC_PASSWORD").hasLineCount(1);
  }
}
