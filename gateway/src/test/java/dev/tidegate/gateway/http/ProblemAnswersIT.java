package dev.tidegate.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpResponse;
import dev.tidegate.testing.Patience;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the server itself finds wrong with a request, on raw connections. */
class ProblemAnswersIT {
  private static final GatewayServer SERVER =
      GatewayServer.start(
          "127.0.0.1",
          0,
          List.of(
              builder -> {
                builder
                    .route()
                    .get("/things/{id}")
                    .build((context, request) -> HttpResponse.of(204));
                builder
                    .route()
                    .delete("/things/{id}")
                    .build((context, request) -> HttpResponse.of(204));
                builder.route().post("/things").build((context, request) -> HttpResponse.of(204));
              }));

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST /things/1|DELETE, GET",
        "PUT /things/1?a=b|DELETE, GET",
        "OPTIONS /things|POST",
        "GET /things|POST",
        "BREW /things|POST",
      })
  void aMethodThatIsNotTakenIsToldWhichAre(String request, String allowed) throws IOException {
    String answer = exchange(request + " HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n");
    assertThat(answer).startsWith("HTTP/1.1 405 ").contains("\r\nallow: " + allowed + "\r\n");
    assertIsProblem(answer, 405);
  }

  @Test
  void whereNothingIsThereIsNoMethodToName() throws IOException {
    assertIsProblem(exchange("BREW /nothing HTTP/1.1\r\nHost: here\r\n"), 404);
  }

  @Test
  void eachLimitHasItsStatus() throws IOException {
    String tooLong = "x".repeat(9_000);
    assertIsProblem(exchange("GET /" + tooLong + " HTTP/1.1\r\nHost: here\r\n"), 414);
    assertIsProblem(
        exchange(
            "GET /things/1 HTTP/1.1\r\nHost: here\r\n" + ("X-Long: " + tooLong + "\r\n").repeat(3)),
        431);
    assertIsProblem(exchange("POST /things HTTP/1.1\r\nHost: here\r\nExpect: miracles\r\n"), 417);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "Host: here\r\nHost: here\r\n", "Host: here\r\nHost: there\r\n", "Host:\r\n"})
  void aRequestNamesOneHost(String hosts) throws IOException {
    assertIsProblem(exchange("GET /things/1 HTTP/1.1\r\n" + hosts), 400);
    // Also where nothing is.
    assertIsProblem(exchange("GET /nothing HTTP/1.1\r\n" + hosts), 400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /things/1 HTTP/1.1\r\nHost: here\r\n",
        "GET /nothing HTTP/1.1\r\nHost: here\r\n",
        "GET /things/1 HTTP/1.1\r\nHost: here\r\nContent-Length: x\r\n",
        "nonsense\r\n"
      })
  void noAnswerTellsTheServersVersion(String request) throws IOException {
    assertThat(exchange(request)).startsWith("HTTP/1.1 ").doesNotContainIgnoringCase("armeria");
    assertThat(exchange(request)).doesNotContainIgnoringCase("\r\nserver:");
  }

  private static void assertIsProblem(String answer, int status) {
    assertThat(answer)
        .startsWith("HTTP/1.1 " + status)
        .contains("application/problem+json", "\"status\":" + status, "\"detail\":");
  }

  private static String exchange(String head) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", SERVER.port())) {
      socket.setSoTimeout((int) Patience.LONGEST.toMillis());
      socket.getOutputStream().write((head + "Connection: close\r\n\r\n").getBytes(ISO_8859_1));
      StringBuilder answer = new StringBuilder();
      // Not up to the connection's end, for which the server gives a client some time.
      while (!answer.toString().endsWith("}") && !answer.toString().endsWith("\r\n\r\n")) {
        int next = socket.getInputStream().read();
        if (next < 0) {
          break;
        }
        answer.append((char) next);
        if (answer.toString().endsWith("\r\n\r\n") && answer.indexOf("problem+json") > 0) {
          answer.append(' ');
        }
      }
      return answer.toString();
    }
  }
}
