package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.POISON;
import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.handled;
import static dev.tidegate.transforms.postgresql.Things.link;
import static dev.tidegate.transforms.postgresql.Things.raw;
import static dev.tidegate.transforms.postgresql.Things.thing;
import static dev.tidegate.transforms.postgresql.Things.unhandled;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventKeys;
import dev.tidegate.schemas.PipelineVersion;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Figures by the minute, issues, attempts, and what events are found by. */
class LedgerFiguresIT extends LedgerFixture {
  private static final EventSources SHOP =
      EventSources.of(
          List.of(
              DeclaredSource.parse(
                  "shop.yaml",
                  """
                  source: shop
                  event: { id: body:/id, type: body:/type }
                  about: { order_id: payload.order }
                  tables: { orders: { key: { order_id: text }, groups: { state: { status: text } } } }
                  events:
                    thing.changed:
                      rows: [{ table: orders, key: { order_id: payload.order }, set: { status: '"new"' } }]
                  """)));

  private void failOfShop(DeadLetter... letters) throws SQLException {
    new DeadLetterWriter(pool, new TransientRetry(() -> {}), SHOP).write(List.of(letters));
  }

  /** {@code TYPE STATUS EVENTS} of each. */
  private static String rollups() throws SQLException {
    return DATABASE.query(
        """
        SELECT string_agg(concat_ws(' ', nullif(event_type, ''), status, events), ', '
          ORDER BY event_type, status)
        FROM (
          SELECT event_type, status, sum(events) AS events FROM event_rollups
          GROUP BY event_type, status) AS r
        """);
  }

  private static String attempts() throws SQLException {
    return DATABASE.query(
        """
        SELECT string_agg(
          concat_ws(' ', notification_id, outcome, stage, error_class, replay_id), ', '
          ORDER BY attempted_at, notification_id)
        FROM event_attempts
        """);
  }

  private static String issues(String expression) throws SQLException {
    return DATABASE.query("SELECT " + expression + " FROM issues");
  }

  private static EventWriter.Entry changed(String id) {
    Event event = event(id, TIME);
    return handled(event, thing(event, id).set("name", "n").build());
  }

  @Test
  void aCleanFlowIsCountedByTypeAndLeavesNoAttempts() throws SQLException {
    write(changed("n-1"), changed("n-2"));
    write(changed("n-3"), unhandled(event("n-4", TIME)));
    assertThat(rollups()).isEqualTo("UNHANDLED 1, thing.changed PROCESSED 3");
    assertThat(attempts()).isNull();
    assertThat(
            DATABASE.query(
                """
                SELECT bool_and(events = le_10 + le_25 + le_50 + le_75 + le_100 + le_150 + le_250
                    + le_500 + le_1000 + le_2500 + le_5000 + le_10000 + le_60000 + le_infinity
                  AND events = le_infinity AND millis_sum > 60000 * events
                  AND minute = date_trunc('minute', minute, 'UTC')
                  AND minute > now() - interval '2 minutes')
                FROM event_rollups
                """))
        .as("they were published long ago")
        .isEqualTo("t");
  }

  @Test
  void aLatencyIsInTheFirstBucketThatTakesIt() throws SQLException {
    Event event = event("n-1", TIME);
    RawEvent recent =
        event.raw().toBuilder()
            .publishTime(Instant.now().minusMillis(3_000))
            .build(event.raw().bodySha256());
    write(handled(Event.of(recent, "n-1", "thing.changed", TIME, event.payload())));
    assertThat(DATABASE.query("SELECT le_5000 FROM event_rollups")).isEqualTo("1");
  }

  @Test
  void repeatsCountAsDuplicatesAndAreAttempts() throws SQLException {
    write(changed("n-1"));
    write(changed("n-1"), changed("n-2"), changed("n-2"));
    assertThat(rollups()).isEqualTo("thing.changed DUPLICATE 2, thing.changed PROCESSED 2");
    assertThat(attempts()).isEqualTo("n-1 DUPLICATE, n-2 DUPLICATE");
  }

  @Test
  void aSuccessAfterAFailureIsAnAttempt() throws SQLException {
    failOfShop(letter(raw("n-1", "{}", Map.of()), "bad"));
    write(changed("n-1"), changed("n-2"));
    assertThat(rollups()).isEqualTo("thing.changed DEAD_LETTER 1, thing.changed PROCESSED 2");
    assertThat(attempts()).isEqualTo("n-1 DEAD_LETTER Validate INVALID, n-1 PROCESSED");
    assertThat(
            DATABASE.query(
                "SELECT string_agg(DISTINCT release || ' ' || message_id, ',') FROM event_attempts"))
        .isEqualTo(PipelineVersion.TEXT + " m-n-1");
  }

