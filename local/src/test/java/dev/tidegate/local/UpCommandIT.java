package dev.tidegate.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.local.command.Tidegate;
import dev.tidegate.schemas.AnalystView;
import dev.tidegate.testing.JavaProcess;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code up} as its users have it: a process of its own, stopped, killed and started again. */
class UpCommandIT {
  private static final Pattern READY = Pattern.compile("Tidegate is ready");
  private static final int EVENTS = 3_000;

  @TempDir Path folder;

  private JavaProcess process;

  @AfterEach
  void stop() throws Exception {
    if (process != null) {
      process.close();
    }
  }

  @Test
  void theDemoShowsWhatLandedWhereAndStopsWithinTenSeconds() throws Exception {
    up("--demo");
    process.awaitOutput(Pattern.compile("\\./tidegate query"));

    String shown = process.output();
    assertThat(shown)
        .contains("Tidegate is ready")
        .contains("Sent 41 sample notifications")
        .containsPattern("PROCESSED +35")
        .containsPattern("UNHANDLED +1")
        .containsPattern("DEAD_LETTER +2")
        .containsPattern("containers +3");
    awaitEveryViewToHaveRows();

    process.stop();
    assertThat(process.ends(10)).as("stopped within 10 s").isTrue();
    assertThat(RunningSystem.in(folder)).isEmpty();
  }

  @Test
  void aKilledSystemLosesNothing() throws Exception {
    Path notifications = folder.resolve("notifications.ndjson");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < EVENTS; i++) {
      lines.add(
          """
          {"data":{"id":"n%1$d","type":"webhook_notification","attributes":{"event":\
          "container.created","created_at":"2026-01-31T10:00:00Z"}},"included":[{"id":"c%1$d",\
          "type":"container","attributes":{"number":"TEMU%1$07d"}}]}"""
              .formatted(i));
    }
    Files.write(notifications, lines);
    up();
    process.awaitOutput(READY);
    assertThat(execute("send", notifications.toString())).contains("3,000 notifications accepted");
    await().until(() -> Integer.parseInt(reach().sql("SELECT count(*) FROM events").get(0)) > 200);

    process.kill();
    up();
    process.awaitOutput(READY);

    await()
        .untilAsserted(
            () ->
                assertThat(
                        reach()
                            .sql(
                                "SELECT (SELECT count(*) FROM events),"
                                    + " (SELECT count(*) FROM containers)"))
                    .containsExactly(EVENTS + "|" + EVENTS));
    await()
        .untilAsserted(
            () ->
                assertThat(reach().query("SELECT count(DISTINCT notification_id) FROM raw_events"))
                    .containsExactly(Integer.toString(EVENTS)));

    String before = snapshot();
    assertThat(execute("send", notifications.toString())).contains("3,000 notifications accepted");
    assertThat(execute("send", marker().toString())).contains("1 notification accepted");
    await()
        .until(() -> !reach().sql("SELECT 1 FROM events WHERE notification_id = 'end'").isEmpty());
    assertThat(snapshot()).as("sending all of it again touches no row").isEqualTo(before);
  }

  private Path marker() throws Exception {
    return Files.writeString(
        folder.resolve("marker.json"),
        """
        {"data":{"id":"end","type":"webhook_notification",
         "attributes":{"event":"container.teleported"}}}
        """);
  }

  private String snapshot() throws Exception {
    return String.join(
        "\n", reach().sql("SELECT c.*, c.xmin FROM containers c ORDER BY t49_container_id"));
  }

  private ReachableSystem reach() throws Exception {
    return new ReachableSystem(RunningSystem.in(folder).orElseThrow());
  }

  private void up(String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("up", "--data", folder.toString()));
    for (String port : new String[] {"--gateway-port", "--pubsub-port", "--postgres-port"}) {
      arguments.addAll(List.of(port, "0"));
    }
    arguments.addAll(List.of(more));
    process =
        JavaProcess.start(
            Tidegate.class,
            Files.createTempFile(folder, "up", ".out"),
            Map.of(),
            arguments.toArray(String[]::new));
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

  private String execute(String command, String argument) {
    StringWriter out = new StringWriter();
    CommandLine commandLine = Tidegate.commandLine().setOut(new PrintWriter(out, true));
    assertThat(commandLine.execute(command, "--data", folder.toString(), argument)).isZero();
    return out.toString();
  }
}
