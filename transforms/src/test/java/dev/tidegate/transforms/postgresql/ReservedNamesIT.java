package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.EventSources;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The names that a table and its columns can have, as PostgreSQL itself knows them. */
class ReservedNamesIT {
  private static final TestDatabase DATABASE = TestDatabase.create();

  private static final String OWN_TABLE = "values";

  private static List<String> names(String sql) throws SQLException {
    return Arrays.asList(DATABASE.query(sql).split(" "));
  }

  private static Table table(String name, List<String> columns) {
    return Table.named(name)
        .key(Column.indexedText("id"))
        .group("g", columns.stream().map(Column::text).toArray(Column[]::new))
        .build();
  }

  @Test
  void whatPostgresqlReservesIsRefused() throws SQLException {
    List<String> refused =
        names("SELECT string_agg(word, ' ') FROM pg_get_keywords() WHERE catcode IN ('R', 'T')");
    assertThat(refused)
        .hasSizeGreaterThan(90)
        .allSatisfy(
            word ->
                assertThatThrownBy(() -> table("things", List.of(word))).hasMessageContaining(word))
        .allSatisfy(
            word -> assertThatThrownBy(() -> table(word, List.of("a"))).hasMessageContaining(word));
    assertThat(
            names(
                "SELECT string_agg(attname, ' ') FROM pg_attribute"
                    + " WHERE attrelid = 'events'::regclass AND attnum < 0"))
        .allSatisfy(
            column ->
                assertThatThrownBy(() -> table("things", List.of(column)))
                    .hasMessageContaining(column));
  }

  @Test
  void whatTidegateHasIsRefused() throws SQLException {
    List<String> sources = EventSources.installed().tables().stream().map(Table::name).toList();
    List<String> own =
        new ArrayList<>(
            names(
                "SELECT string_agg(relname, ' ') FROM pg_class"
                    + " WHERE relnamespace IN ('public'::regnamespace, 'tidegate'::regnamespace) AND relkind IN ('r', 'p', 'v', 'm')"));
    own.removeAll(sources);
    own.remove(OWN_TABLE);
    assertThat(own)
        .contains("events")
        .allSatisfy(
            name -> assertThatThrownBy(() -> table(name, List.of("a"))).hasMessageContaining(name));
  }

  /** As many as a table can have, with the names that look most like something else. */
  @Test
  void allOtherWordsAreColumnsLikeAnyOther() throws SQLException {
    List<String> words =
        new ArrayList<>(
            names(
                "SELECT string_agg(word, ' ' ORDER BY catcode, word) FROM pg_get_keywords()"
                    + " WHERE catcode NOT IN ('R', 'T')"));
    Table table = table(OWN_TABLE, words.subList(0, 296));
    try (ConnectionPool pool = ConnectionPool.open(TestConfiguration.of(DATABASE))) {
      try (Connection connection = pool.connection()) {
        for (String statement : DatabaseSchema.additions(connection, List.of(table))) {
          connection.createStatement().execute(statement);
        }
        connection.commit();
        assertThat(DatabaseSchema.mismatches(connection, List.of(table))).isEmpty();
      }
      EventWriter writer =
          new EventWriter(pool, new TransientRetry(() -> {}), List.of(table), true);
      for (int i = 0; i < 2; i++) {
        TransformedEvent event = event(table, i);
        writer.write(
            List.of(new EventWriter.Entry(event, Instant.now())),
            (refused, reason) -> {
              throw new AssertionError("refused: " + reason);
            });
      }
    }
    assertThat(DATABASE.query("SELECT \"values\".\"between\" FROM \"values\"")).startsWith("1 of");
  }

  /** Every value is longer than a row can hold of it in its page. */
  private static TransformedEvent event(Table table, int number) {
    RawEvent raw =
        RawEvent.builder()
            .tenantId("acme")
            .source("shop")
            .messageId("m-" + number)
            .publishTime(Instant.parse("2026-11-29T12:00:00Z"))
            .attributes(Map.of())
            .body(new byte[] {'{', '}'})
            .build();
    Event event =
        Event.of(
            raw,
            "n-" + number,
            "changed",
            Instant.ofEpochSecond(number),
            JsonNodeFactory.instance.objectNode());
    Upsert.Builder row = Upsert.into(table, event).key("id", "1");
    IntStream.range(0, table.width())
        .forEach(
            i ->
                row.set(
                    table.groups().get(0).columns().get(i).name(),
                    number + " of column " + i + " " + Long.toHexString(i * 0x9E3779B97F4A7C15L)));
    return TransformedEvent.handled(event, List.of(row.build()), List.of());
  }
}
