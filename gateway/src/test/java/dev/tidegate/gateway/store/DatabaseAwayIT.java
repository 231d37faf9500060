package dev.tidegate.gateway.store;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import dev.tidegate.gateway.api.ApiRoutes;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.testing.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** While the database is away, what needs it says so, and the rest goes on. */
class DatabaseAwayIT {
  private static final EventToken TOKENS = new EventToken(Secret.of("key of event IDs"));

  @TempDir Path folder;

  @Test
  void whatNeedsItIsAnswered503AndIsBackByItself() throws Exception {
    PostgresServer postgres = PostgresServer.start(folder);
    TestLedger ledger = TestLedger.in(postgres.createDatabase());
    String pending = "/events/" + TOKENS.of("a", "shop", "n1");
    try (LedgerDatabase database = ledger.open(2);
        GatewayServer server =
            GatewayServer.start(
                "localhost",
                0,
                List.of(
                    new ApiRoutes(new KnownCallers(), Optional.of(database), TOKENS),
                    builder ->
                        builder
                            .route()
                            .get("/other")
                            .build((context, request) -> HttpResponse.of(HttpStatus.OK))))) {
      TestClient client = new TestClient(server.port());
      assertThat(client.get(A_OPERATOR, pending).status()).isEqualTo(200);
      CompletableFuture<Answer> waiting =
          client.sendAsync(A_OPERATOR, "GET", pending + "?wait=30", null);

      postgres.stop();
      for (String path : List.of("/events", pending)) {
        Answer answer = client.get(A_OPERATOR, path);
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.response().headers().firstValue("retry-after")).isPresent();
        assertThat(answer.json().path("type").asText()).endsWith("unavailable");
      }
      assertThat(client.get(A_OPERATOR, "/other").status()).isEqualTo(200);
      assertThat(waiting.join().status()).isEqualTo(503);

      postgres.startAgain();
      await().until(() -> client.get(A_OPERATOR, pending).status() == 200);
    } finally {
      postgres.close();
    }
  }

  @Test
  void withoutADatabaseTheRoutesSaySo() {
    try (GatewayServer server =
        GatewayServer.start(
            "localhost", 0, List.of(new ApiRoutes(new KnownCallers(), Optional.empty(), TOKENS)))) {
      TestClient client = new TestClient(server.port());
      assertThat(client.get(A_OPERATOR, "/events").status()).isEqualTo(503);
      assertThat(client.get(KnownCallers.NOBODY, "/events").status()).isEqualTo(401);
    }
  }

  /** One failure may be chance, and the next request tries again; a few of them are an outage. */
  @Test
  void theCircuitOpensAfterSeveralFailures() {
    try (LedgerDatabase database =
        LedgerDatabase.open(
            new DatabaseConfiguration(
                "jdbc:postgresql://localhost:1/nothing", "nobody", Optional.empty(), 4))) {
      assertThat(refusalTakes(database)).isGreaterThan(Duration.ofSeconds(2));
      CompletableFuture<Duration> second =
          CompletableFuture.supplyAsync(() -> refusalTakes(database));
      assertThat(refusalTakes(database)).isGreaterThan(Duration.ofSeconds(2));
      assertThat(second.join()).isGreaterThan(Duration.ofSeconds(2));

      assertThat(refusalTakes(database)).isLessThan(Duration.ofMillis(900));
    }
  }

  private static Duration refusalTakes(LedgerDatabase database) {
    long start = System.nanoTime();
    assertThatThrownBy(() -> database.withHandle(handle -> handle.execute("SELECT 1")))
        .isInstanceOf(ProblemException.class);
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
