package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.LINKS;
import static dev.tidegate.transforms.postgresql.Things.THINGS;
import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.handled;
import static dev.tidegate.transforms.postgresql.Things.thing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One row that a trigger refuses, in whatever way, or that takes for ever, becomes a dead letter
 * within a bounded time, and keeps nobody else for long.
 */
class StubbornRowsIT {
  private static final AtomicInteger TESTS = new AtomicInteger();

  /**
   * What {@code fault} says befalls the thing with that key, or all of them; where it has {@code
   * offers}, until so many other things were offered, rolled back or not.
   */
  static final TestDatabase DATABASE =
      TestDatabase.create(
          CollidingThings.ddl(
              """
              CREATE TABLE fault (
                sqlstate text, seconds double precision, everything boolean, offers int)
              """,
              "CREATE SEQUENCE offered",
              """
              CREATE FUNCTION suffer() RETURNS trigger LANGUAGE plpgsql AS $$
              DECLARE found fault;
              BEGIN
                IF NEW.id NOT LIKE 'stubborn%' THEN
                  PERFORM nextval('offered');
                END IF;
                FOR found IN SELECT * FROM fault
                    WHERE (everything OR NEW.id LIKE 'stubborn%')
                      AND (offers IS NULL OR (SELECT last_value FROM offered) < offers) LOOP
                  PERFORM pg_sleep(found.seconds);
                  IF found.sqlstate IS NOT NULL THEN
                    RAISE EXCEPTION 'as told' USING ERRCODE = found.sqlstate;
                  END IF;
                END LOOP;
                RETURN NEW;
              END $$
              """,
              """
              CREATE TRIGGER suffer BEFORE INSERT ON things
              FOR EACH ROW EXECUTE FUNCTION suffer()
              """,
              """
              CREATE CONSTRAINT TRIGGER suffer_late AFTER INSERT ON links
              DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION suffer()
              """));

  /** Another key each time: what was slow is remembered. */
  private final String stubborn = "stubborn-" + TESTS.incrementAndGet();

  private final Map<String, String> refused = new TreeMap<>();
  private final AtomicInteger committed = new AtomicInteger();
  private ConnectionPool pool;
  private EventWriter writer;
  private int told;

  @BeforeEach
  void openPool() throws SQLException {
    DATABASE.execute("TRUNCATE things, links, events, fault");
    DatabaseConfiguration database = TestConfiguration.of(DATABASE);
    pool =
        ConnectionPool.open(
            new DatabaseConfiguration(
                database.jdbcUrl(),
                database.username(),
                database.password(),
                4,
                Duration.ofSeconds(3),
                Duration.ofSeconds(3)));
    writer =
        new EventWriter(
            pool,
            new TransientRetry(() -> {}, Duration.ofSeconds(3)),
            List.of(THINGS, LINKS),
            true);
  }

