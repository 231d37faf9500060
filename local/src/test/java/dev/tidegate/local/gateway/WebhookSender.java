package dev.tidegate.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tidegate.testing.Patience;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Sends signed notifications, one after another on each of some threads, and counts answers. */
final class WebhookSender implements AutoCloseable {
  private static final int THREADS = 8;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI address;
  private final String prefix;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private final AtomicLong slowestMillis = new AtomicLong();
  private final Set<String> accepted = ConcurrentHashMap.newKeySet();
  private final Map<Integer, Long> refused = new ConcurrentHashMap<>();
  private volatile boolean stopped;

  /**
   * @param prefix of the notifications' IDs
   */
  WebhookSender(int port, String prefix) {
    address = URI.create("http://127.0.0.1:%d/webhooks/terminal49".formatted(port));
    this.prefix = prefix;
  }

  /** Keeps sending, with a pause after each answer. */
  WebhookSender start(Duration pause) {
    for (int thread = 0; thread < THREADS; thread++) {
      threads.execute(
          () -> {
            while (!stopped) {
              try {
                count(prefix + numbers.incrementAndGet());
                TimeUnit.MILLISECONDS.sleep(pause.toMillis());
              } catch (IOException noAnswer) {
                lost.incrementAndGet();
              } catch (InterruptedException stop) {
                return;
              }
            }
          });
    }
    return this;
  }

  /** The IDs of what was answered 202. */
  Set<String> accepted() {
    return accepted;
  }

  /** Answers other than 202, by status. */
  Map<Integer, Long> refused() {
    return refused;
  }

  /** Requests without an answer. */
  long lost() {
    return lost.get();
  }

  long slowestMillis() {
    return slowestMillis.get();
  }

  HttpResponse<String> send(String notificationId) throws IOException, InterruptedException {
    byte[] body =
        "{\"data\":{\"id\":\"%s\",\"attributes\":{\"event\":\"tracking_request.succeeded\"}},\"pad\":\"%s\"}"
            .formatted(notificationId, "x".repeat(2_400))
            .getBytes(UTF_8);
    return client.send(
        HttpRequest.newBuilder(address)
            .timeout(Patience.LONGEST)
            .header("X-T49-Webhook-Signature", signature(body))
            .POST(BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofString());
  }

  /** Lets what is under way finish. */
  @Override
  public void close() throws InterruptedException {
    stopped = true;
    threads.shutdown();
    if (!threads.awaitTermination(Patience.LONGEST.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("a request hangs");
    }
  }

  private void count(String notificationId) throws IOException, InterruptedException {
    long start = System.nanoTime();
    int status = send(notificationId).statusCode();
    long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
    slowestMillis.accumulateAndGet(millis, Math::max);
    if (status == 202) {
      accepted.add(notificationId);
    } else {
      refused.merge(status, 1L, Long::sum);
    }
  }

  private static String signature(byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(WebhookGateway.SECRET.getBytes(UTF_8), "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(body));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
