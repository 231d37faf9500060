package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.CollidingThings.TABLES;
import static dev.tidegate.transforms.postgresql.Things.POISON;
import static dev.tidegate.transforms.postgresql.Things.TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.refusals.RefusalHistory;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A table that changes under the sink makes no dead letters: what it refuses waits, all else goes
 * on, and what waits is written once the table is mended. Poison, also a lot of it, is still
 * poison.
 */
class TableDriftIT {
  private static final int EVENTS = 30;

  static final TestDatabase DATABASE = TestDatabase.create(CollidingThings.ddl());

  private BundleRunner runner;
  private int told;

  @BeforeEach
  void startEmpty() throws SQLException {
    DATABASE.execute("TRUNCATE things, links, events");
    runner = new BundleRunner(TestConfiguration.of(DATABASE), TABLES);
  }

  @AfterEach
  void close() {
    runner.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "23514 | ADD CONSTRAINT strict CHECK (length(name) < 3) | DROP CONSTRAINT strict"
            + " | constraint strict of things is CHECK",
        "23502 | ADD COLUMN owner text NOT NULL | DROP COLUMN owner"
            + " | column things.owner is none of Tidegate's",
        "22001 | ALTER COLUMN name TYPE varchar(3) | ALTER COLUMN name TYPE text"
            + " | column things.name must be text and is character varying(3)",
        "428C9 | DROP COLUMN place, ADD COLUMN place text GENERATED ALWAYS AS ('x') STORED"
            + " | ALTER COLUMN place DROP EXPRESSION | column things.place is generated",
        "22P02 | ALTER COLUMN place TYPE uuid USING NULL | ALTER COLUMN place TYPE text"
            + " | column things.place must be text and is uuid",
        "42703 | DROP COLUMN place | ADD COLUMN place text | column things.place is missing",
        "42P01 | RENAME TO stuff | RENAME TO things | table things is missing"
      })
  void whatAChangedTableRefusesWaitsUntilItIsMended(
      String state, String change, String mend, String told) throws Exception {
    String renamed = change.startsWith("RENAME") ? "stuff" : "things";
    DATABASE.execute("ALTER TABLE things " + change);
    try {
      List<SampleEvent> bundle = new ArrayList<>(events(EVENTS, this::thing));
      bundle.addAll(EVENTS / 2, events(5, this::link));
      deliverAll(List.of(bundle));
      runner.awaitRetries(2);

      assertThat(runner.letters()).isEmpty();
      assertThat(count("links")).as("another table").isEqualTo("5");
      assertThat(RefusalHistory.problems())
          .anySatisfy(problem -> assertThat(problem).contains("things", told, "Mend the table"));
    } finally {
      DATABASE.execute("ALTER TABLE " + renamed + " " + mend);
    }
    runner.awaitAcknowledged(EVENTS + 5 - runner.acknowledgedCount());

    assertThat(runner.letters()).isEmpty();
    assertThat(count("things")).isEqualTo("30");
    assertThat(count("events WHERE status = 'PROCESSED'")).isEqualTo("35");
    assertThat(RefusalHistory.problems()).noneMatch(problem -> problem.contains("things"));
  }

  /** Nothing tells the first ones from poison, where the table's older rows keep the new rule. */
  @Test
  void eventsThatComeOneByOneWaitAsSoonAsTheyAreEnough() throws Exception {
    runner.deliver(events(1, this::shortThing));
    DATABASE.execute("ALTER TABLE things ADD CONSTRAINT strict CHECK (length(name) < 3)");
    try {
      deliverAll(singly(events(EVENTS, this::thing)));
      runner.awaitRetries(2);
      assertThat(count("things")).isEqualTo("1");
    } finally {
      DATABASE.execute("ALTER TABLE things DROP CONSTRAINT strict");
    }
    runner.awaitAcknowledged(1 + EVENTS - runner.acknowledgedCount());

    assertThat(runner.letters()).hasSize(RefusalHistory.ENOUGH - 1);
    assertThat(count("things"))
        .isEqualTo(Integer.toString(1 + EVENTS - (RefusalHistory.ENOUGH - 1)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ADD COLUMN owner text NOT NULL DEFAULT ''; ALTER TABLE things ALTER owner DROP DEFAULT"
            + " | DROP COLUMN owner",
        "ADD CONSTRAINT strict CHECK (length(name) < 3) NOT VALID | DROP CONSTRAINT strict",
        "RENAME COLUMN place TO space | RENAME COLUMN space TO place"
      })
  void eventsThatComeOneByOneWaitFromTheFirstWhereTheTableRefusesWhatItTook(
      String change, String mend) throws Exception {
    runner.deliver(events(1, this::thing));
    DATABASE.execute("ALTER TABLE things " + change);
    try {
      deliverAll(singly(events(EVENTS, this::thing)));
      runner.awaitRetries(3);
      assertThat(count("things")).isEqualTo("1");
    } finally {
      DATABASE.execute("ALTER TABLE things " + mend);
    }
    runner.awaitAcknowledged(1 + EVENTS - runner.acknowledgedCount());

    assertThat(runner.letters()).isEmpty();
    assertThat(count("things")).isEqualTo("31");
  }

  @ParameterizedTest
  @CsvSource({"0, 40", "40, 0", "20, 20"})
  void muchPoisonOfOneSenderAmongOthersEventsIsPoison(int before, int after) throws SQLException {
    List<SampleEvent> bundle = new ArrayList<>(events(before, this::thing));
    bundle.addAll(events(EVENTS, this::poison));
    bundle.addAll(events(after, this::thing));
    runner.deliver(bundle);

    assertThat(runner.failedBundles()).isEmpty();
    assertThat(runner.letters()).hasSize(EVENTS);
    assertThat(count("things")).isEqualTo("40");
  }

  @Test
  void muchPoisonOneByOneAmongOthersEventsIsPoison() throws SQLException {
    for (int i = 0; i < EVENTS; i++) {
      runner.deliver(events(1, this::poison));
      runner.deliver(events(1, this::thing));
    }
    assertThat(runner.failedBundles()).isEmpty();
    assertThat(runner.letters()).hasSize(EVENTS);
    assertThat(count("things")).isEqualTo("30");
  }

  @Test
  void muchPoisonThatWaitsIsFoundOutByWhatOthersWrite() throws Exception {
    deliverAll(List.of(events(EVENTS, this::poison)));
    runner.awaitRetries(1);
    assertThat(runner.letters()).isEmpty();

    await()
        .until(
            () -> {
              try (BundleRunner others = new BundleRunner(TestConfiguration.of(DATABASE), TABLES)) {
                others.deliver(events(1, this::thing));
              }
              return runner.letters().size() == EVENTS;
            });
    runner.finish();
  }

  /** It is not only the rows that were there before that the table takes when it is mended. */
  @Test
  void poisonAmongWhatWaitsIsFoundWhenTheTableIsMended() throws Exception {
    DATABASE.execute("ALTER TABLE things ADD CONSTRAINT strict CHECK (length(name) < 3)");
    try {
      List<SampleEvent> bundle = new ArrayList<>(events(EVENTS, this::thing));
      bundle.addAll(11, events(2, this::poison));
      deliverAll(List.of(bundle));
      runner.awaitRetries(2);
    } finally {
      DATABASE.execute("ALTER TABLE things DROP CONSTRAINT strict");
    }
    runner.awaitAcknowledged(EVENTS + 2 - runner.acknowledgedCount());
    runner.finish();

    assertThat(runner.letters())
        .extracting(BundleRunner.Letter::reason)
        .containsExactly(
            "SQLSTATE 23514, table things, constraint things_name_check",
            "SQLSTATE 23514, table things, constraint things_name_check");
    assertThat(count("things")).isEqualTo("30");
  }

  @Test
  void aRefusedLedgerIsWaitedForToo() throws Exception {
    DATABASE.execute("ALTER TABLE events ADD COLUMN owner text NOT NULL");
    try {
      deliverAll(List.of(events(EVENTS, this::thing)));
      runner.awaitRetries(2);
    } finally {
      DATABASE.execute("ALTER TABLE events DROP COLUMN owner");
    }
    runner.awaitAcknowledged(EVENTS - runner.acknowledgedCount());
    assertThat(runner.letters()).isEmpty();
    assertThat(count("events")).isEqualTo("30");
  }

  private static String count(String from) throws SQLException {
    return DATABASE.query("SELECT count(*) FROM " + from);
  }

  /** Hands bundle after bundle over, in a thread of its own. */
  private void deliverAll(List<List<SampleEvent>> bundles) {
    List<List<SampleEvent>> left = new ArrayList<>(bundles);
    runner.start(1, Duration.ofMillis(1), () -> left.isEmpty() ? List.of() : left.remove(0));
  }

  private static List<List<SampleEvent>> singly(List<SampleEvent> events) {
    return events.stream().map(List::of).toList();
  }

  private List<SampleEvent> events(int count, Function<Integer, SampleEvent> make) {
    return IntStream.range(0, count).mapToObj(i -> make.apply(told++)).toList();
  }

  private SampleEvent thing(int number) {
    return event(
        number, event -> Things.thing(event, "k-" + number).set("name", "a thing").build());
  }

  private SampleEvent shortThing(int number) {
    return event(number, event -> Things.thing(event, "k-" + number).set("name", "ok").build());
  }

  private SampleEvent poison(int number) {
    return event(number, event -> Things.thing(event, "k-" + number).set("name", POISON).build());
  }

  private SampleEvent link(int number) {
    return event(number, event -> Things.link(event, "k-" + number));
  }

  private static SampleEvent event(int number, Function<Event, Upsert> upsert) {
    return new SampleEvent(
        "n-" + number,
        false,
        tenant -> {
          Event event = Things.event(tenant, "n-" + number, TIME, "{\"number\":" + number + "}");
          return TransformedEvent.handled(event, List.of(upsert.apply(event)), List.of());
        });
  }
}
