package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.local.DatabaseMigrations;
import dev.tidegate.local.LocalOptions;
import dev.tidegate.testing.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The pages' SQL, on the tables that there are. */
class PageQueriesIT {
  private static final Pattern PSQL = Pattern.compile("psql \"\\$DATABASE\" -c \"([^\"]+)\"");

  @Test
  void postgresTakesEachStatement() throws Exception {
    List<String> commands = PageCommands.startingWith("psql");
    assertThat(commands).hasSizeGreaterThan(8);
    TestDatabase database = TestDatabase.createEmpty();
    DatabaseMigrations.run(
        new LocalOptions.Database(database.jdbcUrl(), TestDatabase.USERNAME), "UNSET");
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (String command : commands) {
        Matcher psql = PSQL.matcher(command);
        assertThat(psql.matches()).as(command).isTrue();
        String sql = psql.group(1);
        // psql's own commands are not the server's.
        if (!sql.startsWith("\\")) {
          statement.execute(sql);
          connection.rollback();
        }
      }
    }
  }
}
