package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tidegate doctor}: looks for what is wrong, and says what to do about it. */
@Command(
    name = "doctor",
    description = {
      "Find what is wrong, and say what to do about it.",
      "It checks this machine, the gateway and, where the system runs here, its parts."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:There is no error; there may be warnings.", "1:There is an error."},
    footer = {
      "",
      "Examples:",
      "  tidegate doctor",
      "  tidegate doctor --profile production -o json"
    })
public final class DoctorCommand implements Callable<Integer> {
  private static final int OLDEST_JAVA = 17;
  private static final long LEAST_BYTES = 64L << 20;
  private static final long COMFORTABLE_BYTES = 2L << 30;

  /** Signatures and tokens allow five minutes; a header of HTTP tells whole seconds. */
  private static final Duration CLOCK_WARNING = Duration.ofSeconds(10);

  private static final Duration CLOCK_ERROR = Duration.ofMinutes(2);
  private static final double LAG_WARNING_SECONDS = 60;

  private enum Result {
    OK,
    WARNING,
    ERROR
  }

  @Mixin private GatewayOption gateway;
  @Mixin private OutputOption output;

  private final List<ObjectNode> checks = new ArrayList<>();

  @Override
  public Integer call() throws InterruptedException {
    java();
    disk();
    Optional<RunningSystem> here = gateway.data().runningSystemIfAny();
    if (here.isEmpty()) {
      ports();
    }
    try {
      GatewayClient client = gateway.client();
      if (reachable(client)) {
        token(client);
      }
      Optional<RunningSystem> system = gateway.systemOf(client);
      if (system.isPresent()) {
        database(system.get());
        pubsub(system.get());
        pipeline(client);
      }
    } catch (CommandFailure nowhere) {
      add("gateway", Result.ERROR, nowhere.getMessage());
    }
    output.list(checks, "check", "result", "detail");
    return checks.stream().anyMatch(check -> check.path("result").asText().equals("ERROR")) ? 1 : 0;
  }

  private void add(String check, Result result, String detail) {
    checks.add(
        Json.mapper()
            .createObjectNode()
            .put("check", check)
            .put("result", result.name())
            .put("detail", detail));
  }

  private void java() {
    int release = Runtime.version().feature();
    add(
        "java",
        release < OLDEST_JAVA ? Result.ERROR : Result.OK,
        "Java %d in %s".formatted(release, System.getProperty("java.home")));
  }

  private void disk() {
    Path folder = gateway.data().folder().toAbsolutePath();
    while (!Files.isDirectory(folder)) {
      folder = folder.getParent();
    }
    try {
      long free = Files.getFileStore(folder).getUsableSpace();
      boolean writable = Files.isWritable(folder);
      add(
          "disk",
          free < LEAST_BYTES || !writable
              ? Result.ERROR
              : free < COMFORTABLE_BYTES ? Result.WARNING : Result.OK,
          writable
              ? "%,d MB are free for %s%s"
                  .formatted(
                      free >> 20,
                      folder,
                      free < COMFORTABLE_BYTES ? ": make room, or choose another --data" : "")
              : "%s cannot be written: choose another --data".formatted(folder));
    } catch (IOException unknown) {
      add("disk", Result.WARNING, FailureReport.reason(unknown));
    }
  }

  /** Those that {@code up} would take. */
  private void ports() {
    Map.of("--gateway-port", 8080, "--pubsub-port", 8085, "--postgres-port", 5433)
        .forEach(
            (option, port) -> {
              try (ServerSocket free =
                  new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                add("port " + port, Result.OK, "free for up");
              } catch (IOException taken) {
                add(
                    "port " + port,
                    Result.WARNING,
                    "in use: free it, or give up another with " + option);
              }
            });
  }

  private boolean reachable(GatewayClient client) throws InterruptedException {
    HttpResponse<byte[]> alive;
    try {
      alive = client.getPublic("/livez");
      add("gateway", Result.OK, client.url() + " answers");
    } catch (CommandFailure away) {
      add("gateway", Result.ERROR, away.getMessage());
      return false;
    }
    clock("clock", alive.headers().firstValue("Date").flatMap(DoctorCommand::dateOf));
    try {
      client.getPublic("/readyz");
      add("ready", Result.OK, "everything that the gateway needs works");
    } catch (CommandFailure unready) {
      add("ready", Result.ERROR, unready.getMessage());
    }
    return true;
  }

  private static Optional<Instant> dateOf(String header) {
    try {
      return Optional.of(
          ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeException unreadable) {
      return Optional.empty();
    }
  }

  private void clock(String check, Optional<Instant> theirs) {
    if (theirs.isEmpty()) {
      add(check, Result.WARNING, "not told: the clocks cannot be compared");
      return;
    }
    Duration difference = Duration.between(theirs.get(), Instant.now()).abs();
    Result result =
        difference.compareTo(CLOCK_ERROR) > 0
            ? Result.ERROR
            : difference.compareTo(CLOCK_WARNING) > 0 ? Result.WARNING : Result.OK;
    add(
        check,
        result,
        "%d s apart%s"
            .formatted(
                difference.toSeconds(),
                result == Result.OK
                    ? ""
                    : ": set both by NTP, or signatures and tokens are refused"));
  }

  private void token(GatewayClient client) throws InterruptedException {
    try {
      JsonNode caller = client.get("/whoami");
      boolean operator = !caller.path("roles").isEmpty();
      add(
          "token",
          operator ? Result.OK : Result.WARNING,
          "%s of tenant %s, %s"
              .formatted(
                  caller.path("subject").asText("a service"),
                  caller.path("tenant").asText(),
                  operator
                      ? WhoamiCommand.rolesOf(caller)
                      : "without a role: issues and replays take the role of an operator"));
    } catch (CommandFailure refused) {
      add("token", Result.ERROR, refused.getMessage());
    }
  }

  private void database(RunningSystem system) {
    try (Connection database = SystemDatabase.connect(system);
        Statement statement = database.createStatement();
        ResultSet row = statement.executeQuery("SELECT clock_timestamp()")) {
      row.next();
      add("database", Result.OK, system.jdbcUrl() + " answers");
      clock("database clock", Optional.of(row.getTimestamp(1).toInstant()));
    } catch (SQLException | CommandFailure unreachable) {
      add("database", Result.ERROR, FailureReport.lineFor(unreachable));
    }
  }

  private void pubsub(RunningSystem system) throws InterruptedException {
    String url = "http://" + system.pubsubEndpoint();
    try {
      new GatewayClient(url, () -> "", "")
          .getPublic(
              "/v1/projects/%s/subscriptions/%s"
                  .formatted(system.project(), system.subscription()));
      add("pubsub", Result.OK, "%s has %s".formatted(url, system.subscription()));
    } catch (GatewayClient.Refusal refused) {
      add(
          "pubsub",
          Result.ERROR,
          "%s has no subscription %s: restart ./tidegate up, which makes it"
              .formatted(url, system.subscription()));
    } catch (CommandFailure away) {
      add("pubsub", Result.ERROR, url + " cannot be reached: ./tidegate logs --errors may say why");
    }
  }

  private void pipeline(GatewayClient client) throws InterruptedException {
    try {
      JsonNode status = client.json(client.getPublic("/status"));
      String state = status.path("state").asText();
      add(
          "pipeline",
          state.equals("RUNNING") ? Result.OK : Result.ERROR,
          state.equals("RUNNING") ? "runs" : state + ": ./tidegate logs --errors says why");
      status
          .path("problems")
          .properties()
          .forEach(problem -> add(problem.getKey(), Result.ERROR, problem.getValue().asText()));
      double lag = status.path("backlog").path("oldest_unacked_seconds").asDouble();
      add(
          "lag",
          lag > LAG_WARNING_SECONDS ? Result.WARNING : Result.OK,
          status.path("backlog").isObject()
              ? "%,d events wait, the oldest for %.1f s"
                  .formatted(status.path("backlog").path("undelivered").asLong(), lag)
              : "not known of an emulator from outside");
    } catch (CommandFailure unknown) {
      add("pipeline", Result.ERROR, unknown.getMessage());
    }
  }
}
