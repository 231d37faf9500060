package dev.tidegate.schemas.postgresql;

import java.util.Properties;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Where Tidegate's statements find their tables, since they name no schema. New tables of sources
 * are made in the first one.
 */
public final class SearchPath {
  /** The schema of the technical tables: the ledger, dead letters, effects and so on. */
  public static final String TECHNICAL_SCHEMA = "tidegate";

  /** The property of a JDBC URL or connection that sets the path. A URL's own value counts. */
  public static final String PROPERTY = "currentSchema";

  /** The path where the JDBC URL gives none: tables of sources are in {@code public}. */
  public static final String STANDARD = "public," + TECHNICAL_SCHEMA;

  private SearchPath() {}

  /** The properties of a connection that has the path. */
  public static Properties connectionProperties(String username, @Nullable String password) {
    Properties properties = new Properties();
    properties.setProperty(PROPERTY, STANDARD);
    properties.setProperty("user", username);
    if (password != null) {
      properties.setProperty("password", password);
    }
    return properties;
  }
}
