package dev.tidegate.gateway.api;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.A_USER;
import static dev.tidegate.gateway.store.KnownCallers.B_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.NOBODY;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.store.KnownCallers;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.postgresql.SearchPath;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The stream of events. */
class EventStreamIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static TestLedger ledger;
  private static RunningOperations running;
  private static TestClient client;

  @BeforeAll
  static void start() throws SQLException {
    ledger = TestLedger.create();
    running = RunningOperations.start(ledger, new RecordingPublisher());
    client = running.client();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @BeforeEach
  void empty() throws SQLException {
    ledger.empty();
  }

  /** A message of a stream. */
  private record Message(String event, String id, JsonNode data) {}

  /** Somebody who reads a stream. */
  private static final class Reader implements AutoCloseable {
    private final List<Message> messages = new CopyOnWriteArrayList<>();
    private final InputStream body;
    private final Thread thread;

    Reader(String caller, String query, String... headers) throws Exception {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(
                  URI.create(
                      "http://localhost:%d/admin/events/stream%s".formatted(running.port(), query)))
              .header(KnownCallers.HEADER, caller);
      if (headers.length > 0) {
        request.headers(headers);
      }
      HttpResponse<InputStream> answer =
          HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("content-type").orElse(""))
          .startsWith("text/event-stream");
      body = answer.body();
      thread = new Thread(this::read);
      thread.setDaemon(true);
      thread.start();
    }

    private void read() {
      StringBuilder text = new StringBuilder();
      byte[] buffer = new byte[8192];
      try {
        for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
          text.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
          for (int end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
            add(text.substring(0, end));
            text.delete(0, end + 2);
          }
        }
      } catch (IOException closed) {
        // Its test is over.
      }
    }

    private void add(String block) throws IOException {
      String event = "";
      String id = "";
      String data = "";
      for (String line : block.split("\n", -1)) {
        event = line.startsWith("event: ") ? line.substring(7) : event;
        id = line.startsWith("id: ") ? line.substring(4) : id;
        data = line.startsWith("data: ") ? line.substring(6) : data;
      }
      if (!data.isEmpty()) {
        messages.add(new Message(event, id, Json.parse(data.getBytes(StandardCharsets.UTF_8))));
      }
    }

    List<String> ids() {
      return messages.stream()
          .filter(message -> message.event().equals("event"))
          .map(message -> message.data().path("notificationId").asText())
          .toList();
    }

    boolean isOver() {
      return !thread.isAlive();
    }

    @Override
    public void close() throws IOException {
      body.close();
    }
  }

  private static void event(String tenant, String id) throws SQLException {
    ledger.event(tenant, id, "PROCESSED", null, Instant.now(), "{}");
  }

  @Test
  void eventsComeAsTheyAreCommittedAndOnlyThoseOfTheTenant() throws Exception {
    event("a", "before");
    try (Reader one = new Reader(A_OPERATOR, "");
        Reader other = new Reader(B_OPERATOR, "");
        Reader all = new Reader(PLATFORM, "")) {
      event("a", "n1");
      event("b", "m1");
      await().until(() -> all.ids().size() == 2);
      event("a", "n2");
      await().until(() -> one.ids().contains("n2"));
      await().until(() -> all.ids().contains("n2"));

      assertThat(one.ids()).containsExactly("n1", "n2");
      assertThat(other.ids()).containsExactly("m1");
      assertThat(all.ids()).containsExactlyInAnyOrder("n1", "m1", "n2");
      assertThat(one.messages.get(0).data().path("eventId").asText())
          .isEqualTo(RunningOperations.eventId("a", "n1"));
      assertThat(one.messages.get(0).id()).isNotEmpty();
    }
    try (Reader foreign = new Reader(PLATFORM, "?tenant=b")) {
      event("a", "n3");
      event("b", "m2");
      await().until(() -> foreign.ids().contains("m2"));
      assertThat(foreign.ids()).containsExactly("m2");
    }
  }

  /** Commits late what was processed earlier. */
  private static Connection uncommitted(String id) throws SQLException {
    Connection connection =
        DriverManager.getConnection(
            ledger.jdbcUrl(), SearchPath.connectionProperties("postgres", null));
    connection.setAutoCommit(false);
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            INSERT INTO events (
              tenant_id, source, notification_id, event_id, event_type, status, version, received_at,
              published_at, processed_at, attributes)
            VALUES ('a', 'shop', ?, ?::uuid, 'order.paid', 'PROCESSED', '', now(), now(), now(), '{}')
            """)) {
      statement.setString(1, id);
      statement.setString(2, EventId.of("a", "shop", id).toString());
      statement.execute();
    }
    return connection;
  }

  @Test
  void whatCommitsLateIsNotMissed() throws Exception {
    try (Reader reader = new Reader(A_OPERATOR, "");
        Connection late = uncommitted("late")) {
      event("a", "n1");
      await().until(() -> reader.ids().contains("n1"));
      event("a", "n2");
      await().until(() -> reader.ids().contains("n2"));
      late.commit();
      await().until(() -> reader.ids().contains("late"));

      assertThat(reader.ids()).containsExactly("n1", "n2", "late");
    }
  }

  /** Also what was processed before the last event that was read, and committed after it. */
  @Test
  void whoComesBackGetsWhatItHasMissed() throws Exception {
    String last;
    try (Connection late = uncommitted("late")) {
      try (Reader reader = new Reader(A_OPERATOR, "")) {
        event("a", "n1");
        await().until(() -> reader.ids().contains("n1"));
        last = reader.messages.get(0).id();
      }
      event("a", "n2");
      late.commit();
    }
    try (Reader back = new Reader(A_OPERATOR, "", "Last-Event-ID", last);
        Reader foreign = new Reader(B_OPERATOR, "", "Last-Event-ID", last)) {
      await().until(() -> back.ids().size() == 2);
      event("a", "n3");
      event("b", "m1");
      await().until(() -> back.ids().contains("n3"));
      await().until(() -> foreign.ids().contains("m1"));

      assertThat(back.ids()).containsExactly("late", "n2", "n3");
      assertThat(foreign.ids()).containsExactly("m1");
    }
  }

  @Test
  void beyondItsRateAStreamSaysHowManyItLeftOut() throws Exception {
    try (Reader reader = new Reader(A_OPERATOR, "?rate=2");
        Reader all = new Reader(A_OPERATOR, "?rate=100")) {
      ledger.execute(
          """
          INSERT INTO events (
            tenant_id, source, notification_id, event_id, event_type, status, version, received_at,
            published_at, processed_at, attributes)
          SELECT 'a', 'shop', 'n' || i, gen_random_uuid(), 'order.paid', 'PROCESSED', '', now(),
            now(), now() + i * interval '1 microsecond', '{}'
          FROM generate_series(1, 50) i
          """);
      await().until(() -> all.ids().size() == 50);
      await().until(() -> skipped(reader) + reader.ids().size() == 50);

      assertThat(reader.ids()).hasSizeLessThan(10).isNotEmpty();
      assertThat(skipped(all)).isZero();
    }
  }

  private static int skipped(Reader reader) {
    return reader.messages.stream()
        .filter(message -> message.event().equals("skipped"))
        .mapToInt(message -> message.data().path("events").asInt())
        .sum();
  }

  @ParameterizedTest
  @CsvSource({
    "status=DEAD_LETTER, failed",
    "fingerprint=f1, failed",
    "errorClass=INVALID, failed",
    "subject=ann, anns",
    "notificationId=anns, anns",
    "status=PROCESSED&eventType=order.paid&source=shop, anns",
  })
  void aStreamIsFilteredAsTheListIs(String query, String expected) throws Exception {
    try (Reader reader = new Reader(A_OPERATOR, "?" + query);
        Reader all = new Reader(A_OPERATOR, "")) {
      ledger.event("a", "anns", "PROCESSED", "ann", Instant.now(), "{}");
      ledger.letter("a", "failed", "f1");
      await().until(() -> all.ids().contains("failed") && all.ids().contains("anns"));
      await().until(() -> reader.ids().contains(expected));

      assertThat(reader.ids()).containsOnly(expected);
    }
  }

  @Test
  void whatAnEventIsAboutIsAskedForToo() throws Exception {
    try (Reader reader = new Reader(A_OPERATOR, "?about=mscu1")) {
      event("a", "n1");
      event("a", "n2");
      ledger.about("a", "n2", "{\"keys\":{\"container_number\":\"MSCU1\"}}");
      await().until(() -> reader.ids().contains("n2"));

      assertThat(reader.ids()).containsOnly("n2");
    }
  }

  @ParameterizedTest
  @CsvSource({"rate=0, rate", "rate=101, rate", "status=x, status", "limit=5, limit"})
  void mistakesAreNamed(String query, String pointer) {
    assertThat(client.get(A_OPERATOR, "/admin/events/stream?" + query).pointers())
        .containsExactly(pointer);
  }

  @ParameterizedTest
  @CsvSource({"x", "''", "YQ", "MToxOgoyMDI2"})
  void whatIsNoPlaceIsRefused(String id) {
    assertThat(
            client
                .send(A_OPERATOR, "GET", "/admin/events/stream", null, "Last-Event-ID", id)
                .pointers())
        .containsExactly("Last-Event-ID");
  }

  @Test
  void onlyOperatorsReadItAndNotTooManyAtATime() throws Exception {
    assertThat(client.get(NOBODY, "/admin/events/stream").status()).isEqualTo(401);
    assertThat(client.get(A_USER, "/admin/events/stream").status()).isEqualTo(403);
    assertThat(client.get(B_OPERATOR, "/admin/events/stream?tenant=a").status()).isEqualTo(403);
    List<Reader> readers = new ArrayList<>();
    try {
      for (int i = 0; i < EventStreams.MOST_OF_A_TENANT; i++) {
        readers.add(new Reader(B_OPERATOR, ""));
      }
      assertThat(client.get(B_OPERATOR, "/admin/events/stream").status()).isEqualTo(429);
      try (Reader other = new Reader(A_OPERATOR, "")) {
        event("a", "n1");
        await().until(() -> other.ids().contains("n1"));
      }
    } finally {
      for (Reader reader : readers) {
        reader.close();
      }
    }
    await()
        .untilAsserted(
            () -> {
              try (Reader again = new Reader(B_OPERATOR, "")) {
                assertThat(again.isOver()).isFalse();
              }
            });
  }

  @Test
  void aServerThatStopsEndsItsStreams() throws Exception {
    RunningOperations kept = running;
    running = RunningOperations.start(ledger, new RecordingPublisher());
    try (Reader reader = new Reader(A_OPERATOR, "")) {
      running.close();
      await().until(reader::isOver);
    } finally {
      running = kept;
    }
  }
}
