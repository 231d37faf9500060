package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MigrateCommandIT {
  private final TestDatabase database = TestDatabase.createEmpty();

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
    database.execute("UPDATE flyway_schema_history SET checksum = 7 WHERE version = '2'");
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
    List<String> words =
        new ArrayList<>(
            List.of(
                "migrate", "--jdbc-url", database.jdbcUrl(), "--jdbc-user", TestDatabase.USERNAME));
    words.addAll(List.of(more));
    return CommandRun.of(words.toArray(String[]::new));
  }

  private long tables() throws SQLException {
    return Long.parseLong(
        database.query(
            "SELECT count(*) FROM pg_tables"
                + " WHERE schemaname = 'public' AND tablename IN ('events', 'containers')"));
  }
}
