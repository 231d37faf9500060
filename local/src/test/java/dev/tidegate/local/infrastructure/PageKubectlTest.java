package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pages' kubectl commands, read by the real kubectl: it has no cluster, so that it fails for
 * want of one, and would have refused a flag or a value before.
 */
class PageKubectlTest {
  private static final Pattern NAMED =
      Pattern.compile("(?:flinkdeployment |deployment/|secret generic |app=)(\\S+)");

  private static final Pattern PATCH = Pattern.compile("-p \"(.*)\"$");

  @TempDir Path temporary;

  @Test
  void kubectlReadsEachCommandAndMissesOnlyACluster() throws IOException {
    Command.assumeInstalled("kubectl");
    Command shell =
        PageCommands.shell(temporary)
            .with("KUBECONFIG", temporary.resolve("none").toString())
            .with("HOME", temporary.toString());
    Path manifests = Files.createDirectory(temporary.resolve("kubernetes"));
    for (Path manifest : Repository.files(Repository.KUBERNETES, ".yaml")) {
      Files.copy(manifest, manifests.resolve(manifest.getFileName()));
    }
    for (String command : commands()) {
      Command.Result result = shell.run(PageCommands.inShell(command));
      assertThat(result.exitCode()).as(command).isNotZero();
      assertThat(result.errors())
          .as(command)
          .containsPattern(
              "connection to the server|connection refused|couldn't get current server")
          .doesNotContain("unknown", "must specify");
    }
  }

  /**
   * What they name is in the manifests, and what they change is a member there or the operator's.
   */
  @Test
  void eachNameIsOneOfTheManifests() throws IOException {
    StringBuilder manifests = new StringBuilder();
    for (Path manifest : Repository.files(Repository.KUBERNETES, ".yaml")) {
      manifests.append(Files.readString(manifest));
    }
    int names = 0;
    for (String command : commands()) {
      Matcher name = NAMED.matcher(command);
      while (name.find()) {
        assertThat(manifests).as(command).containsPattern("(?m)(name|app): " + name.group(1) + "$");
        names++;
      }
      Matcher patch = PATCH.matcher(command);
      if (patch.find()) {
        Matcher member = Pattern.compile("([A-Za-z]+):").matcher(patch.group(1));
        while (member.find()) {
          assertThat(manifests + "allowNonRestoredState: restartNonce: ")
              .as(command)
              .contains(member.group(1) + ":");
        }
      }
    }
    assertThat(names).isGreaterThan(5);
  }

  private static Set<String> commands() throws IOException {
    Set<String> commands = new LinkedHashSet<>(PageCommands.startingWith("kubectl"));
    assertThat(commands).hasSizeGreaterThan(5);
    return commands;
  }
}
