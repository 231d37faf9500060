package dev.tidegate.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpResponse;
import dev.tidegate.testing.Patience;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests with another one hidden in them, byte by byte as an attacker sends them: a proxy that
 * reads their framing in one way and a server that reads it in another would disagree on where the
 * next request begins. Each is refused or its connection closed, and the hidden one never served.
 */
class RequestSmugglingIT {
  private static final String HIDDEN = "GET /hidden HTTP/1.1\r\nHost: here\r\n\r\n";
  private static final String POST = "POST /echo HTTP/1.1\r\nHost: here\r\n";
  private static final String CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n";
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");

  private static final AtomicInteger HIDDEN_SERVED = new AtomicInteger();

  private static final GatewayServer SERVER =
      GatewayServer.start(
          "127.0.0.1",
          0,
          List.of(
              builder -> {
                builder
                    .route()
                    .post("/echo")
                    .build(
                        (context, request) ->
                            HttpResponse.of(
                                request.aggregate().thenApply(whole -> HttpResponse.of(204))));
                builder
                    .route()
                    .get("/hidden")
                    .build(
                        (context, request) -> {
                          HIDDEN_SERVED.incrementAndGet();
                          return HttpResponse.of(200);
                        });
              }));

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  static List<Arguments> forms() {
    return List.of(
        form("chunk extension ended by a bare LF", CHUNKED + "2;\nxx\r\n4c\r\n0\r\n\r\n" + HIDDEN),
        form("chunk extension with a bare LF", CHUNKED + "2;a\nb\r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form("chunk extension with a bare CR", CHUNKED + "2;a\rb\r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form("chunk extension with quoted CRLF", quotedExtension("2;a=\"\r\n", "\"\r\n")),
        form("chunk extension with quoted LF", quotedExtension("2;a=\"\n", "\"\r\n")),
        form("chunk size ended by a bare LF", CHUNKED + "2\nxx\r\n0\r\n\r\n" + HIDDEN),
        form("chunk size ended by a bare CR", CHUNKED + "2\rxx\r\n0\r\n\r\n" + HIDDEN),
        form("chunk size of 2^32 and more", CHUNKED + "100000002\r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form(
            "chunk size of 2^64 and more",
            CHUNKED + "10000000000000002\r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form("chunk size of 2^31", CHUNKED + "80000000\r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form("negative chunk size", CHUNKED + "-2\r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form("signed chunk size", CHUNKED + "+2\r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form("chunk size with 0x", CHUNKED + "0x2\r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form("chunk size with a space before", CHUNKED + " 2\r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form("chunk size with a space behind", CHUNKED + "2 \r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form("chunk size with a tab behind", CHUNKED + "2\t\r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form("chunk size with a space within", CHUNKED + "0 2\r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form(
            "chunk size with a control character", CHUNKED + "2\u000b\r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form("no chunk size", CHUNKED + "\r\nxx\r\n0\r\n\r\n" + HIDDEN),
        form("chunk longer than its size", CHUNKED + "2\r\nxxxx\r\n0\r\n\r\n" + HIDDEN),
        form("chunk ended by a bare LF", CHUNKED + "2\r\nxx\n0\r\n\r\n" + HIDDEN),
        form("chunk ended by nothing", CHUNKED + "2\r\nxx0\r\n\r\n" + HIDDEN),
        form(
            "Content-Length beside Transfer-Encoding",
            POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN),
        form(
            "Transfer-Encoding beside Content-Length",
            POST + "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n" + HIDDEN),
        coding("chunked, xchunked"),
        coding("xchunked"),
        coding("chunked, identity"),
        coding("identity"),
        coding("chunked, chunked"),
        coding("chunked;q=1"),
        coding("\"chunked\""),
        coding("chunked\u000b"),
        coding("\u000bchunked"),
        coding(""),
        form(
            "two Transfer-Encodings",
            POST
                + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"
                + HIDDEN),
        form(
            "HTTP/1.0 chunked",
            "POST /echo HTTP/1.0\r\nHost: here\r\nConnection: keep-alive\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + HIDDEN),
        form(
            "HTTP/1.0 chunked with a Content-Length",
            "POST /echo HTTP/1.0\r\nHost: here\r\nConnection: keep-alive\r\n"
                + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + HIDDEN),
        form(
            "two Content-Lengths",
            POST + "Content-Length: 0\r\nContent-Length: " + HIDDEN.length() + "\r\n\r\n" + HIDDEN),
        length("0, " + HIDDEN.length()),
        length("+0"),
        length("-0"),
        length("-1"),
        length("0x0"),
        length("0 1"),
        length("0;"),
        length("\"0\""),
        length("zero"),
        length("\u000b0"),
        length("99999999999999999999"),
        form("empty Content-Length", POST + "Content-Length:\r\n\r\n" + HIDDEN),
        form(
            "folded Transfer-Encoding",
            POST + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + HIDDEN),
        form(
            "folded Content-Length",
            POST + "Content-Length: 0\r\n " + HIDDEN.length() + "\r\n\r\n" + HIDDEN),
        form(
            "space before the colon of Content-Length",
            POST + "Content-Length : " + HIDDEN.length() + "\r\n\r\n" + HIDDEN),
        form(
            "space before the colon of Transfer-Encoding",
            POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN),
        form(
            "space before the first header",
            "POST /echo HTTP/1.1\r\n Host: here\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        form(
            "bare CR in a header",
            POST + "X-Bare: a\rContent-Length: 5\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        form(
            "bare CR between headers",
            POST + "X-Bare: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN),
        form("NUL in a header", POST + "X-Nul: a\u0000b\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        form(
            "NUL in Transfer-Encoding",
            POST + "Transfer-Encoding: chun\u0000ked\r\n\r\n0\r\n\r\n" + HIDDEN),
        form("header without a name", POST + ": chunked\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        form(
            "header without a colon",
            POST + "Transfer-Encoding\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        form(
            "two Hosts",
            POST + "Host: there\r\nContent-Length: 0\r\n\r\n" + "GET /hidden HTTP/1.1\r\n\r\n"),
        form(
            "no Host",
            "POST /echo HTTP/1.1\r\nContent-Length: 0\r\n\r\n" + "GET /hidden HTTP/1.1\r\n\r\n"));
  }

  /**
   * What RFC 9112 lets a server read, and every reader in the same way: nothing is hidden there.
   */
  static List<Arguments> unusualForms() {
    return List.of(
        coding("xchunked, chunked"),
        coding("identity, chunked"),
        coding("gzip, chunked"),
        coding("chunked,"),
        form(
            "folded header",
            POST + "X-Folded: a\r\n Content-Length: 5\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        form(
            "line break in the request line",
            "POST /echo\r HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n" + HIDDEN));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unusualForms")
  void whatFollowsAnUnusualFormIsARequestOfItsOwn(String form, String bytes) throws IOException {
    int before = HIDDEN_SERVED.get();
    assertThat(statusesOf(form, exchange(bytes))).containsExactly("204", "200");
    assertThat(HIDDEN_SERVED.get()).isEqualTo(before + 1);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void areRefusedAndWhatTheyHideIsNeverServed(String form, String bytes) throws IOException {
    int before = HIDDEN_SERVED.get();
    assertThat(statusesOf(form, exchange(bytes))).allMatch(status -> status.startsWith("4"));
    assertThat(HIDDEN_SERVED.get()).as("hidden requests served").isEqualTo(before);
  }

  /** The answers' statuses, which are printed too: the table of what each form is answered. */
  private static List<String> statusesOf(String form, String answers) {
    List<String> statuses =
        STATUS.matcher(answers).results().map(status -> status.group(1)).toList();
    System.out.printf("| %s | %s |%n", form, statuses.isEmpty() ? "closed" : statuses);
    return statuses;
  }

  /** Sends {@code bytes} and no more, and reads until the server closes the connection. */
  private static String exchange(String bytes) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", SERVER.port())) {
      socket.setSoTimeout((int) Patience.LONGEST.toMillis());
      socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    } catch (SocketException closed) {
      return "";
    }
  }

  private static Arguments form(String name, String bytes) {
    return Arguments.of(name, bytes);
  }

  private static Arguments coding(String coding) {
    return form(
        "Transfer-Encoding: " + coding.replace('\u000b', '_'),
        POST + "Transfer-Encoding: " + coding + "\r\n\r\n0\r\n\r\n" + HIDDEN);
  }

  private static Arguments length(String length) {
    return form(
        "Content-Length: " + length.replace('\u000b', '_'),
        POST + "Content-Length: " + length + "\r\n\r\n" + HIDDEN);
  }

  /** One reads a chunk of two bytes, the other an extension that goes on into the next line. */
  private static String quotedExtension(String begin, String end) {
    return CHUNKED + begin + "xx\r\n0\r\n\r\n" + HIDDEN + end + "xx\r\n0\r\n\r\n";
  }
}
