package dev.tidegate.transforms.postgresql;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Table;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.convergence.ComparedTable;
import dev.tidegate.transforms.convergence.TableContents;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Knows what the tables must hold once a fault is over: what the same events leave that are written
 * in peace, without the poison, one at a time, the oldest version first, for another tenant. There
 * every event that is written last is the newest, and nothing is merged, halved or repeated.
 */
final class Oracle {
  private final TestDatabase database;
  private final List<Table> tables;

  Oracle(TestDatabase database, List<Table> tables) {
    this.database = database;
    this.tables = tables;
  }

  /**
   * Asserts of all bundles that {@code runner} got rid of: no event is lost, none but the poison is
   * a dead letter, and each of these once; the tables are those of the oracle; no connection is
   * leaked.
   */
  void assertAgrees(BundleRunner runner) throws SQLException {
    List<SampleEvent> events = runner.acknowledged();
    List<SampleEvent> poison = events.stream().filter(SampleEvent::poison).toList();
    assertThat(runner.letters())
        .extracting(BundleRunner.Letter::id)
        .containsExactlyInAnyOrderElementsOf(poison.stream().map(SampleEvent::id).toList());
    runner.assertNoConnectionLeaked();

    Set<SampleEvent> good = new LinkedHashSet<>(events);
    poison.forEach(good::remove);
    Set<String> ids =
        good.stream().map(SampleEvent::id).collect(Collectors.toCollection(TreeSet::new));
    assertThat(
            database.query(
                "SELECT count(*) FROM events WHERE status = 'PROCESSED' AND tenant_id = '%s'"
                    .formatted(runner.tenant())))
        .as("events in the ledger")
        .isEqualTo(Integer.toString(ids.size()));

    String oracle = "oracle of " + runner.tenant();
    writeOneByOne(good, oracle);
    assertSame(oracle, runner.tenant());
  }

  private void writeOneByOne(Set<SampleEvent> events, String tenant) throws SQLException {
    try (ConnectionPool pool = ConnectionPool.open(TestConfiguration.of(database))) {
      EventWriter writer = new EventWriter(pool, new TransientRetry(() -> {}), tables, true);
      List<EventWriter.Entry> oldestFirst =
          events.stream()
              .map(event -> event.entry(tenant))
              .sorted(Comparator.comparing(entry -> entry.event().version()))
              .toList();
      for (EventWriter.Entry entry : oldestFirst) {
        writer.write(
            List.of(entry),
            (refused, reason) -> {
              throw new AssertionError("refused in peace: " + reason);
            });
      }
    }
  }

  private void assertSame(String expected, String found) throws SQLException {
    TableContents contents =
        new TableContents(
            Stream.concat(tables.stream().map(ComparedTable::of), Stream.of(ComparedTable.LEDGER))
                .toList());
    try (Connection connection = database.connect()) {
      Map<String, TableContents.Digest> digests =
          contents.digests(connection, List.of(expected, found));
      if (!digests.get(found).equals(digests.get(expected))) {
        throw new AssertionError(
            "not as if written one by one:\n"
                + contents.differences(connection, expected, found).stream()
                    .collect(joining("\n")));
      }
      assertThat(digests.get(expected).rows()).isPositive();
    }
  }
}
