package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ShellcheckTest {
  @Test
  void findsNothingInTheScripts() {
    assumeTrue(Command.isInstalled("shellcheck"), "shellcheck is not installed");

    Command.Result result =
        Command.in(Repository.SCRIPTS)
            .run(
                List.of(
                    "shellcheck",
                    "--external-sources",
                    "build-template",
                    "launch",
                    "update",
                    "drain",
                    "status",
                    "rollback",
                    "dataflow.bash",
                    "flex-template.bash"));
    assertThat(result.output()).isEmpty();
    assertThat(result.exitCode()).isZero();
  }
}
