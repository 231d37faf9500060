package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.CollidingThings.TABLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tidegate.schemas.Table;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.PipelineSteps;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.terminal49.Terminal49;
import dev.tidegate.transforms.refusals.RefusalHistory;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What only the database refuses becomes a dead letter, alone and once, wherever it is in its batch
 * and however much of it there is; it costs no more transactions than halving does, and its reason
 * tells no value.
 */
class PoisonFaultsIT {
  private static final String REFUSED_THING =
      "SQLSTATE 23514, table things, constraint things_name_check";
  private static final String REFUSED_LINK = "SQLSTATE 23514, table links, constraint no_poison";

  /** Sequences are not rolled back: this one counts the transactions that failed too. */
  static final TestDatabase DATABASE =
      TestDatabase.create(
          CollidingThings.ddl(
              "ALTER TABLE containers ADD CONSTRAINT no_poison CHECK (number <> 'POISON')",
              "CREATE SEQUENCE transactions",
              """
              CREATE FUNCTION count_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN PERFORM nextval('transactions'); RETURN NULL; END $$
              """,
              """
              CREATE TRIGGER count_transaction BEFORE INSERT ON events
              FOR EACH STATEMENT EXECUTE FUNCTION count_transaction()
              """));

  private final CollidingThings source = new CollidingThings(3);

  @BeforeEach
  void countFromZero() throws SQLException {
    DATABASE.execute("ALTER SEQUENCE transactions RESTART");
  }

  static Stream<Arguments> positions() {
    return Stream.of(
        arguments("one in a hundred", 100, Set.of(61)),
        arguments("one in a thousand", 1_000, Set.of(617)),
        arguments("the first", 1_000, Set.of(0)),
        arguments("the last", 1_000, Set.of(999)),
        arguments("both ends of a hundred", 100, Set.of(0, 99)),
        arguments(
            "several, and neighbours on both sides of the cut",
            1_000,
            Set.of(0, 1, 249, 499, 500, 501, 777, 999)),
        arguments(
            "ten in a hundred",
            100,
            IntStream.range(0, 10).map(i -> i * 10 + i).boxed().collect(Collectors.toSet())),
        arguments(
            "all, too few to blame the table",
            RefusalHistory.ENOUGH - 1,
            IntStream.range(0, RefusalHistory.ENOUGH - 1).boxed().collect(Collectors.toSet())),
        arguments(
            "enough to blame the table, which takes others",
            100,
            IntStream.range(50, 100).boxed().collect(Collectors.toSet())),
        arguments("an event alone", 1, Set.of(0)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("positions")
  void poisonIsRefusedAloneWhereverItIs(String name, int size, Set<Integer> poisoned)
      throws SQLException {
    List<SampleEvent> batch = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      batch.addAll(poisoned.contains(i) ? List.of(source.poisonedThing()) : source.next(1));
    }
    // Of nothing but poison, nothing could be compared.
    List<SampleEvent> before = source.next(100);
    try (BundleRunner runner = new BundleRunner(TestConfiguration.of(DATABASE), TABLES)) {
      runner.deliver(before);
      countFromZero();
      runner.deliver(batch);

      assertTransactionsAreFew(1, size, poisoned.size());
      assertThat(runner.letters())
          .extracting(BundleRunner.Letter::reason)
          .containsOnly(REFUSED_THING);
      assertThat(runner.retries()).as("poison is no outage").isZero();
      new Oracle(DATABASE, TABLES).assertAgrees(runner);
    }
  }

  @Test
  void poisonInTwoTablesAtOnceIsOneLetterEach() throws SQLException {
    List<SampleEvent> batch = new ArrayList<>(source.next(400));
    SampleEvent thing = source.poisonedThing();
    SampleEvent link = source.poisonedLink();
    SampleEvent both = source.poisonedTwice();
    batch.add(399, thing);
    batch.add(17, link);
    batch.add(200, both);
    try (BundleRunner runner = new BundleRunner(TestConfiguration.of(DATABASE), TABLES)) {
      runner.deliver(batch);

      assertTransactionsAreFew(1, batch.size(), 3);
      assertThat(runner.letters())
          .containsExactlyInAnyOrder(
              new BundleRunner.Letter(thing.id(), REFUSED_THING),
              new BundleRunner.Letter(link.id(), REFUSED_LINK),
              new BundleRunner.Letter(both.id(), REFUSED_THING));
      new Oracle(DATABASE, TABLES).assertAgrees(runner);
    }
  }

  @Test
  void poisonedBundlesOfConcurrentWritersLoseNothing() throws Exception {
    try (BundleRunner runner = new BundleRunner(TestConfiguration.of(DATABASE), TABLES)) {
      runner.start(4, Duration.ofMillis(20), () -> source.nextWithPoison(50));
      runner.awaitAcknowledged(2_000);
      runner.finish();

      int events = runner.acknowledgedCount();
      assertTransactionsAreFew(events / 50 + runner.retries(), 50, events / 50);
      assertThat(runner.letters())
          .extracting(BundleRunner.Letter::reason)
          .containsOnly(REFUSED_THING, REFUSED_LINK);
      new Oracle(DATABASE, TABLES).assertAgrees(runner);
    }
  }

  @Test
  void poisonedContainersOfTerminal49AreRefusedAlone() throws SQLException {
    List<Table> tables = EventSources.installed().tables();
    List<SampleEvent> batch = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      batch.add(container(i, i == 0 || i == 500 || i == 999));
    }
    try (BundleRunner runner = new BundleRunner(TestConfiguration.of(DATABASE), tables)) {
      runner.deliver(batch);

      assertTransactionsAreFew(1, batch.size(), 3);
      assertThat(runner.letters())
          .extracting(BundleRunner.Letter::reason)
          .containsOnly("SQLSTATE 23514, table containers, constraint no_poison");
      new Oracle(DATABASE, tables).assertAgrees(runner);
    }
  }

  /** A container of a hundred, in one of seven seconds; poison is newer than all else. */
  private static SampleEvent container(int number, boolean poison) {
    String body =
        """
        {"data":{"id":"n-%d","type":"webhook_notification",
         "attributes":{"event":"container.created","created_at":"2026-01-31T1%d:00:0%dZ"}},
         "included":[{"id":"c-%d","type":"container","attributes":{"number":"%s"}}]}
        """
            .formatted(
                number,
                poison ? 2 : 1,
                number * 31 % 7,
                number * 17 % 100,
                poison ? "POISON" : "C" + number);
    return new SampleEvent(
        "n-" + number,
        poison,
        tenant -> PipelineSteps.apply(tenant, Terminal49.NAME, body, Things.TIME).orElseThrow());
  }

  /** A culprit costs the parts it is found in, six for each time the batch can be split. */
  private static void assertTransactionsAreFew(int batches, int size, int poisoned)
      throws SQLException {
    int parts = 6;
    int splits = 0;
    for (int left = size; left > 1; left = (left + parts - 1) / parts) {
      splits++;
    }
    long counted = Long.parseLong(DATABASE.query("SELECT last_value FROM transactions"));
    // One more asks whether the table takes others.
    assertThat(counted).isBetween((long) batches, 1 + batches + (long) parts * splits * poisoned);
  }
}
