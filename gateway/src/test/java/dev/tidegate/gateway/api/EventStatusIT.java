package dev.tidegate.gateway.api;

import static dev.tidegate.gateway.store.KnownCallers.A_NOBODYS;
import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.A_USER;
import static dev.tidegate.gateway.store.KnownCallers.B_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.NOBODY;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static dev.tidegate.gateway.store.TestLedger.TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.KnownCallers;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.schemas.EventId;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What became of one event. */
class EventStatusIT {
  private static final EventToken TOKENS = new EventToken(Secret.of("key of event IDs"));
  private static final String ACCEPTED = TOKENS.of("a", "shop", "accepted");

  private static TestLedger ledger;
  private static LedgerDatabase database;
  private static GatewayServer server;
  private static TestClient client;

  @BeforeAll
  static void start() throws SQLException {
    ledger = TestLedger.create();
    ledger.event("a", "anns", "PROCESSED", "ann", TIME, "{}");
    ledger.event("a", "bobs", "PROCESSED", "bob", TIME, "{}");
    ledger.letter("a", "failed", "f1");
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

  private static String path(String id) {
    return "/events/" + TOKENS.of("a", "shop", id);
  }

  @Test
  void theLedgersRowIsShown() {
    Answer answer = client.get(A_USER, path("anns"));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("status").asText()).isEqualTo("PROCESSED");
    assertThat(answer.json().path("subject").asText()).isEqualTo("ann");
    assertThat(answer.json().path("eventId").asText()).isEqualTo(TOKENS.of("a", "shop", "anns"));
    assertThat(Instant.parse(answer.json().path("processedAt").asText())).isEqualTo(TIME);
    assertThat(Instant.parse(answer.json().path("normalizedAt").asText()))
        .isEqualTo(TIME.minusMillis(250));
    assertThat(answer.response().headers().firstValue("cache-control")).contains("no-store");
  }

  @Test
  void aDeadLetterTellsWhatWasWrong() {
    Answer answer = client.get(A_OPERATOR, path("failed"));

    assertThat(answer.json().path("status").asText()).isEqualTo("DEAD_LETTER");
    assertThat(answer.json().path("errorClass").asText()).isEqualTo("INVALID");
    assertThat(answer.json().has("normalizedAt")).isFalse();
  }

  @Test
  void anotherUsersEventIsNotFound() {
    assertThat(client.get(A_USER, path("bobs")).status()).isEqualTo(404);
    assertThat(client.get(A_NOBODYS, path("bobs")).status()).isEqualTo(404);
    assertThat(client.get(A_USER, path("failed")).status()).isEqualTo(404);
    assertThat(client.get(A_OPERATOR, path("bobs")).status()).isEqualTo(200);
  }

  @Test
  void whatWasAcceptedIsPending() {
    Answer answer = client.get(A_USER, "/events/" + ACCEPTED);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("status").asText()).isEqualTo("PENDING");
    assertThat(answer.json().path("eventId").asText()).isEqualTo(ACCEPTED);
  }

  @Test
  void anIdOfAnotherTenantIsNotFound() {
    assertThat(client.get(B_OPERATOR, path("anns")).status()).isEqualTo(404);
    assertThat(client.get(B_OPERATOR, "/events/" + ACCEPTED).status()).isEqualTo(404);
    assertThat(client.get(B_OPERATOR, "/events/" + ACCEPTED + "?tenant=a").status()).isEqualTo(403);
    assertThat(client.get(NOBODY, path("anns")).status()).isEqualTo(401);
  }

  @Test
  void platformOperatorsFindEveryTenantsEvents() {
    assertThat(client.get(PLATFORM, path("anns")).json().path("tenant").asText()).isEqualTo("a");
    assertThat(client.get(PLATFORM, path("anns") + "?tenant=b").status()).isEqualTo(404);
    assertThat(client.get(PLATFORM, "/events/" + ACCEPTED).status()).isEqualTo(404);
    assertThat(client.get(PLATFORM, "/events/" + ACCEPTED + "?tenant=a").json().path("status"))
        .hasToString("\"PENDING\"");
    // The row is there, but no gateway gave this ID: its proof is another tenant's.
    String forged = TOKENS.of("b", EventId.of("a", "shop", "anns"));
    assertThat(client.get(PLATFORM, "/events/" + forged).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"evt_", "evt_AAAA", "x", "00000000-0000-0000-0000-000000000000", "%C2%85"})
  void whatIsNoIdIsNotFound(String id) {
    assertThat(client.get(A_OPERATOR, "/events/" + id).status()).isEqualTo(404);
    assertThat(client.get(PLATFORM, "/events/" + id).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "31", "x", "1.5", "99999999999"})
  void theWaitIsBounded(String wait) {
    Answer answer = client.get(A_USER, "/events/" + ACCEPTED + "?wait=" + wait);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.pointers()).containsExactly("wait");
  }

  /** Many more than there are connections: whoever waits holds none, and no thread. */
  @Test
  void manyMayWaitAndAreWokenWhenTheirEventComes() throws SQLException {
    List<CompletableFuture<Answer>> waiting = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      waiting.add(client.sendAsync(A_OPERATOR, "GET", path("late-" + i % 3) + "?wait=30", null));
    }

    assertThat(client.get(A_USER, path("anns")).status()).isEqualTo(200);
    assertThat(waiting).noneMatch(CompletableFuture::isDone);
    ledger.event("a", "late-0", "PROCESSED", null, TIME, "{}");
    for (int i = 0; i < 150; i += 3) {
      CompletableFuture<Answer> woken = waiting.get(i);
      await().until(woken::isDone);
      assertThat(woken.join().json().path("status").asText()).isEqualTo("PROCESSED");
    }
    assertThat(waiting.get(1)).isNotDone();
    ledger.event("a", "late-1", "UNHANDLED", null, TIME, "{}");
    ledger.event("a", "late-2", "PROCESSED", null, TIME, "{}");
    assertThat(waiting.get(1).join().json().path("status").asText()).isEqualTo("UNHANDLED");
    CompletableFuture.allOf(waiting.toArray(new CompletableFuture<?>[0])).join();
  }

  @Test
  void whatDoesNotComeInTimeIsStillPending() {
    long start = System.nanoTime();
    Answer answer = client.get(A_USER, "/events/" + ACCEPTED + "?wait=1");

    assertThat(answer.json().path("status").asText()).isEqualTo("PENDING");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(990));
  }
}
