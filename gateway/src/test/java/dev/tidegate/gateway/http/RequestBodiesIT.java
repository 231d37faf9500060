package dev.tidegate.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpRequestWriter;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.annotation.Post;
import dev.tidegate.testing.Patience;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One budget for the bodies of all requests, on a real server with a small one. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RequestBodiesIT {
  private static final int BUDGET = 2 << 20;

  /** Takes a quarter of the budget: its bytes count twice. */
  private static final int BODY = 240 << 10;

  private static final int SMALL = 5_000;

  private static final Pattern LENGTH = Pattern.compile("(?s)content-length: (\\d+).*?\r\n\r\n");

  private final CompletableFuture<Void> late = new CompletableFuture<>();
  private final List<Socket> sockets = new ArrayList<>();
  private GatewayServer server = start(Duration.ofSeconds(30));
  private final ClientFactory connections = ClientFactory.builder().build();

  private GatewayServer start(Duration requestTimeout) {
    return GatewayServer.start(
        "127.0.0.1",
        0,
        List.of(
            builder ->
                builder
                    .route()
                    .post("/length")
                    .build(
                        (context, request) ->
                            HttpResponse.of(
                                request
                                    .aggregate()
                                    .thenApply(
                                        whole -> HttpResponse.of("" + whole.content().length())))),
            builder ->
                builder
                    .route()
                    .post("/late")
                    .build(
                        (context, request) ->
                            HttpResponse.of(
                                request
                                    .aggregate()
                                    .thenCombine(late, (whole, now) -> HttpResponse.of(204)))),
            builder ->
                builder
                    .route()
                    .post("/unread")
                    .build(
                        (context, request) ->
                            HttpResponse.of(late.thenApply(now -> HttpResponse.of(204)))),
            builder ->
                builder
                    .annotatedService()
                    .decorator(StreamedBody::new)
                    .build(
                        new Object() {
                          @Post("/annotated")
                          public HttpResponse length(byte[] body) {
                            return HttpResponse.of("" + body.length);
                          }
                        })),
        HttpService::serve,
        new ClientAddress(List.of("127.0.0.0/8")),
        ServerLimits.STANDARD
            .withBodyBytes(BUDGET)
            .withTimeouts(Duration.ofSeconds(10), requestTimeout));
  }

  @AfterEach
  void stop() throws IOException {
    late.complete(null);
    for (Socket socket : sockets) {
      socket.close();
    }
    connections.close();
    server.close();
  }

  @Test
  void whoWithholdsTheEndLosesToWhoSendsWhole() throws Exception {
    for (String path : List.of("/length", "/annotated")) {
      Socket oldest = sendAllButOneByte(path, BODY, "192.0.2.1");
      for (int i = 0; i < 20; i++) {
        sendAllButOneByte(path, BODY, "192.0.2.1");
      }
      assertThat(read(oldest))
          .startsWith("HTTP/1.1 503")
          .contains("retry-after: 1", "urn:tidegate:problem:unavailable");
      AggregatedHttpResponse good = post("/length", SMALL, "192.0.2.1");
      assertThat(good.status().code()).isEqualTo(200);
      assertThat(good.contentUtf8()).isEqualTo("" + SMALL);
    }
  }

  @Test
  void bodiesThatNobodyReadsCountToo() throws Exception {
    for (int i = 0; i < 20; i++) {
      sendAllButOneByte("/unread", BODY, "192.0.2.1");
    }
    awaitFree(0, BUDGET / 2);
    assertThat(post("/length", SMALL, "192.0.2.1").contentUtf8()).isEqualTo("" + SMALL);
    late.complete(null);
    awaitFree(BUDGET, BUDGET);
  }

  @Test
  void whoHoldsLessThanItsShareLosesNothing() throws Exception {
    Socket patient = sendAllButOneByte("/length", BODY, "198.51.100.7");
    Socket neighbour = sendAllButOneByte("/length", SMALL, "2001:db8:1:2::1");
    for (int i = 0; i < 50; i++) {
      sendAllButOneByte("/length", BODY, "2001:db8:9:9::" + i);
    }
    awaitFree(0, BUDGET / 2);
    sendLastByte(patient);
    sendLastByte(neighbour);
    assertThat(read(patient)).startsWith("HTTP/1.1 200").endsWith("" + BODY);
    assertThat(read(neighbour)).startsWith("HTTP/1.1 200").endsWith("" + SMALL);
  }

  @Test
  void streamsOfOneConnectionShareItToo() {
    WebClient client =
        WebClient.builder("h2c://127.0.0.1:" + server.port())
            .factory(connections)
            .responseTimeout(Patience.LONGEST)
            .build();
    List<CompletableFuture<AggregatedHttpResponse>> answers =
        IntStream.range(0, 40)
            .mapToObj(
                i -> {
                  HttpRequestWriter body = HttpRequest.streaming(HttpMethod.POST, "/length");
                  body.write(HttpData.wrap(new byte[BODY]));
                  return client.execute(body).aggregate();
                })
            .toList();
    await()
        .untilAsserted(
            () ->
                assertThat(answers.stream().filter(CompletableFuture::isDone).count())
                    .isBetween(36L, 39L));
    assertThat(
            answers.stream()
                .filter(CompletableFuture::isDone)
                .map(answer -> answer.join().status().code()))
        .containsOnly(503);
    assertThat(
            client
                .execute(
                    HttpRequest.of(
                        HttpMethod.POST, "/length", MediaType.OCTET_STREAM, new byte[SMALL]))
                .aggregate()
                .join()
                .contentUtf8())
        .isEqualTo("" + SMALL);
  }

  @Test
  void bodiesThatAreWorkedForAreNotEvictedAndOthersHaveToWait() throws Exception {
    List<CompletableFuture<AggregatedHttpResponse>> working =
        IntStream.range(0, 4).mapToObj(i -> postAsync("/late", BODY, "192.0.2." + i)).toList();
    awaitFree(0, BUDGET / 8);
    assertThat(post("/length", BODY, "198.51.100.7").status().code()).isEqualTo(503);
    late.complete(null);
    working.forEach(answer -> assertThat(answer.join().status().code()).isEqualTo(204));
    assertThat(post("/length", BODY, "198.51.100.7").status().code()).isEqualTo(200);
  }

  @Test
  void allOfItIsGivenBackHoweverARequestEnds() throws Exception {
    server.close();
    server = start(Duration.ofSeconds(2));
    // Done, refused before it was read, of no route, of two hosts, too large, byte by byte.
    assertThat(post("/length", BODY, "192.0.2.1").status().code()).isEqualTo(200);
    assertThat(post("/none", BODY, "192.0.2.1").status().code()).isEqualTo(404);
    assertThat(post("/length", 2 << 20, "192.0.2.1").status().code()).isIn(413, 503);
    // Broken off.
    Socket gone = sendAllButOneByte("/length", BODY, "192.0.2.1");
    awaitFree(0, BUDGET - BODY);
    gone.close();
    awaitFree(BUDGET, BUDGET);
    // Not in time.
    Socket slow = sendAllButOneByte("/length", BODY, "192.0.2.1");
    assertThat(read(slow)).startsWith("HTTP/1.1 408");
    awaitFree(BUDGET, BUDGET);
  }

  @Test
  void aBodyInManyPartsCostsWhatItsPartsCost() throws Exception {
    Socket socket = connect();
    send(
        socket,
        "POST /length HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "1\r\nx\r\n".repeat(1_000));
    awaitFree(BUDGET - 300_000, BUDGET - 100_000);
  }

  private void awaitFree(long least, long most) {
    await().untilAsserted(() -> assertThat(server.freeBodyBytes()).isBetween(least, most));
  }

  private AggregatedHttpResponse post(String path, int bytes, String address) {
    return postAsync(path, bytes, address).join();
  }

  private CompletableFuture<AggregatedHttpResponse> postAsync(
      String path, int bytes, String address) {
    return WebClient.builder("h1c://127.0.0.1:" + server.port())
        .factory(connections)
        .responseTimeout(Patience.LONGEST)
        .build()
        .execute(
            RequestHeaders.of(HttpMethod.POST, path, "x-forwarded-for", address),
            HttpData.wrap(new byte[bytes]))
        .aggregate();
  }

  private Socket sendAllButOneByte(String path, int bytes, String address) throws IOException {
    Socket socket = connect();
    send(
        socket,
        "POST %s HTTP/1.1\r\nHost: here\r\nX-Forwarded-For: %s\r\nContent-Length: %d\r\n\r\n"
            .formatted(path, address, bytes));
    send(socket, "x".repeat(bytes - 1));
    return socket;
  }

  private static void sendLastByte(Socket socket) throws IOException {
    send(socket, "x");
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket("127.0.0.1", server.port());
    socket.setSoTimeout((int) Patience.LONGEST.toMillis());
    sockets.add(socket);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }

  /** The whole of an answer. */
  private static String read(Socket socket) throws IOException {
    StringBuilder answer = new StringBuilder();
    while (true) {
      Matcher length = LENGTH.matcher(answer);
      if (length.find() && answer.length() >= length.end() + Integer.parseInt(length.group(1))) {
        return answer.toString();
      }
      int next = socket.getInputStream().read();
      if (next < 0) {
        return answer.toString();
      }
      answer.append((char) next);
    }
  }
}
