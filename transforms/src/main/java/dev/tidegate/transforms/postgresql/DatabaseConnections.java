package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.postgresql.SearchPath;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.postgresql.Driver;

/**
 * Opens connections to a database with the password of the moment: where it is refused, and the
 * secret has another one by now, that one is tried. So a password is rotated without a restart.
 */
public final class DatabaseConnections implements DataSource {
  private final DatabaseConfiguration configuration;
  private final Map<String, String> properties;

  /**
   * @param properties the driver's, beside user and password; what the URL says outranks them
   */
  public DatabaseConnections(DatabaseConfiguration configuration, Map<String, String> properties) {
    this.configuration = configuration;
    this.properties = Map.copyOf(properties);
  }

  /**
   * A new connection.
   *
   * @throws SQLException where none can be had; with a secret that cannot be read, its message says
   *     what to do
   */
  @Override
  public Connection getConnection() throws SQLException {
    Optional<String> password = PasswordReader.read(configuration.password());
    try {
      return connect(password);
    } catch (SQLException refused) {
      if (!SqlFailure.isRefusedLogin(refused)) {
        throw refused;
      }
      Optional<String> rotated = PasswordReader.readAnew(configuration.password(), password);
      if (rotated.isEmpty()) {
        throw refused;
      }
      return connect(rotated);
    }
  }

  private Connection connect(Optional<String> password) throws SQLException {
    Properties all = new Properties();
    all.setProperty(SearchPath.PROPERTY, SearchPath.STANDARD);
    all.putAll(properties);
    all.setProperty("user", configuration.username());
    password.ifPresent(value -> all.setProperty("password", value));
    // DriverManager looks for drivers once in a JVM, and on Flink a restarted job brings the driver
    // in a class loader of its own.
    Connection connection = new Driver().connect(configuration.jdbcUrl(), all);
    if (connection == null) {
      throw new SQLException("--jdbcUrl is no URL of PostgreSQL's driver");
    }
    return connection;
  }

  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException("the configuration says who connects");
  }

  @Override
  public PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(PrintWriter ignored) {
    // The driver logs by itself.
  }

  /** Left to the driver's property {@code loginTimeout}. */
  @Override
  public void setLoginTimeout(int seconds) {
    // A pool sets it, to what the property says already.
  }

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("wraps nothing");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
