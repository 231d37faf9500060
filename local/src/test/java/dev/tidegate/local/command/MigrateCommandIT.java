package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MigrateCommandIT {
  private EmbeddedPostgres postgres;

  @BeforeEach
  void start() throws IOException {
    postgres = EmbeddedPostgres.start();
  }

  @AfterEach
  void stop() throws IOException {
    postgres.close();
  }

  @Test
  void makesTheTablesOnceAndSaysWhatItWouldDo() throws SQLException {
    CommandRun dryRun = migrate("--dry-run");
    assertThat(dryRun.exitCode()).isZero();
    assertThat(dryRun.out().lines())
        .containsExactly(
            "would run 1 ledger",
            "would run 2 terminal49",
            "would run 3 operations",
            "would run terminal49 views");
    assertThat(tables()).isZero();

    CommandRun first = migrate();
    assertThat(first.exitCode()).isZero();
    assertThat(first.out().lines())
        .containsExactly(
            "ran 1 ledger", "ran 2 terminal49", "ran 3 operations", "ran terminal49 views");
    assertThat(tables()).isEqualTo(2);

    String nothing = "Nothing to do: the tables are those of this version.\n";
    assertThat(migrate().out()).isEqualTo(nothing);
    assertThat(migrate("--dry-run").out()).isEqualTo(nothing);
  }

  @Test
  void aDatabaseOfAnotherVersionIsLeftAlone() throws SQLException {
    migrate();
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("UPDATE flyway_schema_history SET checksum = 7 WHERE version = '2'");
    }
    for (CommandRun run : new CommandRun[] {migrate(), migrate("--dry-run")}) {
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err()).contains("another version of Tidegate").hasLineCount(1);
    }
  }

  @Test
  void aDatabaseThatIsNotThereIsNamedWithWhereThePasswordBelongs() {
    CommandRun run =
        CommandRun.of(
            "migrate", "--jdbc-url", "jdbc:postgresql://localhost:1/none", "--jdbc-user", "nobody");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("jdbc:postgresql://localhost:1/none as nobody")
        .contains("TIDEGATE_JDBC_PASSWORD")
        .hasLineCount(1);
  }

  private CommandRun migrate(String... more) {
    String[] words = new String[5 + more.length];
    words[0] = "migrate";
    words[1] = "--jdbc-url";
    words[2] = "jdbc:postgresql://localhost:%d/postgres".formatted(postgres.getPort());
    words[3] = "--jdbc-user";
    words[4] = "postgres";
    System.arraycopy(more, 0, words, 5, more.length);
    return CommandRun.of(words);
  }

  private long tables() throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT count(*) FROM pg_tables"
                    + " WHERE schemaname = 'public' AND tablename IN ('events', 'containers')")) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
