package dev.tidegate.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class DatabaseMigrationsIT {
  @Test
  void tablesOfAnotherVersionAreLeftAloneAndSaidToBeSo() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start();
        Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      LocalOptions.Database database =
          new LocalOptions.Database(
              "jdbc:postgresql://localhost:%d/postgres".formatted(postgres.getPort()), "postgres");
      DatabaseMigrations.run(database, "UNSET");
      DatabaseMigrations.run(database, "UNSET");
      try (ResultSet rows = statement.executeQuery("SELECT count(*) FROM containers")) {
        assertThat(rows.next()).isTrue();
      }
      statement.execute("UPDATE flyway_schema_history SET checksum = 7 WHERE version = '2'");

      assertThatThrownBy(() -> DatabaseMigrations.run(database, "UNSET"))
          .isInstanceOf(LocalSystemException.class)
          .hasMessageContaining("another version of Tidegate")
          .hasMessageContaining("--data");
    }
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
