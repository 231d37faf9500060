package dev.tidegate.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunningSystemTest {
  @ParameterizedTest
  @CsvSource({
    "jdbc:postgresql://localhost:5433/postgres, postgres,"
        + " postgresql://postgres@localhost:5433/postgres",
    "jdbc:postgresql://db/events?ssl=true, me, postgresql://me@db:5432/events",
    "jdbc:postgresql://[::1]:5433/my%20db, a b@c, postgresql://a%20b%40c@[::1]:5433/my%20db"
  })
  void itsDatabaseHasAUrlThatPsqlTakes(String jdbcUrl, String user, String url) {
    RunningSystem system =
        new RunningSystem(1, "", "", "", "", jdbcUrl, user, "", "http://localhost:8080", List.of());
    assertThat(system.postgresUrl()).isEqualTo(url);
  }
}
