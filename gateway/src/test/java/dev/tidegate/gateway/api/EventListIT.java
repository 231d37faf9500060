package dev.tidegate.gateway.api;

import static dev.tidegate.gateway.store.KnownCallers.A_NOBODYS;
import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.A_USER;
import static dev.tidegate.gateway.store.KnownCallers.B_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static dev.tidegate.gateway.store.TestClient.encoded;
import static dev.tidegate.gateway.store.TestLedger.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.KnownCallers;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The list of events: what is in it, for whom, and page by page. */
class EventListIT {
  private static final EventToken TOKENS = new EventToken(Secret.of("key of event IDs"));

  private static LedgerDatabase database;
  private static GatewayServer server;
  private static TestClient client;

  /** Of tenant a 25 events, by twos at the same time; every fifth failed, every third is Ann's. */
  @BeforeAll
  static void start() throws SQLException {
    TestLedger ledger = TestLedger.create();
    for (int i = 0; i < 25; i++) {
      ledger.event(
          "a",
          "n%02d".formatted(i),
          i % 5 == 0 ? "DEAD_LETTER" : "PROCESSED",
          i % 3 == 0 ? "ann" : "bob",
          TIME.plusSeconds(i / 2),
          "{}");
      ledger.event("b", "n%02d".formatted(i), "PROCESSED", "ann", TIME.plusSeconds(i), "{}");
    }
    database = ledger.open(2);
    server =
        GatewayServer.start(
            "localhost",
            0,
            List.of(new ApiRoutes(new KnownCallers(), Optional.of(database), TOKENS)));
    client = new TestClient(server.port());
  }

  @AfterAll
  static void stop() {
    server.close();
    database.close();
  }

  private static List<String> ids(Answer answer) {
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    return answer.json().path("items").findValuesAsText("notificationId");
  }

  private static List<String> allPages(String caller, String query) {
    List<String> ids = new ArrayList<>();
    Optional<String> cursor = Optional.empty();
    do {
      Answer page =
          client.get(caller, "/events?" + query + cursor.map(text -> "&cursor=" + text).orElse(""));
      ids.addAll(ids(page));
      cursor = Optional.ofNullable(page.json().path("next").textValue());
    } while (cursor.isPresent());
    return ids;
  }

