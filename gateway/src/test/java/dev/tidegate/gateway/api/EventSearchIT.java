package dev.tidegate.gateway.api;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.B_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static dev.tidegate.gateway.store.TestClient.encoded;
import static dev.tidegate.gateway.store.TestLedger.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The list of events for operators: each filter, and all of them together. */
class EventSearchIT {
  private static final int MANY = 30_000;

  private static TestLedger ledger;
  private static RunningOperations running;
  private static TestClient client;

  /** A few events that differ, and many that do not: those are newer. */
  @BeforeAll
  static void start() throws SQLException {
    ledger = TestLedger.create();
    ledger.event("a", "n1", "PROCESSED", "ann", TIME, "{}");
    ledger.about(
        "a",
        "n1",
        "{\"keys\":{\"container_number\":\"MSCU1234567\"},"
            + "\"rows\":{\"containers\":[[\"c1\"]],\"stops\":[[\"c1\",\"2\"]],\"odd\":[[\"x/y\"]]}}");
    ledger.event("a", "n2", "UNHANDLED", "bob", TIME.plusSeconds(1), "{}");
    ledger.execute(
        "UPDATE events SET event_type = 'order.lost', request_id = 'r1' WHERE notification_id = 'n2'");
    ledger.letter("a", "n3", "f1");
    ledger.letter("a", "n4", "f2");
    ledger.event("a", "n5", "PROCESSED", null, TIME.plusSeconds(2), "{}");
    ledger.execute(
        "UPDATE events SET event_type = NULL, source = 'other' WHERE notification_id = 'n5'");
    ledger.execute(
        "UPDATE events SET processed_at = ?::timestamptz WHERE notification_id IN ('n3', 'n4')",
        TIME.plusSeconds(3).toString());
    ledger.event("b", "n1", "PROCESSED", "ann", TIME, "{}");
    ledger.about("b", "n1", "{\"keys\":{\"container_number\":\"MSCU1234567\"}}");
    ledger.execute(
        """
        INSERT INTO events (
          tenant_id, source, notification_id, event_id, event_type, status, version, received_at,
          published_at, processed_at, attributes, request_id)
        SELECT 'many', 'shop', 'm' || i, md5(i::text)::uuid, 'order.paid', 'PROCESSED', '',
          now(), now(), '2026-03-02T10:00:00Z'::timestamptz + i * interval '1 second', '{}', 'same'
        FROM generate_series(1, ?::integer) i
        """,
        Integer.toString(MANY));
    ledger.execute(
        "UPDATE events SET subject = 'rare' WHERE notification_id IN ('m1', 'm2', 'm29999')");
    ledger.execute("VACUUM ANALYZE events");
    running = RunningOperations.start(ledger, new RecordingPublisher());
    client = running.client();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  private static List<String> ids(Answer answer) {
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    return answer.json().path("items").findValuesAsText("notificationId");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "notificationId=n1|n1",
        "notificationId=n1&source=shop|n1",
        "notificationId=n1&source=other|",
        "notificationId=n1&status=UNHANDLED|",
        "requestId=r1|n2",
        "requestId=r2|",
        "errorClass=INVALID&limit=1|n",
        "errorClass=BROKEN|",
        "fingerprint=f1|n3",
        "fingerprint=f2|n4",
        "fingerprint=f3|",
        "fingerprint=f1&status=PROCESSED|",
        "eventType=order.lost|n2",
        "eventType=order.lost&status=UNHANDLED|n2",
        "eventType=order.lost&status=PROCESSED|",
        "eventType=order.lost&source=shop&subject=bob|n2",
        "eventType=order.lost&subject=ann|",
        "source=other|n5",
        "source=none|",
        "subject=ann|n1",
        "about=MSCU1234567|n1",
        "about=mscu1234567|n1",
        "about=MSCU1234567&status=UNHANDLED|",
        "about=containers/c1|n1",
        "about=stops/c1/2|n1",
        "about=odd/x/y|n1",
        "about=containers/c2|",
        "about=c1|",
        "status=UNHANDLED|n2",
        "since=2026-03-01T10:00:01Z&until=2026-03-01T10:00:02Z|n2",
      })
  void eachFilterFindsItsEvents(String query, String expected) {
    List<String> found = ids(client.get(A_OPERATOR, "/admin/events?" + query));

    if (expected == null) {
      assertThat(found).isEmpty();
    } else {
      assertThat(found).singleElement().asString().startsWith(expected);
    }
  }

