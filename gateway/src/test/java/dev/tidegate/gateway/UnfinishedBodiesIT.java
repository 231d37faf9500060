package dev.tidegate.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpRequestWriter;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Unsigned bodies that never end, on a gateway with a small heap. */
@Proof(
    name = "unfinished-bodies",
    promise = "Bodies that never end cost bounded memory, and good webhooks are answered meanwhile",
    faults = "connections of HTTP/1.1 and HTTP/2 that withhold the last byte of 1 MiB")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class UnfinishedBodiesIT {
  private static final int BODY = 1 << 20;
  private static final int CONNECTIONS = ProofSize.of(300, 2_000);
  private static final int HTTP2_CONNECTIONS = ProofSize.of(2, 6);
  private static final int STREAMS = 100;
  private static final int GOOD = ProofSize.of(50, 500);
  private static final Duration LONGEST_ANSWER = Duration.ofMillis(200);

  /** As much as a process of that heap has at its start, and the heap. */
  private static final String HEAP = "256m";

  private static final long MOST_RESIDENT_BYTES = 640L << 20;

  @TempDir private Path folder;
  private final List<Socket> sockets = new ArrayList<>();
  private final List<ClientFactory> factories = new ArrayList<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(4);

  @Test
  void memoryIsBoundedAndGoodWebhooksAreAnswered() throws Exception {
    try (GatewayProcess gateway = new GatewayProcess(folder)) {
      gateway.start(HEAP);
      for (int i = 0; i < 200; i++) {
        assertThat(gateway.send(GatewayProcess.notification("warm-" + i, 5_000))).isEqualTo(202);
      }
      CountDownLatch attacking = new CountDownLatch(CONNECTIONS / 2);
      IntStream.range(0, HTTP2_CONNECTIONS).forEach(i -> openStreams(gateway.port()));
      for (int i = 0; i < CONNECTIONS; i++) {
        threads.execute(
            () -> {
              withhold(gateway.port());
              attacking.countDown();
            });
      }
      assertThat(attacking.await(2, TimeUnit.MINUTES)).isTrue();
      long[] millis = new long[GOOD];
      long mostResident = 0;
      for (int i = 0; i < GOOD; i++) {
        String body = GatewayProcess.notification("good-" + i, 5_000);
        long began = System.nanoTime();
        assertThat(gateway.send(body)).isEqualTo(202);
        millis[i] = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        mostResident = Math.max(mostResident, gateway.process().residentBytes());
        TimeUnit.MILLISECONDS.sleep(20);
      }
      Arrays.sort(millis);
      System.out.printf(
          "good webhooks: p50 %d ms, p99 %d ms, longest %d ms; resident %d MiB%n",
          millis[GOOD / 2], millis[GOOD * 99 / 100], millis[GOOD - 1], mostResident >> 20);
      // Other tests run beside the short one.
      assertThat(millis[GOOD * ProofSize.of(75, 99) / 100]).isLessThan(LONGEST_ANSWER.toMillis());
      assertThat(mostResident).isLessThan(MOST_RESIDENT_BYTES);
      assertThat(gateway.process().output())
          .doesNotContain("OutOfMemoryError:", "OutOfDirectMemoryError");
      assertThat(gateway.pubsub.backlog(GatewayProcess.SUBSCRIPTION).undelivered())
          .isEqualTo(200 + GOOD);
      ProofSize.count(CONNECTIONS + HTTP2_CONNECTIONS * STREAMS + GOOD);
    } finally {
      threads.shutdownNow();
      for (Socket socket : sockets) {
        socket.close();
      }
      factories.forEach(ClientFactory::close);
    }
  }

  private void withhold(int port) {
    try {
      Socket socket = new Socket("127.0.0.1", port);
      synchronized (sockets) {
        sockets.add(socket);
      }
      socket
          .getOutputStream()
          .write(
              "POST /webhooks/terminal49 HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n"
                  .formatted(BODY)
                  .getBytes(US_ASCII));
      socket.getOutputStream().write(new byte[BODY - 1]);
    } catch (IOException closed) {
      // The gateway has refused it already.
    }
  }

  private void openStreams(int port) {
    ClientFactory factory = ClientFactory.builder().build();
    factories.add(factory);
    WebClient client =
        WebClient.builder("h2c://127.0.0.1:" + port)
            .factory(factory)
            .responseTimeout(Duration.ofMinutes(5))
            .writeTimeout(Duration.ofMinutes(5))
            .build();
    byte[] part = new byte[BODY / 16];
    for (int i = 0; i < STREAMS; i++) {
      HttpRequestWriter body =
          HttpRequest.streaming(RequestHeaders.of(HttpMethod.POST, "/webhooks/terminal49"));
      for (int written = 0; written < 15; written++) {
        body.write(HttpData.wrap(part));
      }
      body.write(HttpData.wrap(new byte[BODY / 16 - 1]));
      var unused = client.execute(body).aggregate().exceptionally(reset -> null);
    }
  }
}
