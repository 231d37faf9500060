package dev.tidegate.gateway.api;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.B_OPERATOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.KnownCallers;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.TableLock;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Slow queries of one tenant hold nobody else, and are not asked without end. */
class BulkheadIT {
  /** More than run and wait. */
  private static final int MANY = 260;

  @Test
  void slowListsOfOneTenantHoldNobodyElse() throws Exception {
    TestLedger ledger = TestLedger.create();
    try (LedgerDatabase database = ledger.open(2);
        GatewayServer server =
            GatewayServer.start(
                "localhost",
                0,
                List.of(
                    new ApiRoutes(
                        new KnownCallers(),
                        Optional.of(database),
                        new EventToken(Secret.of("key of event IDs")))))) {
      TestClient client = new TestClient(server.port());
      List<CompletableFuture<Answer>> slow = new ArrayList<>();
      try (TableLock lock = TableLock.of(ledger, "audit_records")) {
        for (int i = 0; i < MANY; i++) {
          slow.add(client.sendAsync(A_OPERATOR, "GET", "/admin/audit", null));
        }
        await().until(() -> slow.stream().anyMatch(CompletableFuture::isDone));

        assertThat(client.get(B_OPERATOR, "/events").status()).isEqualTo(200);
        Answer tooMany =
            slow.stream().filter(CompletableFuture::isDone).findFirst().orElseThrow().join();
        assertThat(tooMany.status()).isEqualTo(429);
        assertThat(tooMany.response().headers().firstValue("retry-after")).isPresent();
      }
      assertThat(slow.stream().map(CompletableFuture::join).map(Answer::status))
          .contains(200)
          .containsOnly(200, 429);
      assertThat(client.get(A_OPERATOR, "/admin/audit").status()).isEqualTo(200);
    }
  }
}
