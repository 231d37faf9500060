package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShellcheckTest {
  @Test
  void findsNothingInTheScripts() {
    Command.assumeInstalled("shellcheck");

    Command.Result result =
        Command.in(Repository.SCRIPTS)
            .run(
                List.of(
                    "shellcheck",
                    "--external-sources",
                    "prove",
                    "test-times",
                    "build-template",
                    "launch",
                    "update",
                    "drain",
                    "status",
                    "rollback",
                    "../tidegate",
                    "dataflow.bash",
                    "flex-template.bash"));
    assertThat(result.output()).isEmpty();
    assertThat(result.exitCode()).isZero();
  }
}
