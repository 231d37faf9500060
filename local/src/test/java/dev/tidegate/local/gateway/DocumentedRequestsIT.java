package dev.tidegate.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.local.ReachableSystem;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.SharedSystem;
import dev.tidegate.local.command.Tidegate;
import dev.tidegate.testing.Command;
import dev.tidegate.testing.JavaProcess;
import dev.tidegate.testing.Patience;
import dev.tidegate.testing.Repository;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The requests that the documents print, run as they are printed against a running system. */
public class DocumentedRequestsIT {
  private static final Pattern BLOCK = Pattern.compile("(?s)```sh\n(.*?)```");

  private static RunningSystem running;
  private static Path folder;

  @BeforeAll
  static void start() throws Exception {
    Command.assumeInstalled("bash", "curl", "openssl");
    running = SharedSystem.get().description();
    folder = SharedSystem.dataFolder().getParent();
    // The launcher's stead: it would build first.
    Path launcher =
        Files.writeString(
            folder.resolve("tidegate"),
            """
            #!/usr/bin/env bash
            exec '%s' "$@"
            """
                .formatted(String.join("' '", JavaProcess.commandLine(Tidegate.class))));
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
  }

  static Stream<String> printed() throws Exception {
    String text =
        Files.readString(Repository.ROOT.resolve("README.md"))
            + Files.readString(Repository.ROOT.resolve("docs").resolve("gateway.md"))
            + Files.readString(Repository.ROOT.resolve("docs").resolve("tenants.md"));
    return BLOCK
        .matcher(text)
        .results()
        .map(block -> block.group(1))
        .filter(block -> block.contains("curl "));
  }

  @ParameterizedTest
  @MethodSource("printed")
  void areServed(String block) throws Exception {
    assertThat(run(block))
        .contains(block.matches("(?s).*/(admin|tasks)/.*") ? "\"items\":[" : "\"eventId\":\"evt_")
        .doesNotContain("urn:tidegate:problem");
    if (block.contains("tenant add initech")) {
      ReachableSystem system = new ReachableSystem(running);
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          system.sql(
                              "SELECT event_type, subject, status FROM events"
                                  + " WHERE tenant_id = 'initech'"))
                      .containsExactly("document.ingested|initech|UNHANDLED"));
    }
  }

  /** The README begins with an event and the row that it becomes. */
  @Test
  void theReadmesEventBecomesTheReadmesRow() throws Exception {
    String readme = Files.readString(Repository.ROOT.resolve("README.md"));
    Files.writeString(folder.resolve("n-7.json"), block(readme, "```json\n(.*?)```"));
    String row = block(readme, "the row is there:\\s+```\n(.*?)```");
    String[] commands = block(readme, "```sh\n([^`]*n-7\\.json.*?)```").split("\n");
    run(commands[0]);
    await().untilAsserted(() -> assertThat(run(commands[1])).startsWith(row));
  }

  private static String block(String page, String pattern) {
    Matcher block = Pattern.compile(pattern, Pattern.DOTALL).matcher(page);
    assertThat(block.find()).as(pattern).isTrue();
    return block.group(1);
  }

  /** What commands print that a shell runs where the system's data folder is. */
  private static String run(String commands) throws Exception {
    int port = URI.create(running.gatewayUrl()).getPort();
    ProcessBuilder bash =
        new ProcessBuilder(
                "bash",
                "-euo",
                "pipefail",
                "-c",
                commands.replace("localhost:8080", "localhost:" + port))
            .directory(folder.toFile())
            .redirectErrorStream(true);
    bash.environment().remove("TIDEGATE_DATA");
    Process process = bash.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(Patience.LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }
}
