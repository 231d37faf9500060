package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pages' gcloud commands, read by the real gcloud: it has no account, so that it refuses each
 * for want of one, and would have refused a flag or a value before.
 */
class PageGcloudTest {
  @TempDir Path temporary;

  @Test
  void gcloudReadsEachCommandAndMissesOnlyAnAccount() throws IOException {
    Command.assumeInstalled("gcloud");
    Command shell =
        PageCommands.shell(temporary)
            .with("CLOUDSDK_CONFIG", Files.createDirectory(temporary.resolve("none")).toString())
            .with("CLOUDSDK_CORE_CHECK_GCE_METADATA", "false")
            .with("CLOUDSDK_CORE_DISABLE_PROMPTS", "true")
            .with("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "true");
    Set<String> commands = new LinkedHashSet<>(PageCommands.startingWith("gcloud"));
    assertThat(commands).hasSizeGreaterThan(8);
    for (String command : commands) {
      Command.Result result = shell.run(PageCommands.inShell(command));
      assertThat(result.exitCode()).as(command).isNotZero();
      assertThat(result.errors()).as(command).contains("active account selected");
      assertThat(command).contains("--project=");
    }
  }
}
