package dev.tidegate.transforms.postgresql;

import dev.tidegate.testing.TestDatabase;

/** How the sink reaches a {@link TestDatabase}. */
public final class TestConfiguration {
  private TestConfiguration() {}

  /** The database, for up to four connections. */
  public static DatabaseConfiguration of(TestDatabase database) {
    return new DatabaseConfiguration(
        database.jdbcUrl(), TestDatabase.USERNAME, "TIDEGATE_TEST_PASSWORD", 4);
  }
}