  private static String cursor(String caller, String query) {
    return client.get(caller, "/events?" + query).json().path("next").asText();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 24, 25, 26})
  void pagesHaveEveryEventOnceTheLastFirst(int limit) {
    List<String> ids = allPages(A_OPERATOR, "limit=" + limit);

    assertThat(ids).doesNotHaveDuplicates().hasSize(25);
    assertThat(ids.stream().map(id -> Integer.parseInt(id.substring(1)) / 2).toList())
        .isSortedAccordingTo((one, other) -> other - one);
  }

  @Test
  void aUserSeesItsOwnEventsOnly() {
    assertThat(allPages(A_USER, "limit=4"))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, 25).filter(i -> i % 3 == 0).mapToObj("n%02d"::formatted).toList());
    assertThat(client.get(A_USER, "/events").json().findValuesAsText("tenant")).containsOnly("a");
    assertThat(ids(client.get(A_NOBODYS, "/events"))).isEmpty();
    assertThat(client.get(A_USER, "/events?subject=bob").status()).isEqualTo(403);
    assertThat(client.get(A_USER, "/events?tenant=b").status()).isEqualTo(403);
  }

  @Test
  void filtersAreJoined() {
    assertThat(ids(client.get(A_OPERATOR, "/events?status=DEAD_LETTER&subject=ann")))
        .containsExactly("n15", "n00");
    assertThat(
            ids(
                client.get(
                    A_OPERATOR,
                    "/events?since=2026-03-01T10:00:01Z&until=2026-03-01T10:00:02Z"
                        + "&source=shop&eventType=order.paid")))
        .containsExactlyInAnyOrder("n02", "n03");
    assertThat(ids(client.get(A_OPERATOR, "/events?source=other"))).isEmpty();
  }

  @Test
  void platformOperatorsSeeAllTenantsOrOne() {
    assertThat(allPages(PLATFORM, "limit=20")).hasSize(50);
    assertThat(client.get(PLATFORM, "/events?tenant=b").json().findValuesAsText("tenant"))
        .hasSize(20)
        .containsOnly("b");
  }

  @Test
  void aCursorShowsNobodyMoreThanItsCallerMaySee() {
    String cursor = cursor(A_OPERATOR, "limit=5");

    assertThat(ids(client.get(A_OPERATOR, "/events?limit=9&cursor=" + cursor))).hasSize(9);
    Answer foreign = client.get(B_OPERATOR, "/events?cursor=" + cursor);
    assertThat(ids(foreign)).isNotEmpty();
    assertThat(foreign.json().findValuesAsText("tenant")).containsOnly("b");
    assertThat(
            client
                .get(A_USER, "/events?cursor=" + cursor)
                .json()
                .path("items")
                .findValuesAsText("subject"))
        .isNotEmpty()
        .containsOnly("ann");
    assertThat(client.get(B_OPERATOR, "/events?tenant=a&cursor=" + cursor).status()).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "events",
        "events\n2026-03-01T10:00:00Z",
        "audit\n2026-03-01T10:00:00Z\n5f0c4f4e-6a0e-4d4e-9d7e-0d5a7b1c2d3e",
        "events\n2026-03-01T10:00:00Z\n5f0c4f4e-6a0e-4d4e-9d7e-0d5a7b1c2d3e\nmore",
        "events\nyesterday\n5f0c4f4e-6a0e-4d4e-9d7e-0d5a7b1c2d3e",
        "events\n+1000000-03-01T10:00:00Z\n5f0c4f4e-6a0e-4d4e-9d7e-0d5a7b1c2d3e",
        "events\n2026-03-01T10:00:00Z\n1-1-1-1-1",
        "events\n2026-03-01T10:00:00Z\n'; DROP TABLE events; --"
      })
  void whatIsNoCursorOfTheListIsRefused(String text) {
    String cursor = Base64.getUrlEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));

    assertThat(client.get(A_OPERATOR, "/events?cursor=" + encoded(cursor)).pointers())
        .containsExactly("cursor");
  }

  @ParameterizedTest
  @CsvSource({
    "limit=0, limit",
    "limit=101, limit",
    "limit=x, limit",
    "limit=5&limit=6, limit",
    "status=PENDING, status",
    "since=yesterday, since",
    "until=2026-03-01, until",
    "cursor=x, cursor",
    "source=, source",
    "nothing=1, nothing",
    "page=1, page",
    "limit=, limit",
    "limit=1e1, limit",
    "limit=+7, limit",
    "status=processed, status",
    "status=0, status",
    "tenant=a&tenant=a, tenant",
    "since=%2B1000000000-01-01T00:00:00Z, since",
    "until=0000-12-31T23:59:59Z, until",
    "until=2026-03-01T10:00:00, until",
    "limit=-1&status=x&nothing=1&since=x&source=, limit|status|nothing|since|source"
  })
  void mistakesAreNamedAllAtOnce(String query, String pointers) {
    Answer answer = client.get(A_OPERATOR, "/events?" + query);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.pointers()).containsExactlyInAnyOrder(pointers.split("\\|"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "' OR '1'='1",
        "shop'; DROP TABLE events; --",
        "\\",
        "$1",
        "?",
        "%",
        "shop\" OR tenant_id = \"b",
        "{a,b}",
        "\uD83D\uDE00"
      })
  void whatLooksLikeSqlIsAValue(String value) {
    for (String parameter : List.of("source", "eventType", "subject")) {
      assertThat(ids(client.get(A_OPERATOR, "/events?" + parameter + "=" + encoded(value))))
          .isEmpty();
    }
    assertThat(client.get(A_OPERATOR, "/events/" + encoded(value)).status()).isEqualTo(404);
    assertThat(ids(client.get(PLATFORM, "/events?tenant=" + encoded(value)))).isEmpty();
    assertThat(allPages(A_OPERATOR, "limit=100")).hasSize(25);
  }

  @Test
  void whatCannotBeStoredCannotBeAskedFor() {
    assertThat(client.get(A_OPERATOR, "/events?source=a%C2%85b").pointers())
        .containsExactly("source");
  }
}
