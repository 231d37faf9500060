package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ConnectionPoolIT {
  @RegisterExtension
  static final PostgresExtension DATABASE = new PostgresExtension("CREATE TABLE notes (note text)");

  @Test
  void equalConfigurationsShareAPoolUntilTheLastIsClosed() throws SQLException {
    ConnectionPool first = ConnectionPool.open(DATABASE.configuration());
    ConnectionPool second = ConnectionPool.open(DATABASE.configuration());
    assertThat(second).isSameAs(first);
    first.close();
    try (Connection connection = second.connection()) {
      assertThat(connection.isValid(1)).isTrue();
    }
    second.close();
    assertThatThrownBy(second::connection).isInstanceOf(SQLException.class);
    try (ConnectionPool third = ConnectionPool.open(DATABASE.configuration())) {
      assertThat(third).isNotSameAs(first);
      try (Connection connection = third.connection()) {
        assertThat(connection.isValid(1)).isTrue();
      }
    }
  }

  @Test
  void anotherConfigurationIsAnotherPool() {
    DatabaseConfiguration one = DATABASE.configuration();
    DatabaseConfiguration other =
        new DatabaseConfiguration(one.jdbcUrl(), one.username(), one.passwordVariable(), 1);
    try (ConnectionPool first = ConnectionPool.open(one);
        ConnectionPool second = ConnectionPool.open(other)) {
      assertThat(second).isNotSameAs(first);
    }
  }

  @Test
  void whatWasNotCommittedIsRolledBack() throws SQLException {
    try (ConnectionPool pool = ConnectionPool.open(DATABASE.configuration())) {
      try (Connection connection = pool.connection();
          Statement statement = connection.createStatement()) {
        assertThat(connection.getAutoCommit()).isFalse();
        statement.execute("INSERT INTO notes VALUES ('lost')");
      }
      assertThat(DATABASE.query("SELECT count(*) FROM notes")).isEqualTo("0");
    }
  }

  @Test
  void statementsAndLocksAreBounded() throws SQLException {
    try (ConnectionPool pool = ConnectionPool.open(DATABASE.configuration());
        Connection connection = pool.connection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")) {
      row.next();
      assertThat(row.getString(1)).isEqualTo("10s");
      assertThat(row.getString(2)).isEqualTo("30s");
    }
  }

  @Test
  void poolOpensThoughTheDatabaseIsAway() {
    DatabaseConfiguration nowhere =
        new DatabaseConfiguration(
            "jdbc:postgresql://localhost:1/none", "nobody", "TIDEGATE_TEST_PASSWORD", 1);
    ConnectionPool.open(nowhere).close();
  }
}