  @AfterEach
  void closePool() {
    pool.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"P0001", "P0004", "ABC01", "44000", "42703", "42501", "XX000"})
  void aRowWhoseTriggerRaisesAnErrorIsADeadLetterAndNobodyElseWaits(String state)
      throws SQLException {
    DATABASE.execute("INSERT INTO fault VALUES ('%s', 0, false)".formatted(state));
    Duration took = write(withStubborn(100, 2));

    assertThat(refused.values())
        .hasSize(2)
        .containsOnly("SQLSTATE %s, table things".formatted(state));
    assertThat(committed).hasValue(100);
    assertThat(took).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void aRowThatTakesForEverIsADeadLetterAndIsKnownWhenItComesAgain() throws SQLException {
    DATABASE.execute("INSERT INTO fault VALUES (NULL, 60, false)");
    Duration first = write(withStubborn(100, 1));

    assertThat(refused.values()).containsExactly("SQLSTATE 57014, table things");
    assertThat(committed).hasValue(100);
    // A second among others, and two alone.
    assertThat(first).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(15));

    Duration second = write(withStubborn(100, 1));
    assertThat(refused).hasSize(2);
    assertThat(committed).hasValue(200);
    assertThat(second).isLessThan(first);

    // And is as good as any other when it is no longer slow.
    DATABASE.execute("TRUNCATE fault");
    write(withStubborn(100, 1));
    assertThat(refused).hasSize(2);
    assertThat(committed).hasValue(301);
  }

  @Test
  void aRowThatTakesForEverIsFoundWhereItComesAloneToo() throws SQLException {
    write(withStubborn(1, 0));
    DATABASE.execute("INSERT INTO fault VALUES (NULL, 60, false)");
    write(withStubborn(0, 1));
    assertThat(refused.values()).containsExactly("SQLSTATE 57014, table things");
  }

  /** It recovers just when a good row is written again, to see whether the table takes others. */
  @Test
  void aRowThatWasSlowUntilTheDatabaseRecoveredIsWritten() throws SQLException {
    DATABASE.execute("ALTER SEQUENCE offered RESTART");
    DATABASE.execute("INSERT INTO fault VALUES (NULL, 60, false, 3)");
    write(withStubborn(1, 1));
    assertThat(refused).isEmpty();
    assertThat(committed).hasValue(2);
  }

  @Test
  void aRowThatIsRefusedAtTheCommitIsADeadLetter() throws SQLException {
    DATABASE.execute("INSERT INTO fault VALUES ('P0001', 0, false)");
    List<EventWriter.Entry> batch = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      Event event = event("n-" + told++, TIME);
      batch.add(handled(event, Things.link(event, i == 20 ? stubborn : "k-" + i)));
    }
    write(batch);
    assertThat(refused.values()).containsExactly("SQLSTATE P0001");
    assertThat(committed).hasValue(49);
  }

  @ParameterizedTest
  @ValueSource(strings = {"P0001", "42703", "XX000", "23514"})
  void aTriggerThatRaisesForAllMakesNoDeadLetters(String state) throws SQLException {
    DATABASE.execute("INSERT INTO fault VALUES ('%s', 0, true)".formatted(state));
    List<EventWriter.Entry> batch = withStubborn(30, 0);
    assertThatThrownBy(() -> write(batch))
        .isInstanceOf(SQLException.class)
        .hasMessageStartingWith("SQLSTATE %s, table things: ".formatted(state))
        .hasMessageEndingWith(" events wait for the table")
        .hasNoCause();
    assertThat(refused).isEmpty();

    DATABASE.execute("TRUNCATE fault");
    write(batch);
    assertThat(committed).hasValue(30);
  }

  @Test
  void aTableThatIsSlowForAllMakesNoDeadLetters() throws SQLException {
    DATABASE.execute("INSERT INTO fault VALUES (NULL, 60, true)");
    List<EventWriter.Entry> batch = withStubborn(30, 0);
    assertThatThrownBy(() -> write(batch)).isInstanceOf(SQLException.class);
    assertThat(refused).isEmpty();

    // Slower than a batch may be, and not too slow for a statement.
    DATABASE.execute("UPDATE fault SET seconds = 0.06");
    write(batch);
    assertThat(committed).hasValue(30);
    assertThat(refused).isEmpty();
  }

  private List<EventWriter.Entry> withStubborn(int others, int last) {
    List<EventWriter.Entry> batch = new ArrayList<>();
    for (int i = 0; i < others + last; i++) {
      Event event = event("n-" + told, TIME.plusSeconds(told));
      batch.add(
          handled(
              event, thing(event, i >= others ? stubborn : "k-" + told).set("name", "x").build()));
      told++;
    }
    return batch;
  }

  private Duration write(List<EventWriter.Entry> batch) throws SQLException {
    Instant start = Instant.now();
    writer.write(
        batch,
        new EventWriter.Result() {
          @Override
          public void refused(EventWriter.Entry entry, String reason) {
            refused.put(entry.event().notificationId(), reason);
          }

          @Override
          public void committed(EventWriter.Entry entry, EventOutcome.Status outcome) {
            committed.incrementAndGet();
          }
        });
    return Duration.between(start, Instant.now());
  }
}
