package dev.tidegate.gateway.webhooks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Patience;
import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Requests that are nearly right, on raw connections. None is answered 5xx, none hangs the
 * connection, and what is accepted had a valid signature of the very bytes.
 */
@Proof(
    name = "mutated-webhooks",
    promise = "No webhook is answered 5xx or never, and only signed bytes are accepted",
    faults = "headers, bytes and lengths changed at random, on raw connections")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class MutatedRequestsIT {
  private static final int REQUESTS = ProofSize.of(2_000, 10_000);
  private static final int THREADS = 4;
  private static final String NOTIFICATION =
      "{\"data\":{\"id\":\"%d\",\"attributes\":{\"event\":\"container.created\"}}}";
  private static final long SEED = 20_260_101;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");

  private static final String[] HEADERS = {
    "Content-Length: 5",
    "Content-Length: 999999999999999999999",
    "Content-Length: -1",
    "Content-Length: 2000000",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip",
    "Expect: 100-continue",
    "Expect: miracles",
    "Upgrade: h2c",
    "Connection: close",
    "X-Forwarded-For: ,,;[::",
    "traceparent: 00-zz",
    "Content-Type: \u0001",
    "webhook-id: \u00ff",
    "Host: a b",
    ": nameless",
    "X-T49-Webhook-Signature: 00",
    "X-Request-Id: " + "x".repeat(9_000),
  };

  @Test
  void neverFailTheServer() throws Exception {
    RecordingPublisher publisher = new RecordingPublisher();
    try (WebhookServer server = new WebhookServer(publisher, WebhookServer.terminal49())) {
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      List<Callable<Integer>> senders = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        long seed = SEED + thread;
        senders.add(() -> sendAll(server.port(), new Random(seed)));
      }
      int accepted = 0;
      for (Future<Integer> sender : threads.invokeAll(senders)) {
        accepted += sender.get();
      }
      threads.shutdown();
      ProofSize.count(REQUESTS);
      // Some mutations change nothing that counts; most do.
      assertThat(accepted).isBetween(1, REQUESTS / 2);
      // An answer may have been lost with its connection, an event may not.
      assertThat(publisher.events().size()).isGreaterThanOrEqualTo(accepted);
      assertThat(publisher.events())
          .allSatisfy(event -> assertThat(event.attributes()).containsEntry("tenant_id", "acme"));
      assertThat(server.post("old secret", NOTIFICATION.formatted(1).getBytes(UTF_8)).statusCode())
          .isEqualTo(202);
    }
  }

  private static int sendAll(int port, Random random) throws IOException {
    int accepted = 0;
    for (int i = 0; i < REQUESTS / THREADS; i++) {
      byte[] request = request(random);
      String answer = exchange(port, request);
      Matcher status = STATUS.matcher(answer);
      while (status.find()) {
        assertThat(status.group(1))
            .as("the answer to %s", new String(request, ISO_8859_1))
            .doesNotStartWith("5");
        accepted += status.group(1).equals("202") ? 1 : 0;
      }
    }
    return accepted;
  }

  /** Sends {@code request} and all there is to come, and reads until the server closes. */
  private static String exchange(int port, byte[] request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout((int) Patience.LONGEST.toMillis());
      try {
        socket.getOutputStream().write(request);
        socket.shutdownOutput();
        return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      } catch (SocketException closedEarly) {
        return "";
      }
    }
  }

  private static byte[] request(Random random) {
    byte[] body = new byte[random.nextInt(300)];
    random.nextBytes(body);
    if (random.nextBoolean()) {
      body = NOTIFICATION.formatted(random.nextInt()).getBytes(UTF_8);
    }
    List<String> head = new ArrayList<>();
    head.add(
        pick(random, "POST", "POST", "POST", "PUT", "GET", "BREW", "post")
            + " "
            + pick(
                random,
                "/webhooks/t49",
                "/webhooks/t49",
                "/webhooks/t49?a=%zz",
                "/webhooks/%00",
                "//webhooks//t49",
                "*")
            + " "
            + pick(random, "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/9.9", "HTTP"));
    head.add("Host: here");
    head.add("Connection: close");
    head.add("X-T49-Webhook-Signature: " + WebhookServer.signature("old secret", body));
    head.add("Content-Length: " + body.length);
    for (int i = random.nextInt(3); i > 0; i--) {
      head.add(1 + random.nextInt(head.size()), pick(random, HEADERS));
    }
    if (random.nextInt(4) == 0) {
      head.remove(random.nextInt(head.size()));
    }
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes((String.join("\r\n", head) + "\r\n\r\n").getBytes(ISO_8859_1));
    request.writeBytes(body);
    byte[] bytes = request.toByteArray();
    for (int i = random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 0; i > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    int length = random.nextInt(5) == 0 ? random.nextInt(bytes.length) : bytes.length;
    return Arrays.copyOf(bytes, length);
  }

  private static String pick(Random random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
