package dev.tidegate.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import dev.tidegate.testing.Patience;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that send slowly hold a connection for a bounded time only; others are served. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SlowClientsIT {
  private static final Duration HEADERS = Duration.ofSeconds(2);
  private static final Duration REQUEST = Duration.ofSeconds(6);

  /** Bytes that a slow client sends before it gives up, a tenth of a second apart. */
  private static final int MOST_BYTES = 200;

  private final CompletableFuture<HttpResponse> late = new CompletableFuture<>();
  private final GatewayServer server =
      GatewayServer.start(
          "127.0.0.1",
          0,
          List.of(
              builder ->
                  builder
                      .route()
                      .post("/echo")
                      .build(
                          (context, request) ->
                              HttpResponse.of(
                                  request.aggregate().thenApply(whole -> HttpResponse.of(204)))),
              builder ->
                  builder.route().get("/late").build((context, request) -> HttpResponse.of(late))),
          HttpService::serve,
          new ClientAddress(List.of()),
          ServerLimits.STANDARD.withTimeouts(HEADERS, REQUEST));

  @AfterEach
  void stop() {
    late.complete(HttpResponse.of(204));
    server.close();
  }

  @Test
  void headersByteByByteAreCutOff() throws Exception {
    try (Socket slow = connect()) {
      long start = System.nanoTime();
      send(slow, "POST /echo HTTP/1.1\r\nHost: here\r\nX-Slow: ");
      assertThat(dripUntilCut(slow)).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(HEADERS, HEADERS.multipliedBy(5));
    }
  }

  @Test
  void soAreThoseOfALaterRequest() throws Exception {
    try (Socket slow = connect()) {
      send(slow, "POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n");
      assertThat(readSome(slow)).startsWith("HTTP/1.1 204");
      send(slow, "POST /echo HTTP/1.1\r\nX-Slow: ");
      assertThat(dripUntilCut(slow)).isTrue();
    }
  }

  @Test
  void aBodyByteByByteIsAnswered408() throws Exception {
    try (Socket slow = connect()) {
      send(slow, "POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\n\r\n");
      dripUntilAnswered(slow);
      assertThat(readSome(slow)).startsWith("HTTP/1.1 408");
    }
  }

  @Test
  void whoWaitsForUsIsNotCutOff() throws Exception {
    try (Socket patient = connect()) {
      send(patient, "GET /late HTTP/1.1\r\nHost: here\r\n\r\n");
      CompletableFuture.delayedExecutor(HEADERS.toMillis() * 3 / 2, TimeUnit.MILLISECONDS)
          .execute(() -> late.complete(HttpResponse.of(204)));
      assertThat(readSome(patient)).startsWith("HTTP/1.1 204");
    }
  }

  @Test
  void whatTakesUsTooLongIsNotTheClientsFault() throws Exception {
    try (Socket patient = connect()) {
      send(patient, "GET /late HTTP/1.1\r\nHost: here\r\n\r\n");
      assertThat(readSome(patient)).startsWith("HTTP/1.1 503").contains("retry-after: ");
    }
  }

  @Test
  void othersAreServedWhileManyAreSlow() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 300; i++) {
        Socket socket = connect();
        slow.add(socket);
        send(
            socket,
            i % 2 == 0 ? "POST /echo HT" : "POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\n1");
      }
      try (Socket quick = connect()) {
        send(quick, "POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n");
        assertThat(readSome(quick)).startsWith("HTTP/1.1 204");
      }
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket("127.0.0.1", server.port());
    socket.setSoTimeout((int) Patience.LONGEST.toMillis());
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private static boolean dripUntilCut(Socket socket) throws Exception {
    try {
      dripUntilAnswered(socket);
      return socket.getInputStream().read() < 0;
    } catch (SocketException cut) {
      return true;
    }
  }

  private static void dripUntilAnswered(Socket socket) throws Exception {
    for (int i = 0; i < MOST_BYTES && socket.getInputStream().available() == 0; i++) {
      try {
        send(socket, "x");
      } catch (SocketException cut) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private static String readSome(Socket socket) throws IOException {
    byte[] buffer = new byte[4_096];
    int length = socket.getInputStream().read(buffer);
    return length < 0 ? "" : new String(buffer, 0, length, US_ASCII);
  }
}
