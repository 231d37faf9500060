package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server that answers what it is told to. */
class GatewayClientTest {
  /** What is answered next; the last again and again. */
  private record Answer(int status, String body, String... headers) {}

  private final Deque<Answer> answers = new ArrayDeque<>();
  private final List<String> requests = new ArrayList<>();
  private HttpServer server;
  private GatewayClient client;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          requests.add(
              exchange.getRequestURI() + " " + exchange.getRequestHeaders().get("Authorization"));
          Answer answer = answers.size() > 1 ? answers.pop() : answers.peek();
          for (int i = 0; i < answer.headers().length; i += 2) {
            exchange.getResponseHeaders().add(answer.headers()[i], answer.headers()[i + 1]);
          }
          byte[] body = answer.body().getBytes(UTF_8);
          exchange.sendResponseHeaders(answer.status(), body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    client =
        new GatewayClient(
            "http://localhost:" + server.getAddress().getPort(), () -> "secret", "Log in");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void whatIsTooMuchNowIsSentAgainWhenTheGatewaySays() throws Exception {
    answers.add(new Answer(429, "", "Retry-After", "0"));
    answers.add(new Answer(503, "", "Retry-After", "1"));
    answers.add(new Answer(200, "{\"done\":true}"));
    long start = System.nanoTime();
    assertThat(client.get("/events").path("done").asBoolean()).isTrue();
    assertThat(System.nanoTime() - start).isGreaterThan(900_000_000L);
    assertThat(requests).hasSize(3).allMatch("/events [Bearer secret]"::equals);
  }

  @Test
  void itGivesUpAfterSomeTimesAndAtOnceWhereItWouldTakeTooLong() {
    answers.add(new Answer(503, "{\"detail\":\"away\"}", "Retry-After", "0"));
    assertThatThrownBy(() -> client.get("/events"))
        .isInstanceOf(GatewayClient.Refusal.class)
        .hasMessageContaining("cannot do this now (away). Try again later");
    assertThat(requests).hasSize(4);

    for (String[] headers : new String[][] {{"Retry-After", "3600"}, {}, {"Retry-After", "soon"}}) {
      requests.clear();
      answers.clear();
      answers.add(new Answer(429, "", headers));
      assertThatThrownBy(() -> client.get("/events")).hasMessageContaining("too many requests");
      assertThat(requests).hasSize(1);
    }
  }

  @Test
  void aRedirectIsNotFollowedAndTheTokenStaysHere() {
    answers.add(new Answer(302, "", "Location", client.url() + "/elsewhere"));
    assertThatThrownBy(() -> client.get("/events")).hasMessageContaining("answered 302");
    assertThat(requests).hasSize(1);
  }

  @Test
  void problemsAreToldWithTheirErrors() {
    answers.add(
        new Answer(
            400,
            "{\"detail\":\"Mend it\",\"errors\":[{\"pointer\":\"since\",\"detail\":\"no time\"}]}"));
    assertThatThrownBy(() -> client.get("/events"))
        .hasMessageContaining("answered 400 (Mend it; since: no time)");
    answers.clear();
    answers.add(new Answer(401, "<html>"));
    assertThatThrownBy(() -> client.get("/events"))
        .hasMessage("The gateway at %s does not accept the token. Log in", client.url());
    answers.clear();
    answers.add(new Answer(200, "<html>"));
    assertThatThrownBy(() -> client.get("/events")).hasMessageContaining("is it a gateway?");
  }

  @Test
  void listsAreReadPageByPageUpToTheLimit() throws Exception {
    String page = "{\"items\":[1,2],\"next\":\"a b\"}";
    answers.add(new Answer(200, page));
    answers.add(new Answer(200, page));
    answers.add(new Answer(200, "{\"items\":[3]}"));
    Map<String, Object> query = new LinkedHashMap<>();
    query.put("tenant", "ä&b");
    query.put("state", null);
    List<JsonNode> items = client.list("/things", query, 250);
    assertThat(items.toString()).isEqualTo("[1, 2, 1, 2, 3]");
    assertThat(requests)
        .extracting(request -> request.split(" ")[0])
        .containsExactly(
            "/things?tenant=%C3%A4%26b&limit=100",
            "/things?tenant=%C3%A4%26b&limit=100&cursor=a%20b",
            "/things?tenant=%C3%A4%26b&limit=100&cursor=a%20b");
    answers.clear();
    answers.add(new Answer(200, page));
    assertThat(client.list("/things", Map.of(), 2)).hasSize(2);
  }
}
