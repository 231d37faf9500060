package dev.tidegate.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.testing.Patience;
import dev.tidegate.testing.SmallDisk;
import dev.tidegate.testing.TestDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway as it is deployed: a process of its own, its file, its environment, its signals. */
class GatewayMainIT {
  private static final Pattern STOPPING = Pattern.compile("\"stopping\"");

  @TempDir private Path folder;
  private GatewayProcess gateway;

  @BeforeEach
  void start() throws Exception {
    gateway = new GatewayProcess(folder);
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
  }

  @Test
  void aStopFinishesARequestThatHasBegun() throws Exception {
    gateway.start("256m", "--drainDelay=0s");
    String body = GatewayProcess.notification("slow", 0);
    try (Socket socket = begin(body, 20)) {
      // It is in the server when a later one has been answered.
      assertThat(gateway.get("/livez").statusCode()).isEqualTo(200);

      gateway.process().stop();
      gateway.process().awaitOutput(STOPPING);
      OutputStream out = socket.getOutputStream();
      out.write(body.substring(20).getBytes(UTF_8));
      out.flush();

      InputStream in = socket.getInputStream();
      assertThat(new String(in.readAllBytes(), UTF_8)).startsWith("HTTP/1.1 202");
    }
    assertThat(gateway.process().ends()).isTrue();
    assertThat(gateway.process().output())
        .contains("\"stopped\"")
        .doesNotContain(GatewayProcess.SECRET);
    assertThat(gateway.pubsub.backlog(GatewayProcess.SUBSCRIPTION).undelivered()).isEqualTo(1);
  }

  @Test
  void aStopIsToldToLoadBalancersBeforeRequestsAreRefused() throws Exception {
    gateway.start("256m", "--drainDelay=3s");
    awaitReady("/readyz?exclude=database");
    gateway.process().stop();
    gateway.process().awaitOutput(STOPPING);
    long told = System.nanoTime();
    assertThat(gateway.get("/readyz?exclude=database").body()).contains("\"gateway\"", "stops");
    assertThat(gateway.get("/livez").statusCode()).isEqualTo(200);
    int sent = 0;
    while (System.nanoTime() - told < 2_000_000_000L) {
      assertThat(gateway.send(GatewayProcess.notification("late-" + sent++, 0))).isEqualTo(202);
    }
    assertThat(gateway.process().ends()).isTrue();
    assertThat(gateway.pubsub.backlog(GatewayProcess.SUBSCRIPTION).undelivered()).isEqualTo(sent);
  }

  @Test
  void itServesWhileTheDatabaseIsAway() throws Exception {
    gateway.start("256m");
    assertThat(gateway.send(GatewayProcess.notification("n", 0))).isEqualTo(202);
    assertThat(gateway.get("/livez").statusCode()).isEqualTo(200);
    assertThat(gateway.get("/readyz").statusCode()).isEqualTo(503);
    awaitReady("/readyz?exclude=database");
  }

  /** The first answer of Pub/Sub may take longer than readiness waits for it. */
  private void awaitReady(String path) {
    await().untilAsserted(() -> assertThat(gateway.get(path).statusCode()).isEqualTo(200));
  }

  @Test
  void itEndsWhereItHasNoMemoryLeft() throws Exception {
    // A budget that the heap does not have.
    gateway.start("64m", "--bodyBytes=1000000000");
    String body = GatewayProcess.notification("n", 1_000_000);
    List<Socket> attackers = new ArrayList<>();
    try {
      while (gateway.process().isAlive() && attackers.size() < 500) {
        attackers.add(begin(body, body.length() - 1));
      }
    } catch (IOException itHasEnded) {
      // It is what is wanted.
    } finally {
      for (Socket attacker : attackers) {
        attacker.close();
      }
    }
    assertThat(gateway.process().ends()).isTrue();
    assertThat(gateway.process().exitCode()).isEqualTo(3);
  }

