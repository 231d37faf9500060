package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.local.ReachableSystem;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.SharedSystem;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import dev.tidegate.local.gateway.DevelopmentToken;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that talk to a gateway, with that of a whole running system. */
public class GatewayCommandsIT {
  @TempDir private static Path folder;

  private static RunningSystem running;
  private static ReachableSystem system;

  @BeforeAll
  static void reach() {
    running = SharedSystem.get().description();
    system = new ReachableSystem(running);
  }

  @Test
  void aLoginIsKeptForItsOwnerAloneUntilTheLogout() throws Exception {
    Map<String, String> home = Map.of("XDG_CONFIG_HOME", folder.resolve("home").toString());
    Path file = folder.resolve("home/tidegate/profiles.json");
    String token = token("acme", Role.OPERATOR);

    CommandRun refused =
        CommandRun.withInput("wrong".getBytes(UTF_8), home, "login", "--gateway-url", url());
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("does not accept the token").hasLineCount(1);
    assertThat(file).doesNotExist();

    CommandRun login =
        CommandRun.withInput(
            (token + "\n").getBytes(UTF_8), home, "login", "--gateway-url", url() + "/");
    assertThat(login.err()).isEmpty();
    assertThat(login.out())
        .isEqualTo(
            "Logged in to %s as tester of tenant acme (OPERATOR). It is the profile default.\n"
                .formatted(url()));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.readString(file)).contains(token);

    String elsewhere = "--data=" + folder.resolve("nothing");
    CommandRun me = CommandRun.with(home, "whoami", "--profile=default", "-o", "json");
    JsonNode caller = Json.parse(me.out().getBytes(UTF_8));
    assertThat(caller.path("subject").asText()).isEqualTo("tester");
    assertThat(caller.path("tenant").asText()).isEqualTo("acme");
    assertThat(caller.path("roles").toString()).isEqualTo("[\"OPERATOR\"]");
    assertThat(CommandRun.with(home, "event", "list", "--profile=default").exitCode()).isZero();
    assertThat(CommandRun.with(home, "event", "list", "--profile=other").err())
        .contains("There is no profile other. There are: default")
        .hasLineCount(1);
    assertThat(CommandRun.with(home, "whoami", elsewhere).err()).contains("No Tidegate runs on");

