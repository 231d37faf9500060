package dev.tidegate.local.command;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Sends as Terminal49 does: signed webhooks to the gateway, many at a time. What it cannot take now
 * (503, 429) is sent again when it says; a repeat does no harm, since notifications have IDs.
 */
final class GatewaySink extends NotificationSink {
  static final String PATH = "/webhooks/terminal49";
  static final String SIGNATURE = "X-T49-Webhook-Signature";

  /** Enough to keep a machine busy; each waits for Pub/Sub's confirmation. */
  private static final int REQUESTS_UNDER_WAY = 256;

  /** Memory stays bounded however large the input is. */
  private static final int BYTES_UNDER_WAY = 32 << 20;

  /** How long a gateway may be away, or busy, before its notifications count as refused. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Duration RETRY = Duration.ofMillis(500);

  private final String gatewayUrl;
  private final Secret secret;
  private final ClientFactory connections = ClientFactory.builder().build();
  private final WebClient client;
  private final Semaphore requests = new Semaphore(REQUESTS_UNDER_WAY);
  private final Semaphore bytes = new Semaphore(BYTES_UNDER_WAY);
  private volatile boolean hopeless;

  /**
   * @param secret what senders of that gateway sign with
   */
  GatewaySink(String gatewayUrl, Secret secret) {
    this.gatewayUrl = gatewayUrl;
    this.secret = secret;
    // HTTP/2 at once: everything shares a few connections.
    this.client =
        WebClient.builder("h2c://" + URI.create(gatewayUrl).getAuthority())
            .factory(connections)
            .responseTimeout(PATIENCE)
            .build();
  }

  @Override
  void send(byte[] body) throws IOException {
    try {
      requests.acquire();
      bytes.acquire(body.length);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped");
    }
    RequestHeaders headers =
        RequestHeaders.builder(HttpMethod.POST, PATH)
            .contentType(MediaType.JSON)
            .set(SIGNATURE, sign(secret, body))
            .build();
    attempt(headers, body, System.nanoTime() + PATIENCE.toNanos())
        .whenComplete(
            (done, failure) -> {
              bytes.release(body.length);
              requests.release();
            });
  }

  /** Tries until it is accepted, refused for good, or {@code deadline} has passed. */
  private CompletableFuture<Void> attempt(RequestHeaders headers, byte[] body, long deadline) {
    CompletableFuture<AggregatedHttpResponse> answer =
        client.execute(HttpRequest.of(headers, HttpData.wrap(body))).aggregate();
    return answer
        .handle(
            (response, failure) -> {
              if (failure == null && response.status().isSuccess()) {
                accept();
                return CompletableFuture.<Void>completedFuture(null);
              }
              boolean temporary = failure != null || isTemporary(response.status());
              if (temporary && System.nanoTime() < deadline && !hopeless) {
                Duration wait = failure == null ? retryAfter(response) : RETRY;
                return CompletableFuture.runAsync(
                        () -> {},
                        CompletableFuture.delayedExecutor(wait.toMillis(), TimeUnit.MILLISECONDS))
                    .thenCompose(waited -> attempt(headers, body, deadline));
              }
              // What is away, or lets nobody in, will not take the next one either.
              hopeless |=
                  temporary
                      || response.status().equals(HttpStatus.UNAUTHORIZED)
                      || response.status().equals(HttpStatus.NOT_FOUND);
              refuse(failure == null ? reason(response) : FailureReport.reason(failure));
              return CompletableFuture.<Void>completedFuture(null);
            })
        .thenCompose(next -> next);
  }

  private static boolean isTemporary(HttpStatus status) {
    return status.equals(HttpStatus.SERVICE_UNAVAILABLE)
        || status.equals(HttpStatus.TOO_MANY_REQUESTS);
  }

  private static Duration retryAfter(AggregatedHttpResponse response) {
    Long seconds = response.headers().getLong(HttpHeaderNames.RETRY_AFTER);
    return seconds == null ? RETRY : Duration.ofSeconds(Math.min(seconds, PATIENCE.toSeconds()));
  }

  private static String reason(AggregatedHttpResponse response) {
    String detail = GatewayClient.detailOf(response.content().array());
    return "it answered " + response.status() + (detail.isEmpty() ? "" : ": " + detail);
  }

  /** The signature of a body, as Terminal49 makes it. */
  static String sign(Secret secret, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.bytes(), mac.getAlgorithm()));
      return HexFormat.of().formatHex(mac.doFinal(body));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", impossible);
    }
  }

  @Override
  int largestBody() {
    return WebhookEndpoint.MAX_BODY_BYTES;
  }

  @Override
  boolean isHopeless() {
    return hopeless;
  }

  @Override
  void finish() throws InterruptedException {
    if (requests.tryAcquire(REQUESTS_UNDER_WAY, 3 * PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      requests.release(REQUESTS_UNDER_WAY);
    }
  }

  @Override
  String name() {
    return "the gateway at " + gatewayUrl;
  }

  @Override
  public void close() {
    connections.close();
  }
}