  @Test
  void itIsNotReadyWhileTheSpoolsDiskIsFullAndPubsubIsAway() throws Exception {
    try (SmallDisk disk = SmallDisk.at(folder.resolve("disk"), 2)) {
      disk.assumeMounted();
      gateway.startWith(
          """
          pubsub: {project: local-dev, topic: events, endpoint: "localhost:1"}
          spool: {folder: %s}
          stampKey: env:EVENT_ID_KEY
          """
              .formatted(disk.folder()),
          "256m");
      assertThat(gateway.send(GatewayProcess.notification("n-kept", 0))).isEqualTo(202);
      awaitReady("/readyz");

      disk.fill();
      await()
          .untilAsserted(
              () ->
                  assertThat(gateway.send(GatewayProcess.notification("n-" + UUID.randomUUID(), 0)))
                      .isEqualTo(503));
      HttpResponse<String> answer = gateway.get("/readyz");
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).contains("\"pointer\":\"pubsub\"");

      disk.makeRoom();
      awaitReady("/readyz");
      assertThat(gateway.send(GatewayProcess.notification("n-later", 0))).isEqualTo(202);
    }
  }

  @Test
  void aRelayAlonePublishesTheOutboxAndServesNothingButHealthAndMetrics() throws Exception {
    TestDatabase database =
        TestDatabase.create(
            """
            INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, payload)
            VALUES ('acme', gen_random_uuid(), 'shop', 'order.paid', 'order-1', '{}')
            """);
    gateway.startWith(
        """
        pubsub: {project: local-dev, topic: events, endpoint: "%s"}
        database: {jdbcUrl: "%s", username: %s}
        relay: {}
        """
            .formatted(gateway.pubsub.endpoint(), database.jdbcUrl(), TestDatabase.USERNAME),
        "256m",
        "--relay-only",
        "--drainDelay=0s");
    await().until(() -> gateway.pubsub.backlog(GatewayProcess.SUBSCRIPTION).undelivered() == 1);
    awaitReady("/readyz");
    await()
        .untilAsserted(
            () ->
                assertThat(gateway.get("/metrics").body())
                    .contains("tidegate_relay_published_total{table=\"outbox\"} 1.0"));
    assertThat(gateway.get("/health").body()).contains("\"relay\"");
    assertThat(gateway.get("/whoami").statusCode()).isEqualTo(404);
    assertThat(gateway.send(GatewayProcess.notification("n", 0))).isEqualTo(404);
    gateway.process().stop();
    assertThat(gateway.process().ends()).isTrue();
  }

  @Test
  void aRelayAloneNeedsSomethingToRelay() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("nothing.yaml"),
            "pubsub: {project: local-dev, topic: events}\neventIdKey: env:EVENT_ID_KEY\n");
    gateway.run(file, "256m", "--relay-only");
    assertThat(gateway.process().ends()).isTrue();
    assertThat(gateway.process().exitCode()).isEqualTo(2);
    assertThat(gateway.process().output()).contains("There is nothing to relay");
  }

  @Test
  void mistakesEndItWithAllOfThemTold() throws Exception {
    Path file = Files.writeString(folder.resolve("wrong.yaml"), "prot: 1\neventIdKey: literal\n");
    gateway.run(file, "256m");
    assertThat(gateway.process().ends()).isTrue();
    assertThat(gateway.process().exitCode()).isEqualTo(2);
    assertThat(gateway.process().output())
        .contains(
            "/prot (line 1): is not known; did you mean port?",
            "/eventIdKey (line 2): names a secret",
            "/pubsub (line 1): is missing")
        .doesNotContain("literal\n");
  }

  /** A signed webhook of which only the first characters are sent. */
  private Socket begin(String body, int length) throws Exception {
    Socket socket = new Socket("127.0.0.1", gateway.port());
    socket.setSoTimeout((int) Patience.LONGEST.toMillis());
    String head =
        """
        POST /webhooks/terminal49 HTTP/1.1\r
        Host: localhost\r
        Content-Type: application/json\r
        X-T49-Webhook-Signature: %s\r
        Content-Length: %d\r
        Connection: close\r
        \r
        """
            .formatted(GatewayProcess.signature(body), body.length());
    socket.getOutputStream().write((head + body.substring(0, length)).getBytes(UTF_8));
    socket.getOutputStream().flush();
    return socket;
  }
}