  @Test
  void anEventTellsWhatItIsAbout() {
    JsonNode event =
        client.get(A_OPERATOR, "/admin/events?notificationId=n1").json().path("items").path(0);

    assertThat(event.at("/about/keys/container_number").asText()).isEqualTo("MSCU1234567");
    assertThat(event.at("/about/rows/stops/0/1").asText()).isEqualTo("2");
  }

  @Test
  void whatAnotherTenantsEventsAreAboutFindsNothing() {
    assertThat(ids(client.get(B_OPERATOR, "/admin/events?about=containers/c1"))).isEmpty();
    assertThat(
            client
                .get(B_OPERATOR, "/admin/events?about=MSCU1234567")
                .json()
                .findValuesAsText("tenant"))
        .containsExactly("b");
    assertThat(
            client
                .get(PLATFORM, "/admin/events?about=MSCU1234567")
                .json()
                .findValuesAsText("tenant"))
        .containsExactlyInAnyOrder("a", "b");
    assertThat(client.get(B_OPERATOR, "/admin/events?tenant=a").status()).isEqualTo(403);
  }

  @Test
  void pagesHaveEveryEventOnceTheLastFirst() {
    List<String> ids = new ArrayList<>();
    Optional<String> cursor = Optional.empty();
    do {
      Answer page =
          client.get(
              A_OPERATOR, "/admin/events?limit=2" + cursor.map("&cursor="::concat).orElse(""));
      ids.addAll(ids(page));
      cursor = Optional.ofNullable(page.json().path("next").textValue());
    } while (cursor.isPresent());

    assertThat(ids).hasSize(5).doesNotHaveDuplicates();
    assertThat(ids.subList(2, 5)).containsExactly("n5", "n2", "n1");
  }

  /** Where no index serves a filter, a page ends early rather than read everything. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "requestId=same&subject=rare",
        "subject=rare&source=shop",
        "subject=rare&requestId=same&eventType=order.paid"
      })
  void fewAmongManyAreFoundPageByPage(String query) {
    List<String> ids = new ArrayList<>();
    Optional<String> cursor = Optional.empty();
    int pages = 0;
    do {
      Answer page =
          client.get(
              PLATFORM,
              "/admin/events?tenant=many&limit=2&"
                  + query
                  + cursor.map("&cursor="::concat).orElse(""));
      ids.addAll(ids(page));
      cursor = Optional.ofNullable(page.json().path("next").textValue());
      pages++;
    } while (cursor.isPresent() && pages < 10);

    assertThat(cursor).isEmpty();
    assertThat(ids).containsExactly("m29999", "m2", "m1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"about=", "notificationId=%C2%85", "fingerprint=a&fingerprint=b", "what=x"})
  void mistakesAreNamed(String query) {
    assertThat(client.get(A_OPERATOR, "/admin/events?" + query).pointers())
        .containsExactly(query.substring(0, query.indexOf('=')));
  }

  @Test
  void whatLooksLikeSqlIsAValue() {
    for (String name :
        List.of("about", "notificationId", "requestId", "errorClass", "fingerprint")) {
      assertThat(
              ids(
                  client.get(
                      A_OPERATOR, "/admin/events?" + name + "=" + encoded("' OR ''='{}\"\\"))))
          .isEmpty();
    }
  }
}
