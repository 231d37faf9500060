package dev.tidegate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TableTest {
  private static final Column ID = Column.indexedText("id");

  private static void assertMistake(Table.Builder builder) {
    assertThatThrownBy(builder::build).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyKeyBeginsWithTheTenant() {
    Table table = Table.named("things").key(ID).group("state", Column.text("name")).build();
    assertThat(table.key()).extracting(Column::name).containsExactly("tenant_id", "id");
    assertThat(table.columns().map(Column::name)).containsExactly("tenant_id", "id", "name");
    assertThat(table.column("name")).contains(Column.text("name"));
    assertThat(table.groupOf("name")).map(ColumnGroup::versionColumn).contains("state_version");
    assertThat(table.groupOf("id")).isEmpty();
    assertThat(table.column("state_version")).isEmpty();
  }

  @Test
  void keyAndGroupAreNeeded() {
    assertMistake(Table.named("things").group("state", Column.text("name")));
    assertMistake(Table.named("things").key(ID));
    assertThatThrownBy(() -> Table.named("things").key(ID).group("state"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void noTwoColumnsShareAName() {
    assertMistake(Table.named("things").key(ID).group("state", Column.text("id")));
    assertMistake(Table.named("things").key(ID).group("state", Column.text("tenant_id")));
    assertMistake(Table.named("things").key(ID).group("state", Column.text("updated_at")));
    assertMistake(
        Table.named("things")
            .key(ID)
            .group("state", Column.text("a"))
            .group("other", Column.text("a")));
    assertMistake(
        Table.named("things")
            .key(ID)
            .group("state", Column.text("a"))
            .group("state", Column.text("b")));
    assertMistake(Table.named("things").key(ID).group("state", Column.text("state_version")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Name", "1st", "a-b", "a b", "a;drop", "\"a\"", "ä", "_a"})
  void onlyPlainSqlNamesAreTaken(String name) {
    assertMistake(Table.named("things").key(ID).group("state", Column.text(name)));
    assertMistake(Table.named("things").key(ID).group(name, Column.text("name")));
    assertMistake(Table.named(name).key(ID).group("state", Column.text("name")));
  }

  @Test
  void namesThatPostgresqlWouldCutAreRefused() {
    Column longest = Column.text("a".repeat(63));
    assertThat(Table.named("things").key(ID).group("state", longest).build()).isNotNull();
    assertMistake(Table.named("things").key(ID).group("state", Column.text("a".repeat(64))));
    assertMistake(Table.named("things").key(ID).group("a".repeat(56), Column.text("name")));
  }

  @Test
  void keysWhoseEqualValuesHaveSeveralTextsAreRefused() {
    assertMistake(
        Table.named("things").key(Column.numeric("id")).group("state", Column.text("name")));
    assertMistake(
        Table.named("things").key(Column.jsonb("id")).group("state", Column.text("name")));
  }
}
