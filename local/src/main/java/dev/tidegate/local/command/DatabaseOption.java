package dev.tidegate.local.command;

import dev.tidegate.local.LocalSystem;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.DatabaseConnections;
import dev.tidegate.transforms.postgresql.Password;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which PostgreSQL a command works on: the running system's, or another one by its URL. */
final class DatabaseOption {
  @Mixin private DataFolderOption data;

  @Option(
      names = "--jdbc-url",
      paramLabel = "URL",
      description = {"Another PostgreSQL than the running system's:", "jdbc:postgresql://…"})
  private String jdbcUrl;

  @Option(
      names = "--jdbc-user",
      paramLabel = "NAME",
      description = "Its user; the password is in TIDEGATE_JDBC_PASSWORD.")
  private String jdbcUser;

  @Option(
      names = "--jdbc-password-secret",
      paramLabel = "SECRET",
      description = {
        "The secret that holds the password, in place of the variable:",
        "projects/PROJECT/secrets/NAME/versions/VERSION"
      })
  private String jdbcPasswordSecret;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /**
   * A new connection.
   *
   * @throws CommandFailure where the database cannot be reached
   */
  Connection connect() {
    if (jdbcUrl == null) {
      if (jdbcUser != null || jdbcPasswordSecret != null) {
        throw new ParameterException(
            spec.commandLine(), "--jdbc-user and --jdbc-password-secret go with --jdbc-url");
      }
      return SystemDatabase.connect(data.runningSystem());
    }
    if (!jdbcUrl.startsWith("jdbc:postgresql:") || jdbcUser == null) {
      throw new ParameterException(
          spec.commandLine(), "--jdbc-url must begin with jdbc:postgresql:, with --jdbc-user");
    }
    if (jdbcPasswordSecret != null && !jdbcPasswordSecret.matches(Password.Secret.PATTERN)) {
      throw new ParameterException(
          spec.commandLine(),
          "--jdbc-password-secret must be projects/PROJECT/secrets/NAME/versions/VERSION");
    }
    Password password =
        jdbcPasswordSecret == null
            ? new Password.Variable(LocalSystem.PASSWORD_VARIABLE)
            : new Password.Secret(jdbcPasswordSecret);
    DatabaseConfiguration database = new DatabaseConfiguration(jdbcUrl, jdbcUser, password, 1);
    try {
      return new DatabaseConnections(
              database, Map.of("ApplicationName", "tidegate", "connectTimeout", "5"))
          .getConnection();
    } catch (SQLException unreachable) {
      throw new CommandFailure(
          "Cannot connect to %s as %s (SQLSTATE %s). Check --jdbc-url, --jdbc-user and the password"
              .formatted(jdbcUrl, jdbcUser, unreachable.getSQLState()),
          unreachable);
    }
  }
}
