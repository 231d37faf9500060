package dev.tidegate.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The PostgreSQL of a data folder, without the rest. */
class EmbeddedDatabaseIT {
  @TempDir private Path temporary;

  @Test
  void itIsStartedAgainOnItsPortUntilItIsClosed() throws Exception {
    try (DataFolder folder = DataFolder.open(data());
        EmbeddedDatabase database = start(folder)) {
      execute(database, "CREATE TABLE kept (id int)");
      for (int time = 0; time < 2; time++) {
        ProcessHandle killed = postmaster(folder);
        killed.destroyForcibly();
        await().until(() -> database.problem().isPresent());
        await().until(() -> database.problem().isEmpty());
        assertThat(postmaster(folder).pid()).isNotEqualTo(killed.pid());
        execute(database, "INSERT INTO kept VALUES (1)");
      }
      ProcessHandle last = postmaster(folder);
      database.close();
      await().until(() -> !last.isAlive());
    }
  }

  @Test
  void aServerThatDoesNotStartSaysWhyInItsOwnWords() throws Exception {
    try (DataFolder folder = DataFolder.open(data())) {
      start(folder).close();
      Files.writeString(folder.postgres().resolve("PG_VERSION"), "9.6\n");

      assertThatThrownBy(() -> start(folder))
          .isInstanceOf(LocalSystemException.class)
          .hasMessageStartingWith("PostgreSQL does not start: ")
          .hasMessageContaining("incompatible with server")
          .hasMessageContaining("9.6")
          .hasMessageContaining("postgresql.log");
    }
  }

  @Test
  void dataOfAnotherVersionIsSaidToBeSo() throws Exception {
    try (DataFolder folder = DataFolder.open(data());
        EmbeddedDatabase database = start(folder)) {
      DatabaseMigrations.run(
          new LocalOptions.Database(database.jdbcUrl(), EmbeddedDatabase.USERNAME), "UNSET");
      execute(database, "UPDATE flyway_schema_history SET checksum = 7 WHERE version = '2'");
    }
    assertThatThrownBy(() -> LocalSystem.start(SharedSystem.optionsOn(data()), line -> {}))
        .isInstanceOf(LocalSystemException.class)
        .hasMessageContaining("another version of Tidegate")
        .hasMessageContaining("Move the folder away, or choose another with --data");
  }

  private Path data() {
    return temporary.resolve("data");
  }

  private static EmbeddedDatabase start(DataFolder folder) throws Exception {
    return EmbeddedDatabase.start(folder, Port.free(0, "--postgres-port"), line -> {});
  }

  private static ProcessHandle postmaster(DataFolder folder) throws Exception {
    return ProcessHandle.of(
            Long.parseLong(
                Files.readAllLines(folder.postgres().resolve("postmaster.pid")).get(0).strip()))
        .orElseThrow();
  }

  private static void execute(EmbeddedDatabase database, String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(database.jdbcUrl(), EmbeddedDatabase.USERNAME, null);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
