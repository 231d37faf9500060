package dev.tidegate.gateway.relay;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.A_USER;
import static dev.tidegate.gateway.store.KnownCallers.B_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.NOBODY;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.KnownCallers;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.testing.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators see of the relay, and do about what Pub/Sub refuses. */
class RelayServiceIT {
  private static final TestDatabase DATABASE = TestDatabase.create();
  private static final String PATH = "/admin/relay";

  @TempDir private Path folder;
  private PublishedEvents published;
  private Relay relay;
  private LedgerDatabase database;
  private GatewayServer server;
  private TestClient client;

  @BeforeEach
  void start() throws SQLException {
    DATABASE.execute("TRUNCATE outbox, saga_deadlines, audit_records");
    for (String tenant : List.of("a", "b")) {
      DATABASE.execute(
          """
          INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, payload, attributes)
          VALUES ('%1$s', gen_random_uuid(), 'shop', 'order.paid', 'bad', '%1$s-poison',
              '{"goog-x": "reserved"}'),
            ('%1$s', gen_random_uuid(), 'shop', 'order.paid', 'bad', '%1$s-behind', '{}'),
            ('%1$s', gen_random_uuid(), 'shop', 'order.paid', 'good', '%1$s-other', '{}')
          """
              .formatted(tenant));
    }
    published = PublishedEvents.in(folder);
    DatabaseConfiguration configuration =
        new DatabaseConfiguration(DATABASE.jdbcUrl(), TestDatabase.USERNAME, Optional.empty(), 4);
    relay =
        Relay.start(configuration, published.topic(), Optional.empty(), new SimpleMeterRegistry());
    database = LedgerDatabase.open(configuration);
    server =
        GatewayServer.start(
            "localhost",
            0,
            List.of(
                new RelayService(
                    new KnownCallers(),
                    Optional.of(database),
                    new EventToken(Secret.of("key of event IDs")),
                    Optional.of(relay))));
    client = new TestClient(server.port());
    await().until(() -> refused(PLATFORM).size() == 2);
  }

  @AfterEach
  void stop() {
    server.close();
    database.close();
    relay.close();
    published.close();
  }

  private JsonNode refused(String caller) {
    return client.get(caller, PATH + "/refused").json().path("items");
  }

  private String firstRefused(String caller) {
    return PATH + "/refused/" + refused(caller).at("/0/eventId").asText();
  }

  private static String audit() throws SQLException {
    return DATABASE.query(
        """
        SELECT string_agg(concat_ws(' ', tenant_id, actor, action, outcome), ', '
          ORDER BY recorded_at)
        FROM audit_records
        """);
  }

  @Test
  void operatorsSeeTheRowsOfTheirTenantPageByPage() {
    assertThat(client.get(NOBODY, PATH + "/refused").status()).isEqualTo(401);
    assertThat(client.get(A_USER, PATH + "/refused").status()).isEqualTo(403);
    JsonNode mine = refused(A_OPERATOR);
    assertThat(mine).hasSize(1);
    assertThat(mine.at("/0/tenant").asText()).isEqualTo("a");
    assertThat(mine.at("/0/aggregate").asText()).isEqualTo("bad");
    assertThat(mine.at("/0/eventType").asText()).isEqualTo("order.paid");
    assertThat(mine.at("/0/refusal").asText()).contains("INVALID_ARGUMENT");
    assertThat(mine.at("/0/refusedAt").asText()).startsWith("20");
    assertThat(mine.at("/0").has("lane")).isFalse();
    JsonNode first = client.get(PLATFORM, PATH + "/refused?limit=1").json();
    assertThat(first.path("items")).hasSize(1);
    JsonNode second =
        client
            .get(PLATFORM, PATH + "/refused?limit=1&cursor=" + first.path("next").asText())
            .json();
    assertThat(second.path("items")).hasSize(1);
    assertThat(second.at("/items/0/eventId")).isNotEqualTo(first.at("/items/0/eventId"));
    assertThat(second.has("next")).isFalse();
  }

  @Test
  void theStateIsThatOfTheCallersTenant() {
    assertThat(client.get(A_USER, PATH).status()).isEqualTo(403);
    await()
        .untilAsserted(
            () -> {
              JsonNode state = client.get(A_OPERATOR, PATH).json();
              assertThat(state.path("running").asBoolean()).isTrue();
              assertThat(state.path("waiting").asInt()).isEqualTo(1);
              assertThat(state.path("refused").asInt()).isEqualTo(1);
              assertThat(state.path("lagSeconds").asDouble()).isPositive();
              assertThat(state.path("lanes")).hasSize(1);
              assertThat(state.at("/deadlines/waiting").asInt()).isZero();
            });
    JsonNode all = client.get(PLATFORM, PATH).json();
    assertThat(all.path("refused").asInt()).isEqualTo(2);
    assertThat(all.path("waiting").asInt()).isEqualTo(2);
  }

  @Test
  void oneThatWasMendedIsPublishedAgainAndWhatIsBehindItFollows() throws Exception {
    String path = firstRefused(A_OPERATOR) + "/retry";
    assertThat(client.post(A_USER, path, null).status()).isEqualTo(403);
    assertThat(client.post(B_OPERATOR, path, null).status()).isEqualTo(404);
    assertThat(client.post(A_OPERATOR, PATH + "/refused/x/retry", null).status()).isEqualTo(404);
    DATABASE.execute("UPDATE outbox SET attributes = '{}' WHERE payload = 'a-poison'");
    assertThat(client.post(A_OPERATOR, path, null).status()).isEqualTo(200);
    await()
        .untilAsserted(
            () ->
                assertThat(published.bodies())
                    .containsSubsequence("a-poison", "a-behind")
                    .doesNotContain("b-behind"));
    assertThat(client.post(A_OPERATOR, path, null).status()).isEqualTo(404);
    assertThat(audit()).isEqualTo("a ann RETRY_REFUSED_ROW REFUSED, a olga RETRY_REFUSED_ROW DONE");
  }

  @Test
  void oneThatIsStillRefusedIsListedAgain() throws Exception {
    String before = refused(A_OPERATOR).at("/0/refusedAt").asText();
    assertThat(client.post(A_OPERATOR, firstRefused(A_OPERATOR) + "/retry", "{}").status())
        .isEqualTo(200);
    await()
        .until(
            () ->
                refused(A_OPERATOR).size() == 1
                    && !refused(A_OPERATOR).at("/0/refusedAt").asText().equals(before));
    assertThat(published.bodies()).doesNotContain("a-behind");
  }

  @Test
  void oneThatIsDiscardedIsForgottenAndWhatIsBehindItIsPublished() throws Exception {
    String path = firstRefused(B_OPERATOR) + "/discard";
    assertThat(client.post(A_OPERATOR, path, null).status()).isEqualTo(404);
    assertThat(client.post(PLATFORM, path, null).status()).isEqualTo(200);
    await().untilAsserted(() -> assertThat(published.bodies()).contains("b-behind"));
    assertThat(published.bodies()).doesNotContain("b-poison", "a-behind");
    assertThat(refused(B_OPERATOR)).isEmpty();
    assertThat(audit()).isEqualTo("b paul DISCARD_REFUSED_ROW DONE");
  }
}