    assertThat(CommandRun.with(home, "logout").out()).isEqualTo("Logged out of " + url() + "\n");
    assertThat(Files.readString(file)).doesNotContain(token);
    assertThat(CommandRun.with(home, "whoami", "--profile=default").exitCode()).isEqualTo(1);
  }

  @Test
  void theEnvironmentNamesAGatewayAndAnOptionOutranksIt() {
    Map<String, String> environment =
        Map.of(
            "TIDEGATE_GATEWAY_URL", url(),
            "TIDEGATE_TOKEN", token("acme", Role.OPERATOR),
            "XDG_CONFIG_HOME", folder.resolve("empty").toString());
    assertThat(CommandRun.with(environment, "whoami", "-q").out()).isEqualTo("tester\n");
    assertThat(CommandRun.with(environment, "whoami", "-q", "--data=" + data()).out())
        .isNotEqualTo("tester\n")
        .isNotBlank();
    assertThat(CommandRun.with(environment, "whoami", "--gateway-url=http://localhost:1").err())
        .contains("http://localhost:1 cannot be reached")
        .hasLineCount(1);
    assertThat(CommandRun.with(environment, "whoami", "--profile=x", "--gateway-url=" + url()))
        .extracting(CommandRun::exitCode)
        .isEqualTo(2);
  }

  @Test
  void refusalsSayInOneLineWhatToDo() {
    Map<String, String> nobody =
        Map.of("TIDEGATE_GATEWAY_URL", url(), "TIDEGATE_TOKEN", token("acme"));
    assertThat(CommandRun.with(nobody, "issue", "list").err())
        .contains("does not allow this", "role of an operator", "tidegate whoami")
        .hasLineCount(1);
    assertThat(CommandRun.with(nobody, "event", "get", "evt_nothing").err())
        .contains("does not have that")
        .hasLineCount(1);
    Map<String, String> unknown =
        Map.of("TIDEGATE_GATEWAY_URL", url(), "TIDEGATE_TOKEN", "expired");
    assertThat(CommandRun.with(unknown, "event", "list").err())
        .contains("does not accept the token", "eval \"$(./tidegate env)\"")
        .hasLineCount(1);
    assertThat(run("event", "list", "--since", "2026-02-01", "--until", "2026-01-01").exitCode())
        .isZero();
    assertThat(run("event", "list", "--limit", "0").exitCode()).isEqualTo(2);
  }

  @Test
  void aTriggeredSampleIsANewEventThatCanBeShownAndRetried() throws Exception {
    CommandRun triggered = run("trigger", "container.transport.vessel_loaded", "-o", "ndjson");
    assertThat(triggered.err()).isEmpty();
    JsonNode event = Json.parse(triggered.out().getBytes(UTF_8));
    assertThat(event.path("status").asText()).isEqualTo("PROCESSED");
    String id = event.path("eventId").asText();
    assertThat(run("trigger", "a1-vessel-loaded", "-q").out()).startsWith("evt_").isNotEqualTo(id);

    CommandRun list =
        run("event", "list", "--type=container.transport.vessel_loaded", "-q", "--limit=150");
    assertThat(list.out().lines()).contains(id).allMatch(line -> line.startsWith("evt_"));
    CommandRun csv = run("event", "list", "--limit=1", "--output=csv");
    assertThat(csv.out())
        .startsWith(
            "eventId,status,tenant,source,eventType,notificationId,processedAt,errorClass\n")
        .doesNotContain("\r");

    CommandRun detail = run("event", "get", id, "-o", "json");
    JsonNode all = Json.parse(detail.out().getBytes(UTF_8));
    assertThat(all.path("payload").path("data").path("id").asText())
        .isEqualTo(event.path("notificationId").asText());
    assertThat(all.path("rowsWritten").path("rows")).isNotEmpty();
    assertThat(run("event", "get", id).out()).contains("status").contains("PROCESSED");
    CommandRun refused = run("trigger", "malformed");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("answered 422").hasLineCount(1);

    CommandRun retried = run("event", "retry", id, "evt_nothing");
    assertThat(retried.out()).contains(id);
    assertThat(retried.err()).startsWith("tidegate: evt_nothing: ").hasLineCount(1);
    assertThat(retried.exitCode()).isEqualTo(1);
    await()
        .untilAsserted(
            () ->
                assertThat(run("event", "get", id, "-o", "ndjson").out())
                    .contains("\"attempts\":2"));
  }

  @Test
  void anEventIsFoundByEachOfItsNames() throws Exception {
    JsonNode sent =
        Json.parse(
            run("trigger", "container.transport.vessel_loaded", "-o", "ndjson")
                .out()
                .getBytes(UTF_8));
    String id = sent.path("eventId").asText();
    JsonNode event = Json.parse(run("event", "show", id, "-o", "json").out().getBytes(UTF_8));
    JsonNode keys = event.path("about").path("keys");
    assertThat(keys.path("container_number").asText()).isNotBlank();
    for (String name :
        List.of(
            id,
            event.path("notificationId").asText(),
            event.path("requestId").asText(),
            keys.path("container_number").asText())) {
      CommandRun found = run("event", "find", name, "-q", "--limit=1000");
      assertThat(found.err()).isEmpty();
      assertThat(found.out().lines()).as(name).contains(id).doesNotHaveDuplicates();
    }
    CommandRun one = run("event", "find", event.path("notificationId").asText());
    assertThat(one.out())
        .containsPattern("eventId +" + id)
        .contains("What happened:", "RECEIVED", "PROCESSED")
        .doesNotContain("payload.");
    assertThat(one.err()).contains("tidegate event get " + id + " --payload");

    CommandRun none = run("event", "find", "nothing");
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err()).contains("No event is called nothing").hasLineCount(1);
    assertThat(run("event", "get", "nothing").err())
        .contains("does not have that", "tidegate event find VALUE")
        .hasLineCount(1);
  }

  @Test
  void aRowThatPubsubRefusesIsListedTriedAgainAndDiscarded() throws Exception {
    String id =
        system
            .sql(
                """
                INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, payload,
                  attributes)
                VALUES ('relayed', gen_random_uuid(), 'shop', 'order.paid', 'order-1', '{}',
                  '{"goog-x": "reserved"}')
                RETURNING event_id
                """)
            .get(0);
    String tenant = "--tenant=relayed";
    await().until(() -> run("relay", "list", tenant, "-q").out().equals(id + "\n"));
    assertThat(run("relay", "list", tenant).out()).contains("order-1", "INVALID_ARGUMENT");
    assertThat(run("relay", "status", tenant, "-o", "json").out())
        .contains("\"running\" : true", "\"refused\" : 1");
    CommandRun retried = run("relay", "retry", id, tenant, "-o", "ndjson");
    assertThat(retried.err()).isEmpty();
    assertThat(retried.out()).contains("\"aggregate\":\"order-1\"");
    await().until(() -> run("relay", "list", tenant, "-q").out().equals(id + "\n"));
    assertThat(run("relay", "discard", id, tenant, "-q").out()).isEqualTo(id + "\n");
    assertThat(run("relay", "list", tenant, "-q").out()).isEmpty();
    CommandRun gone = run("relay", "discard", id, tenant);
    assertThat(gone.exitCode()).isEqualTo(1);
    assertThat(gone.err()).contains("no such refused row").hasLineCount(1);
  }

  @Test
  void anIssueIsAcknowledgedResolvedAndDiscarded() throws Exception {
    system.publish("{\"of\": \"issues\"".getBytes(UTF_8), Map.of("tenant_id", "issues"));
    await().until(() -> !run("event", "list", "--tenant=issues", "-q").out().isBlank());
    String id = run("event", "list", "--tenant=issues", "-q").out().strip();
    JsonNode letter =
        Json.parse(run("event", "get", id, "-o", "json").out().getBytes(UTF_8))
            .path("deadLetters")
            .path(0);
    String fingerprint = letter.path("fingerprint").asText();
    String tenant = "--tenant=" + letter.path("tenant").asText();

    assertThat(run("issue", "list", "--state=OPEN", tenant, "-q").out()).contains(fingerprint);
    assertThat(run("issue", "show", fingerprint, tenant).out())
        .contains("fingerprint")
        .contains("openLetters")
        .contains(id);
    assertThat(run("event", "show", id).out())
        .containsPattern(
            "20[0-9T:.-]+Z +FAILED +Decode +UNDECODABLE +"
                + Pattern.quote(letter.path("errorMessage").asText()))
        .contains("Dead letters:", fingerprint);
    CommandRun ignored = run("issue", "ignore", fingerprint, tenant);
    assertThat(ignored.out()).contains("IGNORED");
    assertThat(ignored.err())
        .startsWith(fingerprint + ": ")
        .contains("open now: 1", "stays open until somebody replays or discards it")
        .hasLineCount(1);
    assertThat(run("issue", "ack", fingerprint, tenant, "-o", "ndjson").out())
        .contains("\"state\":\"ACKNOWLEDGED\"");
    assertThat(run("issue", "resolve", fingerprint, tenant, "-o", "ndjson").out())
        .contains("\"state\":\"RESOLVED\"");
    CommandRun discarded =
        run("issue", "discard", fingerprint, tenant, "--reason=sent by a test", "-o", "ndjson");
    assertThat(discarded.err()).isEmpty();
    assertThat(discarded.out()).contains("\"state\":\"IGNORED\"", "\"openLetters\":0");
    assertThat(
            system.sql(
                "SELECT DISTINCT status FROM event_dead_letters WHERE fingerprint = '%s' AND tenant_id = '%s'"
                    .formatted(fingerprint, letter.path("tenant").asText())))
        .containsExactly("DISCARDED");
    // Analysts see it after some seconds.
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.query(
                            "SELECT discarded_events FROM dead_letters_by_fingerprint"
                                + " WHERE fingerprint = '%s'".formatted(fingerprint)))
                    .as("the letters of other tests have the same fingerprint, and are open")
                    .containsExactly("1"));
    assertThat(
            system.query(
                "SELECT count(*) FROM failed_events WHERE tenant_id = '%s'"
                    .formatted(letter.path("tenant").asText())))
        .containsExactly("0");
    assertThat(
            system.sql(
                "SELECT actor IS NOT NULL, details ->> 'action', details ->> 'reason' FROM audit_records"
                    + " WHERE action = 'START_REPLAY' AND tenant_id = '%s'"
                        .formatted(letter.path("tenant").asText())))
        .containsExactly("t|DISCARD|sent by a test");
    CommandRun none = run("issue", "ack", "nothing");
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err()).contains("no such issue").hasLineCount(1);
  }

  @Test
  void waitingForAReplayEndsWhenSomebodyPausesOrCancelsIt() throws Exception {
    for (int i = 0; i < 20; i++) {
      system.publish(
          ("{\"broken\": " + i).getBytes(UTF_8),
          Map.of("tenant_id", "slow", "notification_id", "slow-" + i));
    }
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.sql(
                            "SELECT count(*) FROM event_dead_letters WHERE tenant_id = 'slow'"))
                    .containsExactly("20"));
    CommandRun counted =
        run("replay", "start", "--from=dead-letters", "--tenant=slow", "--dry-run");
    assertThat(counted.out()).startsWith("20 events would be replayed");

    CompletableFuture<CommandRun> paused = startSlowReplay();
    String id = runningReplay();
    Map<String, String> operator =
        Map.of("TIDEGATE_GATEWAY_URL", url(), "TIDEGATE_TOKEN", token("slow", Role.OPERATOR));
    assertThat(CommandRun.with(operator, "replay", "pause", id, "-o", "ndjson").out())
        .as("the tenant's operator sees and pauses it")
        .contains("\"PAUSED\"");
    CommandRun first = paused.get(30, TimeUnit.SECONDS);
    assertThat(first.exitCode()).as(first.err()).isEqualTo(3);
    assertThat(first.err()).contains("was paused", "replay resume " + id).hasLineCount(1);
    assertThat(run("replay", "show", id).out()).contains("PAUSED");
    assertThat(run("replay", "resume", id).exitCode()).isZero();
    assertThat(run("replay", "cancel", id).exitCode()).isZero();
    assertThat(run("replay", "cancel", id).err()).contains("answered 409").hasLineCount(1);

    CompletableFuture<CommandRun> cancelled = startSlowReplay();
    assertThat(run("replay", "cancel", runningReplay()).exitCode()).isZero();
    assertThat(cancelled.get(30, TimeUnit.SECONDS).exitCode()).isEqualTo(4);

    CommandRun left = run("replay", "start", "--from=ledger", "--tenant=nobody", "--no-wait", "-q");
    assertThat(left.out().strip()).matches("[0-9a-f-]{36}");
    assertThat(run("replay", "list", "-q", "--limit=100").out()).contains(id, left.out().strip());
  }

  /** Without a tenant: that all events are of one tenant is found out. */
  private static final String SLOW =
      IntStream.range(0, 20)
          .mapToObj(i -> "slow-" + i)
          .collect(Collectors.joining(",", "--id=", ""));

  private static CompletableFuture<CommandRun> startSlowReplay() {
    return CompletableFuture.supplyAsync(
        () -> run("replay", "start", "--from=dead-letters", SLOW, "--rate=0.2"));
  }

  private static String runningReplay() {
    await()
        .untilAsserted(
            () -> assertThat(run("replay", "list", "--status=RUNNING", "-q").out()).isNotBlank());
    return run("replay", "list", "--status=RUNNING", "-q").out().strip();
  }

  @Test
  void tasksAreWorkedOff() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ids.addAll(
          system.sql(
              """
              INSERT INTO tasks (tenant_id, task_id, kind, priority, aggregate, payload, source, cause,
                handler, effect_key)
              VALUES ('tasks', gen_random_uuid(), 'research', %d, 'order %d', '{"total": 1.50}', 'shop',
                'n%d', 'order.paid', '0')
              RETURNING task_id
              """
                  .formatted(9 - i, i, i)));
    }
    String id = ids.get(0);
    JsonNode claimed = claimed();
    assertThat(claimed.path("taskId").asText()).isEqualTo(id);
    assertThat(claimed.path("payload")).hasToString("{\"total\":1.50}");
    String token = "--token=" + claimed.path("token").asLong();
    assertThat(run("task", "list", "--tenant=tasks", "--status=CLAIMED", "-q").out())
        .isEqualTo(id + "\n");
    assertThat(run("task", "extend", id, token, "--lease=600").out()).contains("CLAIMED");
    CommandRun wrong = run("task", "complete", id, "--token=7", "--result=1");
    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.err()).contains("answered 409", "somebody else has the task").hasLineCount(1);
    assertThat(run("task", "complete", id, token, "--result=none").exitCode()).isEqualTo(2);
    CommandRun completed =
        CommandRun.withInput(
            "{\"found\": []}".getBytes(UTF_8),
            "task",
            "complete",
            id,
            token,
            "--result-file=-",
            "--data=" + data());
    assertThat(completed.err()).isEmpty();
    assertThat(completed.out()).contains("COMPLETED");
    assertThat(run("task", "show", id, "-o", "ndjson").out())
        .contains("\"result\":{\"found\":[]}")
        .contains("\"claimedBy\":\"somebody\"");

    token = "--token=" + claimed().path("token").asLong();
    assertThat(run("task", "fail", ids.get(1), token, "--reason=away", "--retry").out())
        .contains("OPEN");
    token = "--token=" + claimed().path("token").asLong();
    assertThat(run("task", "fail", ids.get(1), token, "--reason=away").out()).contains("FAILED");
    CommandRun cancelled = run("task", "cancel", ids.get(2), id, "--reason=asked twice");
    assertThat(cancelled.out()).contains("CANCELLED");
    assertThat(cancelled.err()).startsWith("tidegate: " + id).contains("COMPLETED already");
    assertThat(cancelled.exitCode()).isEqualTo(1);
  }

  private static JsonNode claimed() throws IOException {
    CommandRun claim =
        run(
            "task",
            "claim",
            "--kind=research,review",
            "--tenant=tasks",
            "--worker=somebody",
            "-o",
            "ndjson");
    assertThat(claim.err()).isEmpty();
    return Json.parse(claim.out().getBytes(UTF_8));
  }

  @Test
  void aKeyOfAWorkerWorksOffTasksOnly() {
    CommandRun added = run("tenant", "add", "workers", "--role=worker");
    Map<String, String> worker =
        Map.of("TIDEGATE_GATEWAY_URL", url(), "TIDEGATE_TOKEN", added.out().strip());
    assertThat(CommandRun.with(worker, "whoami", "-o", "ndjson").out())
        .contains("\"roles\":[\"WORKER\"]");
    assertThat(CommandRun.with(worker, "task", "claim", "--kind=research").exitCode()).isZero();
    assertThat(CommandRun.with(worker, "saga", "list").err()).contains("role of an operator");
    assertThat(run("tenant", "add", "workers", "--role=platform_operator").exitCode()).isEqualTo(2);
    assertThat(run("token", "--role=worker").exitCode()).isZero();
  }

  @Test
  void aViewerSeesAndChangesNothing() {
    CommandRun added = run("tenant", "add", "viewers", "--role=viewer");
    Map<String, String> viewer =
        Map.of("TIDEGATE_GATEWAY_URL", url(), "TIDEGATE_TOKEN", added.out().strip());
    assertThat(CommandRun.with(viewer, "whoami", "-o", "ndjson").out())
        .contains("\"roles\":[\"VIEWER\"]");
    assertThat(CommandRun.with(viewer, "saga", "list").exitCode()).isZero();
    assertThat(CommandRun.with(viewer, "task", "claim", "--kind=research").err())
        .contains("role of a worker");
    assertThat(run("token", "--role=viewer").exitCode()).isZero();
  }

  /** Its URL signs a browser in: the code goes where the page sends it. */
  @Test
  void openHandsASessionOver() throws Exception {
    assertThat(run("open", "/openapi.yaml").out()).isEqualTo(url() + "/openapi.yaml\n");
    String page = run("open", "/console/events?status=DEAD_LETTER").out().strip();
    assertThat(page)
        .startsWith(
            url() + "/console/sign-in?returnTo=%2Fconsole%2Fevents%3Fstatus%3DDEAD_LETTER#code=");
    String home = run("open").out().strip();
    assertThat(home).startsWith(url() + "/console/sign-in#code=");
    String code = home.substring(home.indexOf('=') + 1);
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(url() + "/console/session"))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"code\":\"%s\"}".formatted(code)))
                    .build(),
                BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("PLATFORM_OPERATOR");
    assertThat(answer.headers().firstValue("set-cookie").orElseThrow())
        .startsWith("__Host-tidegate=");
  }

  @Test
  void sagasAreShownAndHandled() throws Exception {
    system.sql(
        """
        INSERT INTO saga_instances (
          tenant_id, source, saga, instance, waiting_for, since, state, events)
        VALUES ('sagas', 'shop', 'research', 'inquiry/1', 'an answer', '2026-03-01T10:00:00Z',
          '{"asker": "ann"}', 1)
        RETURNING 1
        """);
    system.sql(
        """
        INSERT INTO saga_events (
          tenant_id, source, saga, instance, notification_id, event_type, version, payload)
        VALUES ('sagas', 'shop', 'research', 'inquiry/1', 'n1', 'inquiry.made',
          '\\x00e32ab9c5ddb0004e07408562bedb8b60ce05c1decfe3ad', '')
        RETURNING 1
        """);
    system.sql(
        """
        INSERT INTO effects (
          tenant_id, effect_id, source, cause, handler, effect_key, kind, effect_type)
        VALUES ('sagas', gen_random_uuid(), 'shop', 'inquiry/1', 'saga:research', 'chase', 'EVENT',
          'inquiry.chased')
        RETURNING 1
        """);
    system.sql(
        """
        INSERT INTO saga_deadlines (
          tenant_id, source, saga, instance, deadline, due_at, event_id)
        VALUES ('sagas', 'shop', 'research', 'inquiry/1', 'close', '2126-03-08T10:00:00Z',
          gen_random_uuid())
        RETURNING 1
        """);

    assertThat(run("saga", "list", "--saga=research", "--tenant=sagas", "--status=ACTIVE").out())
        .contains("inquiry/1", "an answer", "2026-03-01T10:00:00Z");
    CommandRun shown = run("saga", "show", "research", "inquiry/1", "--tenant=sagas");
    assertThat(shown.err()).isEmpty();
    assertThat(shown.out())
        .contains("state.asker", "ann")
        .contains("inquiry.made", "evt_")
        .contains("inquiry.chased", "PUBLISHED")
        .contains("close", "2126-03-08T10:00:00Z");
    assertThat(run("saga", "retry", "research", "inquiry/1", "-q").out()).startsWith("evt_");
    CommandRun cancelled = run("saga", "cancel", "research", "inquiry/1", "--reason=asked twice");
    assertThat(cancelled.exitCode()).isZero();
    assertThat(cancelled.err()).contains("tidegate event get");
    assertThat(run("saga", "show", "research", "inquiry/2").err())
        .contains("no such instance")
        .hasLineCount(1);
  }

  @Test
  void eventsAreForwardedByteForByteAndFailuresAreTold() throws Exception {
    List<String> bodies = new CopyOnWriteArrayList<>();
    List<String> headers = new CopyOnWriteArrayList<>();
    HttpServer target =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    target.createContext(
        "/hooks",
        exchange -> {
          bodies.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          headers.add(
              exchange.getRequestHeaders().getFirst("X-Tidegate-Notification-Id")
                  + " "
                  + exchange.getRequestHeaders().getFirst("X-Tidegate-Note")
                  + " "
                  + exchange.getRequestHeaders().getFirst("Content-Type"));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    target.start();
    try {
      String address = "http://localhost:" + target.getAddress().getPort();
      CompletableFuture<CommandRun> listening = listen(address + "/hooks");
      CompletableFuture<CommandRun> failing = listen(address + "/nosuch");
      String body = "{ \"id\" :\t1, \"é\": 1.50 }\n";
      // Whoever listens from now on sees one of them; which one, nobody can know.
      List<String> sent = new ArrayList<>();
      await()
          .until(
              () -> {
                String id = "forwarded-" + sent.size();
                sent.add(id);
                system.publish(
                    body.getBytes(UTF_8),
                    Map.of(
                        "tenant_id", "forward",
                        "source", "other",
                        "event_type", "thing.happened",
                        "notification_id", id,
                        "note", "é\n",
                        "content_type", "application/json"));
                return listening.isDone() && failing.isDone();
              });
      assertThat(listening.get().err()).doesNotContain("tidegate:");
      assertThat(listening.get().exitCode()).isZero();
      assertThat(bodies).containsExactly(body);
      assertThat(headers).singleElement().asString().endsWith(" %C3%A9%0A application/json");
      assertThat(sent).contains(headers.get(0).split(" ")[0]);
      assertThat(failing.get().exitCode()).isEqualTo(1);
      assertThat(failing.get().err()).contains("was not forwarded", "/nosuch answered 404");
      assertThat(failing.get().out()).contains("thing.happened");
    } finally {
      target.stop(0);
    }
  }

  private static CompletableFuture<CommandRun> listen(String target) {
    return CompletableFuture.supplyAsync(
        () -> run("listen", "--tenant=forward", "--count=1", "--forward-to", target));
  }

  @Test
  void envIsWhatAShellNeeds() throws Exception {
    Command.assumeInstalled("bash");
    CommandRun env = run("env");
    assertThat(env.err()).isEmpty();
    Command.Result shell =
        Command.in(folder)
            .run(
                "bash",
                "-euc",
                env.out()
                    + "echo \"$TIDEGATE_GATEWAY_URL $PUBSUB_EMULATOR_HOST\";"
                    + "echo \"$PGHOST:$PGPORT/$PGDATABASE $PGUSER\"; echo \"$TIDEGATE_TOKEN\";"
                    + "echo \"$TIDEGATE_POSTGRES_URL\"; echo \"$TIDEGATE_JDBC_URL\"");
    assertThat(shell.lines().get(0)).isEqualTo(url() + " " + running.pubsubEndpoint());
    assertThat(running.jdbcUrl())
        .contains(shell.lines().get(1).split(" ")[0].replaceFirst("^localhost|^127.0.0.1", ""));
    assertThat(
            CommandRun.with(
                    Map.of("TIDEGATE_GATEWAY_URL", url(), "TIDEGATE_TOKEN", shell.lines().get(2)),
                    "whoami",
                    "-q")
                .out())
        .isEqualTo("developer\n");
    assertThat(validity(shell.lines().get(2))).isEqualTo(Duration.ofHours(1));
    assertThat(shell.lines().subList(3, 5))
        .containsExactly(running.postgresUrl(), running.jdbcUrl());
    if (Command.isInstalled("psql")) {
      assertThat(
              Command.in(folder)
                  .run(
                      "bash",
                      "-euc",
                      env.out()
                          + "psql -Atc 'select count(*) >= 0 from events';psql"
                          + " \"$TIDEGATE_POSTGRES_URL\" -Atc 'select count(*) < 0 from events'")
                  .lines())
          .containsExactly("t", "f");
    }
    assertThat(validity(run("token").out().strip())).isEqualTo(Duration.ofHours(1));
    assertThat(validity(run("token", "--ttl=30d").out().strip())).isEqualTo(Duration.ofDays(30));
    assertThat(run("token", "--ttl=forever").exitCode()).isEqualTo(2);
  }

  private static Duration validity(String token) throws Exception {
    JsonNode claims = Json.parse(Base64.getUrlDecoder().decode(token.split("\\.")[1]));
    return Duration.ofSeconds(claims.path("exp").asLong() - claims.path("iat").asLong());
  }

  @Test
  void doctorFindsAHealthySystemHealthyAndMetricsAreReadable() throws Exception {
    CommandRun doctor = run("doctor", "-o", "json");
    JsonNode checks = Json.parse(doctor.out().getBytes(UTF_8));
    assertThat(checks)
        .extracting(check -> check.path("check").asText() + " " + check.path("result").asText())
        .contains(
            "java OK",
            "gateway OK",
            "clock OK",
            "ready OK",
            "token OK",
            "database OK",
            "database clock OK",
            "pubsub OK",
            "pipeline OK",
            "lag OK");
    assertThat(doctor.exitCode()).isZero();

    run("trigger", "a1-vessel-loaded");
    assertThat(run("metrics").out())
        .containsPattern("events\\.events +[1-9]")
        .containsPattern("events\\.latencyMillis\\.p50 +[0-9.]+")
        .contains("gateway.outbox_waiting")
        .containsPattern("gateway\\.events_accepted_total\\{source=\"terminal49\"} +[1-9]")
        // A replay that ran in this JVM took the names that it has in common with the pipeline.
        .containsPattern("gateway\\.pipeline_events_[a-z]+_total +[1-9]");
    JsonNode metrics = Json.parse(run("metrics", "-o", "json").out().getBytes(UTF_8));
    assertThat(metrics.path("events").path("byStatus").path("PROCESSED").asLong()).isPositive();
    assertThat(metrics.path("gateway")).isNotEmpty();
  }

  private static CommandRun run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--data=" + data());
    return CommandRun.of(all.toArray(String[]::new));
  }

  private static Path data() {
    return SharedSystem.dataFolder();
  }

  private static String url() {
    return running.gatewayUrl();
  }

  private static String token(String tenant, Role... roles) {
    try {
      return new DevelopmentToken(tenant, "tester", List.of(roles), List.of(), Duration.ofHours(1))
          .sign(DevelopmentSecrets.in(data()).tokenKey());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
