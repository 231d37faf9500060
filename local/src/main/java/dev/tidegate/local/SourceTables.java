package dev.tidegate.local;

import dev.tidegate.pipeline.SourceFiles;
import dev.tidegate.schemas.postgresql.SearchPath;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.DatabaseSchema;
import dev.tidegate.transforms.postgresql.DatabaseViews;
import java.io.File;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Brings a database to the tables and views of event sources: to tables it only adds. */
public final class SourceTables {
  private SourceTables() {}

  /**
   * The sources on the class path and those that are declared.
   *
   * @param places files, folders and names of shipped sources
   * @throws LocalSystemException with every mistake of all of them
   */
  static EventSources read(List<String> places, List<String> tenants) {
    try {
      EventSources sources = SourceFiles.withInstalled(places);
      return tenants.isEmpty() ? sources : sources.ofTenants(Set.copyOf(tenants));
    } catch (IllegalArgumentException unusable) {
      throw new LocalSystemException(unusable.getMessage(), unusable);
    }
  }

  /** The places but for folders of this machine without a file: one may come yet. */
  public static List<String> present(List<String> places) {
    return places.stream().filter(place -> !isEmptyFolder(place)).toList();
  }

  private static boolean isEmptyFolder(String place) {
    String[] names = new File(place).list();
    return names != null && Stream.of(names).noneMatch(name -> name.matches(".*\\.ya?ml"));
  }

  /** The places as they are named from any folder. */
  static List<String> absolute(List<String> places) {
    return places.stream()
        .map(place -> new File(place).exists() ? new File(place).getAbsolutePath() : place)
        .toList();
  }

  /**
   * Adds the tables and views of {@code sources} that no migration makes, as {@link #add}.
   *
   * @param progress is told what was added
   */
  static void add(LocalOptions.Database database, EventSources sources, Consumer<String> progress) {
    if (sources.addedTables().isEmpty()) {
      return;
    }
    try (Connection connection =
        DriverManager.getConnection(
            database.jdbcUrl(),
            SearchPath.connectionProperties(
                database.username(), System.getenv(LocalSystem.PASSWORD_VARIABLE)))) {
      int added = add(connection, sources).size();
      if (added > 0) {
        progress.accept("Added the tables of the sources: %d statements.".formatted(added));
      }
    } catch (SQLException failure) {
      throw new LocalSystemException(
          "The tables of the sources cannot be added (SQLSTATE %s)"
              .formatted(failure.getSQLState()),
          failure);
    }
  }

  /** The statements that add what the database lacks. Nothing is changed. */
  public static List<String> additions(Connection database, EventSources sources)
      throws SQLException {
    List<String> statements =
        new ArrayList<>(DatabaseSchema.additions(database, sources.addedTables()));
    statements.addAll(DatabaseViews.additions(database, sources.views()));
    return statements;
  }

  /**
   * Adds what the database lacks, in one transaction.
   *
   * @return the statements that were run
   * @throws LocalSystemException where a table or view of that name is not as its source declares
   *     it
   */
  public static List<String> add(Connection database, EventSources sources) throws SQLException {
    List<String> statements = additions(database, sources);
    database.setAutoCommit(false);
    try (Statement statement = database.createStatement()) {
      for (String addition : statements) {
        statement.execute(addition);
      }
      List<String> mismatches =
          new ArrayList<>(DatabaseSchema.mismatches(database, sources.addedTables()));
      mismatches.addAll(DatabaseViews.mismatches(database, sources.views()));
      requireMatching(mismatches);
      database.commit();
    }
    return statements;
  }

  private static void requireMatching(List<String> mismatches) {
    if (!mismatches.isEmpty()) {
      throw new LocalSystemException(
          "The database is not as the sources declare it, and tables are only added to: %s."
                  .formatted(String.join("; ", mismatches))
              + " Change the table by hand, or give the source's another name");
    }
  }
}
