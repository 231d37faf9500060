package dev.tidegate.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.gateway.GatewayMain;
import dev.tidegate.testing.SmallDisk;
import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.testing.JavaProcess;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway as it is deployed: a process of its own, its file, its environment, its signals. */
class GatewayMainIT {
  private static final String SECRET = "a-secret-of-terminal49";
  private static final String SUBSCRIPTION = "projects/local-dev/subscriptions/all";
  private static final Pattern PORT =
      Pattern.compile("\"message\":\"serving\".*\"port\":\"(\\d+)\"");
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir private Path folder;
  private EmbeddedPubsub pubsub;
  private JavaProcess process;

  @BeforeEach
  void startPubsub() throws Exception {
    pubsub = EmbeddedPubsub.start(folder.resolve("pubsub"), 0);
    put("projects/local-dev/topics/events", "{}");
    put(SUBSCRIPTION, "{\"topic\":\"projects/local-dev/topics/events\"}");
  }

  @AfterEach
  void stop() throws Exception {
    if (process != null) {
      process.kill();
    }
    pubsub.close();
  }

  @Test
  void aStopFinishesARequestThatHasBegun() throws Exception {
    int port = startGateway();
    String body = SignedWebhook.container("slow", "c-slow");
    try (Socket socket = new Socket("127.0.0.1", port)) {
      OutputStream out = socket.getOutputStream();
      String head =
          "POST /webhooks/terminal49 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              + "X-T49-Webhook-Signature: "
              + SignedWebhook.signature(SECRET, body)
              + "\r\nContent-Length: "
              + body.length()
              + "\r\nConnection: close\r\n\r\n";
      out.write((head + body.substring(0, 20)).getBytes(UTF_8));
      out.flush();
      // It is in the server when a later one has been answered.
      assertThat(get(port, "/livez").statusCode()).isEqualTo(200);

      process.stop();
      process.awaitOutput(Pattern.compile("\"stopping\""));
      out.write(body.substring(20).getBytes(UTF_8));
      out.flush();

      InputStream in = socket.getInputStream();
      assertThat(new String(in.readAllBytes(), UTF_8)).startsWith("HTTP/1.1 202");
    }
    assertThat(process.ends()).isTrue();
    assertThat(process.output()).contains("\"stopped\"").doesNotContain(SECRET);
    assertThat(pubsub.backlog(SUBSCRIPTION).undelivered()).isEqualTo(1);
  }

  @Test
  void itServesWhileTheDatabaseIsAway() throws Exception {
    int port = startGateway();
    assertThat(send(port, SignedWebhook.container("n", "c"))).isEqualTo(202);
    assertThat(get(port, "/livez").statusCode()).isEqualTo(200);
    assertThat(get(port, "/readyz").statusCode()).isEqualTo(503);
    assertThat(get(port, "/readyz?exclude=database").statusCode()).isEqualTo(200);
  }

  @Test
  void itIsNotReadyWhileTheSpoolsDiskIsFullAndPubsubIsAway() throws Exception {
    try (SmallDisk disk = SmallDisk.at(folder.resolve("disk"), 2)) {
      disk.assumeMounted();
      int port =
          startGateway(
              """
              pubsub: {project: local-dev, topic: events, endpoint: "localhost:1"}
              spool: {folder: %s}
              stampKey: env:EVENT_ID_KEY
              """
                  .formatted(disk.folder()));
      assertThat(send(port, SignedWebhook.container("n-kept", "c"))).isEqualTo(202);
      assertThat(get(port, "/readyz").statusCode()).isEqualTo(200);

      disk.fill();
      await()
          .untilAsserted(
              () ->
                  assertThat(send(port, SignedWebhook.container(UUID.randomUUID().toString(), "c")))
                      .isEqualTo(503));
      HttpResponse<String> answer = get(port, "/readyz");
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).contains("\"pointer\":\"pubsub\"");

      disk.makeRoom();
      await().untilAsserted(() -> assertThat(get(port, "/readyz").statusCode()).isEqualTo(200));
      assertThat(send(port, SignedWebhook.container("n-later", "c"))).isEqualTo(202);
    }
  }

  @Test
  void mistakesEndItWithAllOfThemTold() throws Exception {
    Path file = Files.writeString(folder.resolve("wrong.yaml"), "prot: 1\neventIdKey: literal\n");
    run(file);
    assertThat(process.ends()).isTrue();
    assertThat(process.exitCode()).isEqualTo(2);
    assertThat(process.output())
        .contains(
            "/prot (line 1): is not known; did you mean port?",
            "/eventIdKey (line 2): names a secret",
            "/pubsub (line 1): is missing")
        .doesNotContain("literal\n");
  }

  private int startGateway() throws Exception {
    return startGateway(
        """
        pubsub: {project: local-dev, topic: events, endpoint: "%s"}
        database: {jdbcUrl: "jdbc:postgresql://localhost:1/none", username: nobody}
        """
            .formatted(pubsub.endpoint()));
  }

  private int startGateway(String more) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("gateway.yaml"),
            more
                + """
            host: 127.0.0.1
            port: 0
            webhooks:
              - name: terminal49
                source: terminal49
                scheme: TERMINAL49
                secrets: [{tenant: acme, secret: env:T49_SECRET}]
            eventIdKey: env:EVENT_ID_KEY
            """);
    run(file);
    return Integer.parseInt(process.awaitOutput(PORT).group(1));
  }

  private void run(Path configuration) {
    process =
        JavaProcess.start(
            GatewayMain.class,
            folder.resolve("output"),
            Map.of(
                "TIDEGATE_GATEWAY_CONFIGURATION",
                configuration.toString(),
                "T49_SECRET",
                SECRET,
                "EVENT_ID_KEY",
                "0123456789abcdef0123456789abcdef",
                "PORT",
                ""));
  }

  private void put(String resource, String body) throws Exception {
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(
                    URI.create("http://%s/v1/%s".formatted(pubsub.endpoint(), resource)))
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private static int send(int port, String body) throws Exception {
    return HTTP.send(
            SignedWebhook.to("http://127.0.0.1:" + port, SECRET, body).build(),
            BodyHandlers.ofString())
        .statusCode();
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        BodyHandlers.ofString());
  }
}
