import static java.nio.charset.StandardCharsets.UTF_8;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Sends signed notifications of 2.5 KB to two gateways by turns and prints requests/s, and the time
 * to the answer at half that rate. Arguments: the gateway's address, the limit's, seconds of a
 * measurement, rounds, requests at a time.
 */
public final class GatewayRates {
  private static final int NOTIFICATIONS = 2_000;
  private static final int BODY_BYTES = 2_500;
  private static final int WARM_UP_ROUNDS = 1;

  private record Signed(byte[] body, String signature) {}

  private record Measured(double rate, double p50Millis, double p99Millis) {}

  private final List<Signed> notifications;
  private final int connections;
  private final int seconds;

  private GatewayRates(List<Signed> notifications, int connections, int seconds) {
    this.notifications = notifications;
    this.connections = connections;
    this.seconds = seconds;
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[3]);
    GatewayRates rates =
        new GatewayRates(signed(), Integer.parseInt(arguments[4]), Integer.parseInt(arguments[2]));
    List<Measured> gateway = new ArrayList<>();
    List<Measured> limit = new ArrayList<>();
    List<Measured> half = new ArrayList<>();
    try (ClientFactory factory = ClientFactory.builder().build()) {
      WebClient gatewayClient = client(factory, arguments[0]);
      WebClient limitClient = client(factory, arguments[1]);
      for (int round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
        Measured published = rates.measure(gatewayClient, 0);
        Measured answered = rates.measure(limitClient, 0);
        Measured relaxed = rates.measure(gatewayClient, published.rate() / 2);
        System.out.printf(
            "%s: gateway %,.0f/s, limit %,.0f/s, ratio %.2f; at %,.0f/s p50 %.1f ms, p99 %.1f ms%n",
            round < 1 ? "warm-up" : "round " + round,
            published.rate(),
            answered.rate(),
            published.rate() / answered.rate(),
            relaxed.rate(),
            relaxed.p50Millis(),
            relaxed.p99Millis());
        if (round >= 1) {
          gateway.add(published);
          limit.add(answered);
          half.add(relaxed);
        }
      }
    }
    double published = median(gateway.stream().mapToDouble(Measured::rate).toArray());
    double answered = median(limit.stream().mapToDouble(Measured::rate).toArray());
    System.out.printf(
        "medians: gateway %,.0f/s (p99 %.1f ms), limit %,.0f/s (p99 %.1f ms), ratio %.2f; at half"
            + " load p50 %.1f ms, p99 %.1f ms%n",
        published,
        median(gateway.stream().mapToDouble(Measured::p99Millis).toArray()),
        answered,
        median(limit.stream().mapToDouble(Measured::p99Millis).toArray()),
        published / answered,
        median(half.stream().mapToDouble(Measured::p50Millis).toArray()),
        median(half.stream().mapToDouble(Measured::p99Millis).toArray()));
  }

  /**
   * Sends for some seconds.
   *
   * @param rate requests/s, at even distances, and times from when each was due; 0 for as fast as
   *     answers come
   */
  private Measured measure(WebClient client, double rate) throws InterruptedException {
    Semaphore free = new Semaphore(connections);
    AtomicLong failed = new AtomicLong();
    List<Long> nanos = new ArrayList<>();
    long start = System.nanoTime();
    long end = start + TimeUnit.SECONDS.toNanos(seconds);
    for (long i = 0; System.nanoTime() < end; i++) {
      long due = rate == 0 ? System.nanoTime() : start + (long) (i * 1e9 / rate);
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      free.acquire();
      long sent = rate == 0 ? System.nanoTime() : due;
      client
          .execute(request(notifications.get((int) (i % notifications.size()))))
          .aggregate()
          .whenComplete(
              (answer, failure) -> {
                if (failure != null || answer.status().code() != 202) {
                  failed.incrementAndGet();
                }
                synchronized (nanos) {
                  nanos.add(System.nanoTime() - sent);
                }
                free.release();
              });
    }
    free.acquire(connections);
    double elapsed = (System.nanoTime() - start) / 1e9;
    if (failed.get() > 0) {
      System.out.printf("%,d requests were not answered 202%n", failed.get());
    }
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    return new Measured(sorted.length / elapsed, millis(sorted, 0.50), millis(sorted, 0.99));
  }

  private static HttpRequest request(Signed notification) {
    return HttpRequest.of(
        RequestHeaders.builder(HttpMethod.POST, "/webhooks/terminal49")
            .contentType(MediaType.JSON)
            .set("x-t49-webhook-signature", notification.signature())
            .build(),
        HttpData.wrap(notification.body()));
  }

  /** HTTP/1.1 without pipelining, as senders of webhooks use it. */
  private static WebClient client(ClientFactory factory, String address) {
    return WebClient.builder(address.replace("http:", "h1c:"))
        .factory(factory)
        .responseTimeoutMillis(30_000)
        .build();
  }

  private static List<Signed> signed() throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(GatewayUnderTest.SECRET.getBytes(UTF_8), "HmacSHA256"));
    List<Signed> signed = new ArrayList<>();
    for (int i = 0; i < NOTIFICATIONS; i++) {
      String head =
          "{\"data\":{\"id\":\"notification-%d\",\"type\":\"webhook_notification\",\"attributes\":{\"event\":\"container.transport.vessel_arrived\"}},\"included\":\""
              .formatted(i);
      byte[] body = (head + "x".repeat(BODY_BYTES - head.length() - 2) + "\"}").getBytes(UTF_8);
      signed.add(new Signed(body, HexFormat.of().formatHex(mac.doFinal(body))));
    }
    return signed;
  }

  private static double millis(long[] sorted, double share) {
    return sorted.length == 0 ? 0 : sorted[(int) ((sorted.length - 1) * share)] / 1e6;
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
