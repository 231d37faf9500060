package dev.tidegate.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tidegate.local.LocalOptions;
import dev.tidegate.local.LocalSystem;
import dev.tidegate.local.command.Tidegate;
import dev.tidegate.local.infrastructure.Command;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The requests that the documents print, run as they are printed against a running system. */
class DocumentedRequestsIT {
  private static final Path REPOSITORY = Path.of("").toAbsolutePath().getParent();
  private static final Pattern BLOCK = Pattern.compile("(?s)```sh\n(.*?)```");

  @TempDir static Path folder;

  private static LocalSystem running;

  @BeforeAll
  static void start() throws Exception {
    for (String program : List.of("bash", "curl", "openssl")) {
      assumeTrue(Command.isInstalled(program), program + " is not installed");
    }
    running =
        LocalSystem.start(
            new LocalOptions(
                folder.resolve(".tidegate"),
                new LocalOptions.Ports(0, 0, 0),
                new LocalOptions.Pubsub(Optional.empty(), "local-dev", "events", "events-pipeline"),
                Optional.empty(),
                Optional.empty(),
                LocalOptions.Runner.FLINK),
            step -> {});
    // The launcher's stead: it would build first.
    Path launcher =
        Files.writeString(
            folder.resolve("tidegate"),
            """
            #!/usr/bin/env bash
            exec '%s' -XX:TieredStopAtLevel=1 -cp '%s' %s "$@"
            """
                .formatted(
                    Path.of(System.getProperty("java.home"), "bin", "java"),
                    System.getProperty("java.class.path"),
                    Tidegate.class.getName()));
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
  }

  @AfterAll
  static void stop() {
    if (running != null) {
      running.close();
    }
  }

  static Stream<String> printed() throws Exception {
    String text =
        Files.readString(REPOSITORY.resolve("README.md"))
            + Files.readString(REPOSITORY.resolve("docs").resolve("gateway.md"));
    return BLOCK
        .matcher(text)
        .results()
        .map(block -> block.group(1))
        .filter(block -> block.contains("curl "));
  }

  @ParameterizedTest
  @MethodSource("printed")
  void areServed(String block) throws Exception {
    int port = URI.create(running.description().gatewayUrl()).getPort();
    ProcessBuilder bash =
        new ProcessBuilder(
                "bash",
                "-euo",
                "pipefail",
                "-c",
                block.replace("localhost:8080", "localhost:" + port))
            .directory(folder.toFile())
            .redirectErrorStream(true);
    bash.environment().remove("TIDEGATE_DATA");
    Process process = bash.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    assertThat(output)
        .contains(block.contains("/admin/") ? "\"page\":1" : "\"eventId\":\"evt_")
        .doesNotContain("urn:tidegate:problem");
  }
}
