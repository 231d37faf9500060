package dev.tidegate.gateway.api;

import static dev.tidegate.gateway.api.RunningOperations.eventId;
import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.TestLedger.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TableLock;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventPreview;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What operators see and do of single events. */
class EventOperationsIT {
  private static final RecordingPublisher PUBLISHER = new RecordingPublisher();
  private static TestLedger ledger;
  private static RunningOperations running;
  private static TestClient client;

  @BeforeAll
  static void start() throws SQLException {
    ledger = TestLedger.create();
    running = RunningOperations.start(ledger, PUBLISHER);
    client = running.client();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @BeforeEach
  void empty() throws SQLException {
    ledger.empty();
    ledger.execute("TRUNCATE containers, shipments");
    PUBLISHER.forget();
  }

  private static Answer onEvent(String id, String verb) {
    return client.post(A_OPERATOR, "/admin/events/" + eventId("a", id) + "/" + verb, null);
  }

  @Test
  void failedEventsArePaged() throws SQLException {
    for (int i = 0; i < 5; i++) {
      ledger.letter("a", "n" + i, "f");
    }
    List<String> ids = new ArrayList<>();
    Optional<String> cursor = Optional.empty();
    do {
      JsonNode page =
          client
              .get(
                  A_OPERATOR,
                  "/admin/events/failed?limit=2" + cursor.map("&cursor="::concat).orElse(""))
              .json();
      ids.addAll(page.path("items").findValuesAsText("notificationId"));
      cursor = Optional.ofNullable(page.path("next").textValue());
    } while (cursor.isPresent());

    assertThat(ids).containsExactly("n4", "n3", "n2", "n1", "n0");
  }

  @Test
  void anEventIsShownWithPayloadLettersAndRows() throws SQLException {
    ledger.event("a", "n1", "PROCESSED", "ann", TIME, "{\"total\":10.50}");
    ledger.execute(
        """
        INSERT INTO containers (
          tenant_id, t49_container_id, number, identity_version, extra_version)
        VALUES ('a', 'c1', 'MSCU1234567', ?::bytea, 'other'), ('a', 'c2', NULL, 'other', 'other'),
          ('b', 'c3', NULL, ?::bytea, NULL)
        """,
        TestLedger.version("n1", "{\"total\":10.50}"),
        TestLedger.version("n1", "{\"total\":10.50}"));

    ledger.about("a", "n1", "{\"rows\":{\"containers\":[[\"c1\"],[\"c2\"],[\"c3\"]]}}");

    JsonNode event = client.get(A_OPERATOR, "/admin/events/" + eventId("a", "n1")).json();

    assertThat(event.path("payload")).hasToString("{\"total\":10.50}");
    assertThat(event.path("attributes").path("trace").asText()).isEqualTo("kept");
    assertThat(event.path("attempts").asInt()).isEqualTo(1);
    assertThat(event.path("rowsWritten"))
        .hasToString(
            "{\"rows\":[{\"table\":\"containers\",\"key\":{\"t49_container_id\":\"c1\"},"
                + "\"outcome\":\"PARTLY\",\"columns\":[{\"name\":\"identity\",\"outcome\":\"WON\"}]},"
                + "{\"table\":\"containers\",\"key\":{\"t49_container_id\":\"c2\"},"
                + "\"outcome\":\"LOST\",\"columns\":[]},"
                + "{\"table\":\"containers\",\"key\":{\"t49_container_id\":\"c3\"},"
                + "\"outcome\":\"GONE\",\"columns\":[]}],\"complete\":true}");
  }

  private static final Table CONTAINERS =
      Table.named("containers")
          .key(Column.indexedText("t49_container_id"))
          .group("identity", Column.text("number"), Column.text("seal_number"))
          .group("status", Column.text("current_status"))
          .build();

  /** Handlers that say something of the containers c1 and c9. */
  private static final EventPreview HANDLERS =
      new EventPreview() {
        @Override
        public Outcome of(RawEvent raw) {
          try {
            Event event = Event.of(raw, raw.identity(), "order.paid", TIME, raw.json());
            return new Outcome(
                Optional.of(
                    TransformedEvent.handled(
                        event,
                        List.of(
                            Upsert.into(CONTAINERS, event)
                                .key("t49_container_id", "c1")
                                .set("number", "MSCU1")
                                .set("current_status", "empty")
                                .build(),
                            Upsert.into(CONTAINERS, event)
                                .key("t49_container_id", "c9")
                                .set("number", "MSCU9")
                                .build()),
                        List.of())),
                Optional.empty());
          } catch (JsonProcessingException notJson) {
            return new Outcome(Optional.empty(), Optional.empty());
          }
        }

        @Override
        public List<Table> tables() {
          return List.of(CONTAINERS);
        }
      };

  /** With the handlers at hand it is told what the event said, and which event won instead. */
  @Test
  void anEventTellsWhichColumnsItWonAndLostAndToWhom() throws SQLException {
    ledger.event("a", "n1", "PROCESSED", "ann", TIME, "{}");
    ledger.event("a", "n2", "PROCESSED", "ann", TIME.plusSeconds(1), "{}");
    ledger.event("b", "n2", "PROCESSED", "ann", TIME, "{}");
    ledger.about("a", "n2", "{\"rows\":{\"containers\":[[\"c1\"]]}}");
    ledger.execute(
        """
        INSERT INTO containers (
          tenant_id, t49_container_id, number, identity_version, current_status, status_version)
        VALUES ('a', 'c1', 'MSCU1', ?::bytea, 'full', ?::bytea)
        """,
        TestLedger.version("n1", "{}"),
        TestLedger.version("n2", "{}"));
    GatewayParts none = GatewayParts.NONE;
    GatewayParts parts =
        new GatewayParts(
            Optional.of(HANDLERS),
            none.counters(),
            none.webhooks(),
            none.declaredSources(),
            none.namedSources(),
            none.spooled(),
            none.refused(),
            none.problems());
    try (RunningOperations withHandlers = RunningOperations.start(ledger, PUBLISHER, parts)) {
      JsonNode event =
          withHandlers.client().get(A_OPERATOR, "/admin/events/" + eventId("a", "n1")).json();

      JsonNode row = event.at("/rowsWritten/rows/0");
      assertThat(row.path("outcome").asText()).isEqualTo("PARTLY");
      assertThat(row.path("columns").findValuesAsText("name"))
          .containsExactly("current_status", "number");
      JsonNode lost = row.at("/columns/0");
      assertThat(lost.path("outcome").asText()).isEqualTo("LOST");
      assertThat(lost.path("value").asText()).isEqualTo("full");
      assertThat(lost.path("said").asText()).isEqualTo("empty");
      assertThat(lost.at("/wonBy/eventId").asText()).isEqualTo(eventId("a", "n2"));
      assertThat(row.at("/columns/1/outcome").asText()).isEqualTo("WON");
      assertThat(row.at("/columns/1").has("wonBy")).isFalse();
      assertThat(event.at("/rowsWritten/rows/1/outcome").asText()).isEqualTo("GONE");
      assertThat(event.at("/rowsWritten/complete").asBoolean()).isTrue();
    }
  }

  @Test
  void anEventTellsWhatHappenedToItAndItsEffects() throws SQLException {
    ledger.event("a", "good", "PROCESSED", null, TIME.minusSeconds(60), "{}");
    ledger.event("a", "n1", "PROCESSED", "ann", TIME, "{}");
    ledger.execute(
        """
        INSERT INTO event_attempts (
          tenant_id, source, notification_id, attempted_at, outcome, stage, error_class,
          error_message, fingerprint, release, replay_id)
        VALUES
          ('a', 'shop', 'n1', '2026-03-01T09:59:59.5Z', 'DEAD_LETTER', 'Upsert', 'SQL_REJECTED',
            'why', 'f1', 'r1', NULL),
          ('a', 'shop', 'n1', '2026-03-01T10:05:00Z', 'DUPLICATE', NULL, NULL, NULL, NULL, 'r2',
            NULL),
          ('a', 'shop', 'n1', '2026-03-01T10:06:00Z', 'PROCESSED', NULL, NULL, NULL, NULL, 'r2',
            'p1'),
          ('b', 'shop', 'n1', '2026-03-01T10:07:00Z', 'DUPLICATE', NULL, NULL, NULL, NULL, 'r2',
            NULL)
        """);
    ledger.execute(
        """
        INSERT INTO effects (
          tenant_id, effect_id, source, cause, handler, effect_key, kind, effect_type, created_at)
        VALUES ('a', gen_random_uuid(), 'shop', 'n1', 'order.paid', 'k', 'TASK', 'research',
          '2026-03-01T10:00:01Z')
        """);
    JsonNode event = client.get(A_OPERATOR, "/admin/events/" + eventId("a", "n1")).json();

    assertThat(event.path("timeline").findValuesAsText("kind"))
        .containsExactly(
            "RECEIVED", "PUBLISHED", "FAILED", "PROCESSED", "EFFECT", "REPEATED", "REPLAYED");
    assertThat(event.at("/timeline/2/fingerprint").asText()).isEqualTo("f1");
    assertThat(event.at("/timeline/2/release").asText()).isEqualTo("r1");
    assertThat(event.at("/timeline/6/replayId").asText()).isEqualTo("p1");
    assertThat(event.at("/effects/0/type").asText()).isEqualTo("research");
    assertThat(event.at("/lastGood/eventId").asText()).isEqualTo(eventId("a", "good"));
  }

  /** Where the tables cannot be searched in time, the rest is shown, and it says so. */
  @Test
  void aSearchForRowsThatTakesTooLongIsIncomplete() throws Exception {
    ledger.event("a", "n1");
    ledger.about("a", "n1", "{\"rows\":{\"containers\":[[\"c1\"]]}}");
    try (TableLock lock = TableLock.of(ledger, "containers")) {
      JsonNode event = client.get(A_OPERATOR, "/admin/events/" + eventId("a", "n1")).json();

      assertThat(event.path("rowsWritten")).hasToString("{\"rows\":[],\"complete\":false}");
      assertThat(event.path("payload")).hasToString("{\"id\":\"n1\"}");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"{\"letters\":1}|/letters", "[]|''", "{\"a\":1,\"a\":2}|/a", "{|''"})
  void aBodyWhereNoneIsReadIsRefused(String body, String pointer) throws SQLException {
    ledger.letter("a", "n1", "f1");
    Answer answer =
        client.post(A_OPERATOR, "/admin/events/" + eventId("a", "n1") + "/discard", body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.pointers()).containsExactly(pointer);
    assertThat(ledger.query("SELECT status FROM event_dead_letters")).isEqualTo("OPEN");
  }

  @Test
  void aFailedEventIsShownWithTheLettersBody() throws SQLException {
    ledger.letter("a", "n1", "f1");
    JsonNode event = client.get(A_OPERATOR, "/admin/events/" + eventId("a", "n1")).json();

    assertThat(Base64.getDecoder().decode(event.path("payloadBase64").asText()))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("letter n1");
    assertThat(event.path("deadLetters").path(0).path("fingerprint").asText()).isEqualTo("f1");
  }

  @Test
  void aLetterIsDiscardedOnce() throws SQLException {
    ledger.letter("a", "n1", "f1");
    assertThat(onEvent("n1", "discard").json().path("deadLettersDiscarded").asInt()).isEqualTo(1);
    assertThat(ledger.query("SELECT status FROM event_dead_letters")).isEqualTo("DISCARDED");
    assertThat(onEvent("n1", "discard").status()).isEqualTo(409);
    assertThat(ledger.audit()).isEqualTo("a olga a DISCARD_EVENT DONE");
  }

  @Test
  void whatCannotBeWrittenDownIsNotDone() throws SQLException {
    ledger.letter("a", "n1", "f1");
    ledger.execute("ALTER TABLE audit_records ADD CONSTRAINT nothing CHECK (false) NOT VALID");
    try {
      for (String verb : new String[] {"discard", "replay"}) {
        Answer answer = onEvent("n1", verb);
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.json().toString()).doesNotContain("n1", "audit_records", "SQLSTATE");
      }
      assertThat(client.post(A_OPERATOR, "/admin/replays", "{}").status()).isEqualTo(500);
    } finally {
      ledger.execute("ALTER TABLE audit_records DROP CONSTRAINT nothing");
    }
    assertThat(ledger.query("SELECT status FROM event_dead_letters")).isEqualTo("OPEN");
    assertThat(ledger.query("SELECT count(*) FROM replays")).isEqualTo("0");
    assertThat(PUBLISHER.all()).isEmpty();
  }
}