  @Test
  void everyReplayIsAnAttempt() throws SQLException {
    Event replayed = event("n-1", TIME, "{\"id\":\"n-1\"}", Map.of("replay_id", "r-1"));
    write(handled(replayed));
    assertThat(attempts()).isEqualTo("n-1 PROCESSED r-1");
    assertThat(DATABASE.query("SELECT millis_sum FROM event_rollups"))
        .as("it was not published anew, and so has no latency")
        .isEqualTo("0");
  }

  @Test
  void aBatchThatIsSplitCountsNothingTwice() throws SQLException {
    List<EventWriter.Entry> batch = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      Event event = event("n-" + i, TIME);
      batch.add(handled(event, thing(event, "k-" + i).set("name", i == 17 ? POISON : "n").build()));
    }
    Things.writer(pool, () -> {}).write(batch, (entry, reason) -> {});
    assertThat(rollups()).isEqualTo("thing.changed PROCESSED 39");
    assertThat(attempts()).isNull();
  }

  @Test
  void figuresAreThoseOfTheLedgerWhateverTheBatchesAndCrashes() throws SQLException {
    Random random = new Random(19);
    List<EventWriter.Entry> deliveries = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      String id = "n-" + random.nextInt(250);
      // Whether a handler knows it, and its tenant, are the notification's.
      boolean known = id.hashCode() % 3 != 0;
      Event event =
          event(id.hashCode() % 2 == 0 ? "acme" : "globex", id, TIME, "{\"id\":\"" + id + "\"}");
      deliveries.add(known ? handled(event, link(event, id)) : unhandled(event));
    }
    EventWriter one = Things.writer(pool, () -> {});
    EventWriter other = Things.writer(pool, () -> {});
    for (int from = 0; from < deliveries.size(); ) {
      int to = Math.min(deliveries.size(), from + 1 + random.nextInt(70));
      List<EventWriter.Entry> batch = deliveries.subList(from, to);
      EventWriter writer = random.nextBoolean() ? one : other;
      if (random.nextInt(4) == 0) {
        // Everything is written, and the crash comes before the commit.
        writer.ask(batch, TableHealth.LEDGER);
      }
      writer.write(batch, (entry, reason) -> {});
      if (random.nextInt(4) == 0) {
        // The crash comes before the acknowledgement.
        writer.write(batch, (entry, reason) -> {});
      }
      from = to;
    }
    String difference =
        """
        SELECT count(*) FROM (
          SELECT tenant_id, source,
            CASE status WHEN 'PROCESSED' THEN event_type ELSE '' END AS event_type, status,
            count(*) AS events
          FROM events GROUP BY 1, 2, 3, 4) AS l
        FULL JOIN (
          SELECT tenant_id, source, event_type, status, sum(events)::bigint AS events
          FROM event_rollups WHERE status <> 'DUPLICATE' GROUP BY 1, 2, 3, 4) AS r
        ON l = r
        WHERE l IS NULL OR r IS NULL
        """;
    assertThat(DATABASE.query(difference)).isEqualTo("0");
    assertThat(DATABASE.query("SELECT sum(events) FROM event_rollups"))
        .isEqualTo(DATABASE.query("SELECT sum(attempts) FROM events"));
    assertThat(DATABASE.query("SELECT count(*) FROM event_attempts"))
        .isEqualTo(DATABASE.query("SELECT sum(attempts - 1) FROM events"));
  }

  @Test
  void noWriterWaitsForTheFiguresOfAnother() throws SQLException {
    try (Connection slow = DATABASE.connect()) {
      slow.setAutoCommit(false);
      new RollupStatement()
          .execute(
              slow,
              List.of(
                  new Attempt(
                      raw("n-0", "{}", Map.of()),
                      "n-0",
                      true,
                      Attempt.Outcome.PROCESSED,
                      Optional.empty())));
      DATABASE.execute("ALTER DATABASE " + slow.getCatalog() + " SET lock_timeout = '2s'");
      try (ConnectionPool impatient = ConnectionPool.open(TestConfiguration.of(DATABASE))) {
        Things.writer(impatient, () -> {})
            .write(
                List.of(changed("n-1")),
                (entry, reason) -> {
                  throw new AssertionError(reason);
                });
      } finally {
        DATABASE.execute("ALTER DATABASE " + slow.getCatalog() + " RESET lock_timeout");
      }
      slow.commit();
    }
    assertThat(rollups()).isEqualTo("thing.changed PROCESSED 2");
    assertThat(DATABASE.query("SELECT count(DISTINCT writer) FROM event_rollups")).isEqualTo("2");
  }

  @Test
  void lettersAreCountedOnceAndTheirFailuresEachTime() throws SQLException {
    DeadLetter letter = letter(raw("n-1", "{}", Map.of()), "bad");
    failOfShop(letter, letter(raw("n-2", "{}", Map.of()), "bad"));
    failOfShop(letter);
    assertThat(rollups()).isEqualTo("thing.changed DEAD_LETTER 2, thing.changed DUPLICATE 1");
    assertThat(attempts().split(", ")).hasSize(3);
    assertThat(issues("failures || ' ' || state || ' ' || first_release || ' ' || event_type"))
        .isEqualTo("3 OPEN %s thing.changed".formatted(PipelineVersion.TEXT));
    assertThat(DATABASE.query("SELECT sum(failures) || ' ' || min(hour) FROM issue_hours"))
        .isEqualTo("3 2026-03-01 10:00:00+00");
  }

  @Test
  void aReplayThatFailsAgainIsAFailureAgainAndOnlyOnce() throws SQLException {
    failOfShop(letter(raw("n-1", "{}", Map.of()), "bad"));
    DeadLetter again = letter(raw("n-1", "{}", Map.of("replay_id", "r-1")), "bad");
    failOfShop(again);
    failOfShop(again);
    assertThat(rollups()).isEqualTo("thing.changed DEAD_LETTER 2, thing.changed DUPLICATE 1");
  }

  @Test
  void whatTheArchiveRefusesIsAnIssueAndNotTheEventsOutcome() throws SQLException {
    fail(
        DeadLetter.builder()
            .event(raw("n-1", "{}", Map.of()))
            .stage("ArchiveRaw")
            .errorClass(DeadLetter.ErrorClass.ARCHIVE_REJECTED)
            .errorMessage("no such column")
            .failedAt(TIME)
            .build());
    assertThat(rollups()).isNull();
    assertThat(issues("error_class")).isEqualTo("ARCHIVE_REJECTED");
    assertThat(attempts()).isEqualTo("n-1 DEAD_LETTER ArchiveRaw ARCHIVE_REJECTED");
  }

  @Test
  void typesThatNoHandlerKnowsCountAsOne() throws SQLException {
    fail(letter(raw("n-1", "{}", Map.of()), "bad"));
    assertThat(rollups()).isEqualTo("DEAD_LETTER 1");
  }

  @ParameterizedTest
  @CsvSource({
    "RESOLVED,    -1, OPEN 1 t",
    "RESOLVED,     1, RESOLVED 0",
    "ACKNOWLEDGED, -1, ACKNOWLEDGED 0",
    "IGNORED,     -1, IGNORED 0"
  })
  void onlyAFailureAfterTheIssueWasResolvedReopensIt(String state, int minutes, String expected)
      throws SQLException {
    fail(letter(raw("n-1", "{}", Map.of()), "bad"));
    DATABASE.execute(
        "UPDATE issues SET state = '%s', changed_at = '%s', last_release = 'older'"
            .formatted(state, TIME.plusSeconds(60 * minutes)));
    fail(letter(raw("n-2", "{}", Map.of()), "bad"));
    assertThat(
            issues(
                "concat_ws(' ', state, reopened, reopened_at = last_failed_at AND reopened_in = '%s')"
                    .formatted(PipelineVersion.TEXT)))
        .isEqualTo(expected);
    assertThat(issues("last_release")).isEqualTo(PipelineVersion.TEXT);
  }

  @Test
  void anIssueTellsOfItsNewestFailure() throws SQLException {
    fail(letter(raw("n-1", "{}", Map.of()), "bad 2"));
    fail(
        DeadLetter.builder()
            .event(raw("n-2", "{}", Map.of()))
            .stage("Validate")
            .errorClass(DeadLetter.ErrorClass.INVALID)
            .errorMessage("bad 1")
            .failedAt(TIME.minusSeconds(3_600))
            .build());
    assertThat(issues("error_message || ' ' || first_failed_at || ' ' || last_failed_at"))
        .isEqualTo("bad 2 2026-03-01 09:15:30+00 2026-03-01 10:15:30+00");
    assertThat(DATABASE.query("SELECT count(*) FROM issue_hours")).isEqualTo("2");
  }

  @Test
  void writersOfLettersNeverDeadlock() throws Exception {
    List<Callable<Void>> writers = new ArrayList<>();
    for (int writer = 0; writer < 4; writer++) {
      List<DeadLetter> letters = new ArrayList<>();
      for (int i = 0; i < 240; i++) {
        letters.add(
            letter(
                raw("n-%d-%d".formatted(writer, i), "{}", Map.of()),
                "bad " + (char) ('a' + i % 12)));
      }
      Collections.shuffle(letters, new Random(writer));
      writers.add(
          () -> {
            DeadLetterWriter own =
                new DeadLetterWriter(
                    pool,
                    new TransientRetry(
                        () -> {
                          throw new AssertionError("a deadlock, or a wait that was too long");
                        }),
                    SHOP);
            for (int from = 0; from < letters.size(); from += 8) {
              assertThat(own.write(letters.subList(from, from + 8))).isEmpty();
            }
            return null;
          });
    }
    ExecutorService threads = Executors.newFixedThreadPool(writers.size());
    try {
      for (Future<Void> done : threads.invokeAll(writers)) {
        done.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(DATABASE.query("SELECT count(*) || ' ' || sum(failures) FROM issues"))
        .isEqualTo("12 960");
    assertThat(DATABASE.query("SELECT sum(failures) FROM issue_hours")).isEqualTo("960");
    assertThat(rollups()).isEqualTo("thing.changed DEAD_LETTER 960");
  }

  @Test
  void anEventIsFoundByItsKeysAndRows() throws SQLException {
    Event event = event("n-1", TIME);
    EventWriter.Entry entry = handled(event, thing(event, "k-1").set("name", "n").build());
    write(
        new EventWriter.Entry(
            entry.transformed().withKeys(Map.of("order_id", " O-17 ", "note", " ")), TIME));
    assertThat(DATABASE.query("SELECT about FROM events"))
        .isEqualTo("{\"keys\": {\"order_id\": \"O-17\"}, \"rows\": {\"things\": [[\"k-1\"]]}}");
    for (long hash :
        List.of(
            EventKeys.ofValue("acme", "o-17"), EventKeys.ofRow("acme", "things", List.of("k-1")))) {
      assertThat(
              DATABASE.query(
                  "SELECT notification_id FROM events WHERE about_index @> ARRAY[%d]"
                      .formatted(hash)))
          .isEqualTo("n-1");
    }
  }

  @Test
  void anEventOfManyRowsIsFoundByTheFirstOfThem() throws SQLException {
    Event event = event("n-1", TIME);
    write(
        handled(
            event,
            IntStream.range(0, 300).mapToObj(i -> link(event, "k-" + i)).toArray(Upsert[]::new)));
    assertThat(
            DATABASE.query(
                "SELECT cardinality(about_index) || ' ' || jsonb_array_length(about #> '{rows,links}')"
                    + " FROM events"))
        .isEqualTo("%1$d %1$d".formatted(About.MOST_ROWS));
  }

  @Test
  void whatAnEventIsAboutIsThatOfItsNewestBody() throws SQLException {
    write(new EventWriter.Entry(handled(NEW).transformed().withKeys(Map.of("k", "new")), TIME));
    write(new EventWriter.Entry(handled(OLD).transformed().withKeys(Map.of("k", "old")), TIME));
    assertThat(ledger("about #>> '{keys,k}'")).isEqualTo("new");
  }

  @Test
  void aLetterIsFoundByWhatItsBodyGives() throws SQLException {
    failOfShop(letter(raw("n-1", "{\"order\":\"O-1\"}", Map.of()), "bad"));
    failOfShop(letter(raw("n-2", "no JSON", Map.of()), "bad"));
    assertThat(DATABASE.query("SELECT string_agg(about::text, '') FROM events"))
        .isEqualTo("{\"keys\": {\"order_id\": \"O-1\"}}");
    assertThat(
            DATABASE.query(
                "SELECT count(*) FROM events WHERE about_index @> ARRAY[%d]"
                    .formatted(EventKeys.ofValue("acme", "O-1"))))
        .isEqualTo("1");
  }
}
