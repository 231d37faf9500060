package dev.tidegate.transforms.postgresql;

import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A {@link TestDatabase} for each test class of JUnit Jupiter: {@code @RegisterExtension static
 * final PostgresExtension DATABASE = new PostgresExtension();}.
 */
public final class PostgresExtension implements BeforeAllCallback {
  private final String[] statements;
  private TestDatabase database;

  /**
   * @param statements run once after the migrations, to create a test's own tables
   */
  public PostgresExtension(String... statements) {
    this.statements = statements.clone();
  }

  @Override
  public void beforeAll(ExtensionContext context) throws SQLException {
    database = TestDatabase.create(statements);
  }

  /** The database itself, once the class has begun. */
  public TestDatabase database() {
    return database;
  }

  /** See {@link TestDatabase#configuration}. */
  public DatabaseConfiguration configuration() {
    return database.configuration();
  }

  /** See {@link TestDatabase#connect}. */
  public Connection connect() throws SQLException {
    return database.connect();
  }

  /** See {@link TestDatabase#execute}. */
  public void execute(String... sql) throws SQLException {
    database.execute(sql);
  }

  /** See {@link TestDatabase#query}. */
  public String query(String sql) throws SQLException {
    return database.query(sql);
  }
}
