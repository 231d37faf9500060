package dev.tidegate.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.testing.JavaProcess;
import dev.tidegate.testing.Patience;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A gateway as it is deployed, a process of its own, and the Pub/Sub that it publishes to. */
final class GatewayProcess implements AutoCloseable {
  static final String SECRET = "a-secret-of-terminal49";
  static final String SUBSCRIPTION = "projects/local-dev/subscriptions/all";

  private static final Pattern PORT =
      Pattern.compile("\"message\":\"serving\".*\"port\":\"(\\d+)\"");
  private static final Pattern JVM_OPTION = Pattern.compile("\"(-XX:\\+[^\"]+)\"");
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  final EmbeddedPubsub pubsub;
  private final Path folder;
  private JavaProcess process;
  private int port;

  GatewayProcess(Path folder) throws Exception {
    this.folder = folder;
    pubsub = EmbeddedPubsub.start(folder.resolve("pubsub"), 0);
    put("projects/local-dev/topics/events", "{}");
    put(SUBSCRIPTION, "{\"topic\":\"projects/local-dev/topics/events\"}");
  }

  /**
   * Starts it with the image's options for the JVM.
   *
   * @param heap as in {@code -Xmx}
   */
  void start(String heap, String... arguments) throws IOException {
    startWith(
        """
        pubsub: {project: local-dev, topic: events, endpoint: "%s"}
        database: {jdbcUrl: "jdbc:postgresql://localhost:1/none", username: nobody}
        """
            .formatted(pubsub.endpoint()),
        heap,
        arguments);
  }

  /** Starts it with these members of the configuration beside those that are always there. */
  void startWith(String more, String heap, String... arguments) throws IOException {
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
              - name: standard
                source: standard
                scheme: STANDARD_WEBHOOKS
                secrets: [{tenant: acme, secret: env:STANDARD_SECRET}]
            eventIdKey: env:EVENT_ID_KEY
            """);
    run(file, heap, arguments);
    port = Integer.parseInt(process.awaitOutput(PORT).group(1));
  }

  JavaProcess run(Path configuration, String heap, String... arguments) throws IOException {
    StringBuilder options = new StringBuilder("-Xmx" + heap);
    Matcher option =
        JVM_OPTION.matcher(Files.readString(Repository.ROOT.resolve("gateway/Dockerfile")));
    while (option.find()) {
      options.append(' ').append(option.group(1));
    }
    process =
        JavaProcess.start(
            GatewayMain.class,
            folder.resolve("output"),
            Map.of(
                "_JAVA_OPTIONS",
                options.toString(),
                "TIDEGATE_GATEWAY_CONFIGURATION",
                configuration.toString(),
                "T49_SECRET",
                SECRET,
                "STANDARD_SECRET",
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "EVENT_ID_KEY",
                "0123456789abcdef0123456789abcdef",
                "PORT",
                ""),
            arguments);
    return process;
  }

  JavaProcess process() {
    return process;
  }

  int port() {
    return port;
  }

  /** The status of a signed webhook's answer. */
  int send(String body) throws Exception {
    return send(
        "terminal49", Map.of("X-T49-Webhook-Signature", signature(body)), body.getBytes(UTF_8));
  }

  int send(String endpoint, Map<String, String> headers, byte[] body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d/webhooks/%s".formatted(port, endpoint)))
            .timeout(Patience.LONGEST)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    headers.forEach(request::header);
    return HTTP.send(request.build(), BodyHandlers.ofString()).statusCode();
  }

  HttpResponse<String> get(String path) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Patience.LONGEST)
            .build(),
        BodyHandlers.ofString());
  }

  static String notification(String id, int length) {
    String text =
        "{\"data\":{\"id\":\"%s\",\"type\":\"webhook_notification\",\"attributes\":{\"event\":\"container.created\",\"created_at\":\"2026-01-31T10:00:00Z\"}}}"
            .formatted(id);
    return text + " ".repeat(Math.max(0, length - text.length()));
  }

  static String signature(String body) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET.getBytes(UTF_8), "HmacSHA256"));
    return HexFormat.of().formatHex(mac.doFinal(body.getBytes(UTF_8)));
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

  @Override
  public void close() throws Exception {
    if (process != null) {
      process.kill();
    }
    pubsub.close();
  }
}
