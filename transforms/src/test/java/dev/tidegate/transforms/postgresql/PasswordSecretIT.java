package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.testing.PostgresServer;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that wants a password, which is a secret, and changes. */
class PasswordSecretIT {
  private static PostgresServer server;

  /** Each test's own, since a JVM remembers what it read. */
  private final String version =
      "projects/project/secrets/s%s/versions/latest".formatted(UUID.randomUUID());

  private LocalSecretManager secrets;

  @TempDir private static Path data;

  @BeforeAll
  static void startServer() throws IOException, SQLException {
    server = PostgresServer.start(data);
    server.postgres().execute("CREATE ROLE writer LOGIN");
    Path rules = data.resolve("pg_hba.conf");
    Files.writeString(rules, "host all writer all scram-sha-256\n" + Files.readString(rules));
    server.postgres().execute("SELECT pg_reload_conf()");
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void startSecrets() throws IOException, SQLException {
    secrets = LocalSecretManager.start();
    rotateTo("first");
  }

  @AfterEach
  void stopSecrets() {
    secrets.close();
  }

  @Test
  void passwordIsReadOnceForAllConnections() throws SQLException {
    try (ConnectionPool pool = ConnectionPool.open(configuration());
        Connection one = pool.connection();
        Connection other = pool.connection()) {
      assertThat(one.isValid(1)).isTrue();
      assertThat(other.isValid(1)).isTrue();
    }
    assertThat(secrets.reads()).isEqualTo(1);
  }

  @Test
  void newConnectionAfterARotationHasTheNewPassword() throws SQLException {
    try (ConnectionPool pool = ConnectionPool.open(configuration());
        Connection before = pool.connection()) {
      rotateTo("second");
      // The pool may have made one more connection before that.
      try (Connection either = pool.connection();
          Connection after = pool.connection()) {
        assertThat(either.isValid(1)).isTrue();
        assertThat(after.isValid(1)).isTrue();
      }
      assertThat(before.isValid(1)).as("an open connection stays").isTrue();
    }
    assertThat(secrets.reads()).isEqualTo(2);
  }

  @Test
  void passwordThatIsRefusedStaysRefusedUntilTheSecretChanges() throws SQLException {
    DatabaseConnections connections = connections();
    connections.getConnection().close();
    server.postgres().execute("ALTER ROLE writer PASSWORD 'second'");
    assertThatThrownBy(connections::getConnection)
        .isInstanceOfSatisfying(
            SQLException.class,
            failure -> {
              assertThat(failure.getSQLState()).isEqualTo("28P01");
              assertThat(SqlFailure.isPermanent(failure)).isFalse();
              assertThat(failure.getMessage()).doesNotContain("first", "second");
            });
    secrets.put(version, "second");
    connections.getConnection().close();
  }

  @Test
  void endOfTheSecretsLineIsNoPartOfIt() throws SQLException {
    secrets.put(version, "first\n");
    connections().getConnection().close();
  }

  @Test
  void outageOfSecretManagerIsWaitedFor() throws SQLException {
    secrets.failNext(Status.UNAVAILABLE);
    secrets.failNext(Status.RESOURCE_EXHAUSTED);
    connections().getConnection().close();
    assertThat(secrets.reads()).isEqualTo(3);
  }

  @Test
  void secretThatMayNotBeReadIsNamedWithWhatToDo() {
    secrets.failNext(Status.PERMISSION_DENIED);
    assertThatThrownBy(() -> connections().getConnection())
        .isInstanceOfSatisfying(
            SQLException.class,
            failure -> assertThat(SqlFailure.isOutage(failure)).as("not poison").isTrue())
        .hasMessageContainingAll(
            version, "PERMISSION_DENIED", "grant roles/secretmanager.secretAccessor")
        .hasMessageNotContaining("first");
  }

  @Test
  void secretThatIsNotThereIsNamed() {
    Password.Secret absent = new Password.Secret("projects/project/secrets/none/versions/1");
    assertThatThrownBy(() -> PasswordReader.read(absent))
        .hasMessageContainingAll(absent.version(), "there is no such secret");
  }

  private void rotateTo(String password) throws SQLException {
    server.postgres().execute("ALTER ROLE writer PASSWORD '%s'".formatted(password));
    secrets.put(version, password);
  }

  private DatabaseConnections connections() {
    return new DatabaseConnections(configuration(), Map.of());
  }

  private DatabaseConfiguration configuration() {
    return new DatabaseConfiguration(
        server.postgres().jdbcUrl(), "writer", new Password.Secret(version), 3);
  }
}
