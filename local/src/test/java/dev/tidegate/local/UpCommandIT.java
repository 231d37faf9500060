package dev.tidegate.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.local.command.CommandRun;
import dev.tidegate.schemas.bigquery.AnalystView;
import dev.tidegate.testing.JavaProcess;
import dev.tidegate.testing.Repository;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code up} as its users have it: a process of its own. */
class UpCommandIT {
  @TempDir Path folder;

  private JavaProcess process;

  @AfterEach
  void stop() throws Exception {
    if (process != null) {
      process.close();
    }
  }

  @Test
  void theDemoShowsWhatLandedWhereAndStopsSoon() throws Exception {
    Instant start = Instant.now();
    process = UpProcess.start(folder, "--demo");
    process.awaitOutput(UpProcess.READY);
    Duration starting = Duration.between(start, Instant.now());
    process.awaitOutput(Pattern.compile("\\./tidegate query"));

    String shown = process.output();
    assertThat(shown)
        .contains("Tidegate is ready")
        .containsPattern("\\d\\.\\d s  PostgreSQL starts, and makes its files first")
        .containsPattern("\\d\\.\\d s  PostgreSQL is ready on port \\d+")
        .containsPattern("\\d\\.\\d s  Pub/Sub is ready on port \\d+")
        .containsPattern("\\d\\.\\d s  The pipeline starts on embedded Flink")
        .containsPattern("\\d\\.\\d s  The gateway is ready on port \\d+")
        .containsPattern("\\d\\.\\d s  The pipeline reads events")
        .containsPattern("Start page +http://localhost:\\d+/\\R")
        .containsPattern(
            "PostgreSQL +postgresql://[a-z_]+@localhost:\\d+/postgres, as psql takes it")
        .containsPattern("to read only +postgresql://reader@localhost:\\d+/postgres\\R")
        .contains("Sent 41 sample notifications")
        .contains("41 sent, 38 in the ledger")
        .contains("2 repeats (the same ID and body) were dropped")
        .contains("1 was a second body for an ID that was there already")
        .containsPattern("PROCESSED +35")
        .containsPattern("UNHANDLED +1")
        .containsPattern("DEAD_LETTER +2")
        .containsPattern("containers +3")
        .contains(
            readme("```\n(Sent 41 .*?)```")
                .lines()
                .filter(line -> !line.contains("…"))
                .toArray(String[]::new));
    assertThat(
            CommandRun.of(
                    "sql",
                    "--data=" + folder,
                    readme("tidegate sql \"(select event_timestamp[^\"]*)\""))
                .out())
        .isEqualTo(readme("```\n(event_timestamp .*?)```"));
    awaitEveryViewToHaveRows();

    process.stop();
    // Within ten seconds; where the machine is busy, within the time that starting took.
    int seconds = (int) Math.max(10, starting.toSeconds());
    assertThat(process.ends(seconds)).as("stopped within %d s", seconds).isTrue();
    assertThat(RunningSystem.in(folder)).isEmpty();
  }

  /** What the README shows of the demo. */
  private static String readme(String pattern) throws Exception {
    Matcher found =
        Pattern.compile(pattern, Pattern.DOTALL)
            .matcher(Files.readString(Repository.ROOT.resolve("README.md")));
    assertThat(found.find()).as(pattern).isTrue();
    return found.group(1);
  }

  private ReachableSystem reach() throws Exception {
    return new ReachableSystem(RunningSystem.in(folder).orElseThrow());
  }

  private void awaitEveryViewToHaveRows() {
    await()
        .untilAsserted(
            () -> {
              for (AnalystView view : AnalystView.values()) {
                assertThat(reach().query("SELECT 1 FROM " + view.viewName() + " LIMIT 1"))
                    .as(view.viewName())
                    .isNotEmpty();
              }
              assertThat(
                      reach()
                          .query(
                              "SELECT count(*), countif(status = 'DEAD_LETTER'),"
                                  + " countif(status = 'UNHANDLED'), countif(status = 'PENDING')"
                                  + " FROM events"))
                  .containsExactly("38|2|1|0");
            });
  }
}
