package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.THINGS;
import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.thing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.postgresql.Row.Said;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RowTest {
  private static final Event OLD = event("n-1", TIME);
  private static final Event NEW = event("n-2", TIME.plusSeconds(1));

  private static Row rowOf(Upsert... upserts) {
    Row row = new Row(upserts[0].key());
    for (Upsert upsert : List.of(upserts)) {
      row.merge(upsert);
    }
    return row;
  }

  @Test
  void newestOfEachColumnIsKeptInAnyOrder() {
    Upsert older = thing(OLD, "a").set("name", "old").set("size", 1).set("place", "x").build();
    Upsert newer = thing(NEW, "a").set("name", null).build();
    for (Row row : List.of(rowOf(older, newer), rowOf(newer, older))) {
      assertThat(row.columns())
          .containsOnly(
              entry("name", new Said(NEW.version().text(), null)),
              entry("size", new Said(OLD.version().text(), "1")),
              entry("place", new Said(OLD.version().text(), "x")));
    }
  }

  @Test
  void onlyColumnsOlderThanTheirGroupHaveVersionsOfTheirOwn() {
    Map<String, Said> columns =
        rowOf(
                thing(OLD, "a").set("name", "old").set("size", 1).set("place", "x").build(),
                thing(NEW, "a").set("name", "new").build())
            .columns();

    assertThat(Row.versionOf(THINGS.groups().get(0), columns)).isEqualTo(NEW.version().text());
    assertThat(Row.versionOf(THINGS.groups().get(1), columns)).isEqualTo(OLD.version().text());
    assertThat(Row.columnVersionsOf(THINGS.groups(), columns))
        .contains("\"size\":\"%s\"".formatted(OLD.version().text()))
        .contains("\"weight\":\"\"")
        .doesNotContain("name", "place");
    assertThat(
            Row.columnVersionsOf(
                THINGS.groups(), rowOf(thing(OLD, "a").set("place", "x").build()).columns()))
        .isNull();
  }
}
