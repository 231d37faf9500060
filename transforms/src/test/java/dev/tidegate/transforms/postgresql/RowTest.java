package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.thing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Upsert;
import java.util.List;
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
  void newestOfEachGroupIsKeptInAnyOrder() {
    Upsert older = thing(OLD, "a").set("name", "old").set("place", "there").build();
    Upsert newer = thing(NEW, "a").set("name", "new").build();
    for (Row row : List.of(rowOf(older, newer), rowOf(newer, older))) {
      assertThat(row.group("facts").values().get(0)).isEqualTo("new");
      assertThat(row.group("facts").version()).isEqualTo(NEW.version().text());
      assertThat(row.group("place").values().get(0)).isEqualTo("there");
      assertThat(row.group("place").version()).isEqualTo(OLD.version().text());
    }
  }

  @Test
  void groupIsTakenWholeNullsIncluded() {
    Upsert older = thing(OLD, "a").set("name", "old").set("size", 1).build();
    Upsert newer = thing(NEW, "a").set("name", "new").build();
    assertThat(rowOf(older, newer).group("facts").values().get(2)).isNull();
  }

  @Test
  void nothingIsHeldOfGroupNobodySpeaksOf() {
    Row row = rowOf(thing(OLD, "a").set("name", "x").build());
    assertThat(row.group("place")).isNull();
  }
}
