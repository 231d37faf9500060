package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogsCommandTest {
  @TempDir private Path folder;
  private Path log;

  @BeforeEach
  void write() throws Exception {
    log = Files.createDirectories(folder.resolve("logs")).resolve("tidegate.log");
    Files.writeString(log, entry("INFO", "one") + entry("ERROR", "two\\u001b[2J") + "torn\n");
  }

  @Test
  void entriesAreLinesForPeople() {
    assertThat(CommandRun.of("logs", "--data=" + folder).out())
        .isEqualTo(
            """
            2026-01-31T00:00:00Z INFO  Gateway  one (java.io.IOException: why)
            2026-01-31T00:00:00Z ERROR Gateway  two\\u001b[2J (java.io.IOException: why)
            1970-01-01T00:00:00Z         torn
            """);
    assertThat(CommandRun.of("logs", "--errors", "--data=" + folder).out()).hasLineCount(1);
    assertThat(CommandRun.of("logs", "-n", "1", "--data=" + folder).out()).contains("torn");
    assertThat(CommandRun.of("logs", "-o", "ndjson", "--errors", "--data=" + folder).out())
        .contains("\"level\":\"ERROR\"")
        .hasLineCount(1);
    CommandRun none = CommandRun.of("logs", "--data=" + folder.resolve("none"));
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err()).contains("There is no log").hasLineCount(1);
  }

  @Test
  void followingGoesOnInTheNextFile() throws Exception {
    StringWriter shown = new StringWriter();
    Thread following =
        new Thread(
            () ->
                Tidegate.commandLine()
                    .setOut(new PrintWriter(shown, true))
                    .execute("logs", "-f", "--data=" + folder));
    following.start();
    try {
      await().until(() -> shown.toString().contains("torn"));
      String three = entry("INFO", "three");
      Files.writeString(log, three.substring(0, 40), UTF_8, StandardOpenOption.APPEND);
      Files.writeString(log, three.substring(40), UTF_8, StandardOpenOption.APPEND);
      await().until(() -> shown.toString().contains("three"));
      Files.move(log, log.resolveSibling("tidegate.1.log"));
      Files.writeString(log, entry("WARN", "four"));
      await().until(() -> shown.toString().contains("four"));
      assertThat(shown.toString().lines().filter(line -> line.contains("three"))).hasSize(1);
    } finally {
      following.interrupt();
      following.join();
    }
  }

  private static String entry(String level, String message) {
    return """
    {"timestamp":1769817600000,"level":"%s","loggerName":"dev.tidegate.Gateway",\
    "formattedMessage":"%s","throwable":{"className":"java.io.IOException","message":"why"}}
    """
        .formatted(level, message);
  }
}
