package dev.tidegate.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.testing.TestDatabase;
import org.junit.jupiter.api.Test;

class DatabaseMigrationsIT {
  @Test
  void tablesOfAnotherVersionAreLeftAloneAndSaidToBeSo() throws Exception {
    TestDatabase created = TestDatabase.createEmpty();
    LocalOptions.Database database =
        new LocalOptions.Database(created.jdbcUrl(), TestDatabase.USERNAME);
    DatabaseMigrations.run(database, "UNSET");
    DatabaseMigrations.run(database, "UNSET");
    assertThat(created.query("SELECT count(*) FROM containers")).isEqualTo("0");
    created.execute("UPDATE flyway_schema_history SET checksum = 7 WHERE version = '2'");

    assertThatThrownBy(() -> DatabaseMigrations.run(database, "UNSET"))
        .isInstanceOf(LocalSystemException.class)
        .hasMessageContaining("another version of Tidegate")
        .hasMessageContaining("--data");
  }

  @Test
  void aDatabaseThatIsNotThereIsNamed() {
    assertThatThrownBy(
            () ->
                DatabaseMigrations.run(
                    new LocalOptions.Database("jdbc:postgresql://localhost:1/none", "someone"),
                    "UNSET"))
        .isInstanceOf(LocalSystemException.class)
        .hasMessageContaining("jdbc:postgresql://localhost:1/none as someone")
        .hasMessageContaining("UNSET");
  }
}
