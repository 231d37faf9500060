import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PublisherGrpc;
import com.google.pubsub.v1.PubsubMessage;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Sends signed notifications of 2.5 KB to two gateways by turns and prints requests/s, processor
 * time per request, and the time to the answer at half that rate. The second gateway does not
 * publish: for it the sender publishes as many messages in large batches, so that Pub/Sub's process
 * takes its share of the machine on both sides. Arguments: the gateway's address and process ID,
 * the limit's, Pub/Sub's address, seconds of a measurement, rounds, requests at a time.
 */
public final class GatewayRates {
  private static final int NOTIFICATIONS = 2_000;
  private static final int BODY_BYTES = 2_500;
  private static final int BATCH = 200;
  private static final int WARM_UP_ROUNDS = 2;

  private record Signed(byte[] body, String signature) {}

  private record Target(WebClient client, ProcessHandle process, boolean publishes) {}

  private record Measured(
      double rate, double cpuMicros, double pubsubCpuMicros, double p50Millis, double p99Millis) {}

  private final List<Signed> notifications;
  private final PublisherGrpc.PublisherFutureStub pubsub;
  private final ProcessHandle pubsubProcess;
  private final PublishRequest batch;
  private final int connections;
  private final int seconds;

  private GatewayRates(
      List<Signed> notifications,
      PublisherGrpc.PublisherFutureStub pubsub,
      ProcessHandle pubsubProcess,
      int connections,
      int seconds) {
    this.notifications = notifications;
    this.pubsub = pubsub;
    this.pubsubProcess = pubsubProcess;
    this.connections = connections;
    this.seconds = seconds;
    PublishRequest.Builder messages =
        PublishRequest.newBuilder().setTopic(GatewayPubsub.TOPIC.toString());
    for (int i = 0; i < BATCH; i++) {
      PubsubMessage.Builder message =
          PubsubMessage.newBuilder().setData(ByteString.copyFrom(notifications.get(i).body()));
      for (int attribute = 0; attribute < 10; attribute++) {
        message.putAttributes("attribute_" + attribute, "a value of some thirty characters");
      }
      messages.addMessages(message);
    }
    batch = messages.build();
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[7]);
    ManagedChannel channel = ManagedChannelBuilder.forTarget(arguments[4]).usePlaintext().build();
    List<Measured> gateway = new ArrayList<>();
    List<Measured> limit = new ArrayList<>();
    List<Measured> half = new ArrayList<>();
    try (ClientFactory factory = ClientFactory.builder().build()) {
      GatewayRates rates =
          new GatewayRates(
              signed(),
              PublisherGrpc.newFutureStub(channel),
              process(arguments[5]),
              Integer.parseInt(arguments[8]),
              Integer.parseInt(arguments[6]));
      Target publishing = new Target(client(factory, arguments[0]), process(arguments[1]), true);
      Target answering = new Target(client(factory, arguments[2]), process(arguments[3]), false);
      for (int round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
        Measured published = rates.measure(publishing, 0);
        Measured answered = rates.measure(answering, 0);
        Measured relaxed = rates.measure(publishing, published.rate() / 2);
        print(round < 1 ? "warm-up" : "round " + round, published, answered, relaxed);
        if (round >= 1) {
          gateway.add(published);
          limit.add(answered);
          half.add(relaxed);
        }
      }
    }
    channel.shutdownNow();
    print("medians", medians(gateway), medians(limit), medians(half));
  }

  private static void print(String name, Measured gateway, Measured limit, Measured half) {
    System.out.printf(
        "%s: gateway %,.0f/s (%.0f us of processor time a request, p99 %.1f ms), limit %,.0f/s"
            + " (%.0f us), ratio %.2f; Pub/Sub %.0f and %.0f us; at half load %,.0f/s: %.0f us,"
            + " p50 %.1f ms, p99 %.1f ms%n",
        name,
        gateway.rate(),
        gateway.cpuMicros(),
        gateway.p99Millis(),
        limit.rate(),
        limit.cpuMicros(),
        gateway.rate() / limit.rate(),
        gateway.pubsubCpuMicros(),
        limit.pubsubCpuMicros(),
        half.rate(),
        half.cpuMicros(),
        half.p50Millis(),
        half.p99Millis());
  }

  private static Measured medians(List<Measured> all) {
    return new Measured(
        median(all, Measured::rate),
        median(all, Measured::cpuMicros),
        median(all, Measured::pubsubCpuMicros),
        median(all, Measured::p50Millis),
        median(all, Measured::p99Millis));
  }

  /**
   * Sends for some seconds.
   *
   * @param rate requests/s, at even distances, and times from when each was due; 0 for as fast as
   *     answers come
   */
  private Measured measure(Target target, double rate) throws InterruptedException {
    Semaphore free = new Semaphore(connections);
    AtomicLong failed = new AtomicLong();
    AtomicLong answered = new AtomicLong();
    List<Long> nanos = new ArrayList<>();
    double cpu = cpuSeconds(target.process());
    double pubsubCpu = cpuSeconds(pubsubProcess);
    long start = System.nanoTime();
    long end = start + TimeUnit.SECONDS.toNanos(seconds);
    for (long i = 0; System.nanoTime() < end; i++) {
      long due = rate == 0 ? System.nanoTime() : start + (long) (i * 1e9 / rate);
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      free.acquire();
      long sent = rate == 0 ? System.nanoTime() : due;
      target
          .client()
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
                if (!target.publishes() && answered.incrementAndGet() % BATCH == 0) {
                  pubsub.publish(batch);
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
    return new Measured(
        sorted.length / elapsed,
        (cpuSeconds(target.process()) - cpu) * 1e6 / sorted.length,
        (cpuSeconds(pubsubProcess) - pubsubCpu) * 1e6 / sorted.length,
        millis(sorted, 0.50),
        millis(sorted, 0.99));
  }

  private static ProcessHandle process(String id) {
    return ProcessHandle.of(Long.parseLong(id)).orElseThrow();
  }

  private static double cpuSeconds(ProcessHandle process) {
    return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
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

  private static double median(List<Measured> all, ToDoubleFunction<Measured> value) {
    double[] values = all.stream().mapToDouble(value).sorted().toArray();
    return values[values.length / 2];
  }
}
