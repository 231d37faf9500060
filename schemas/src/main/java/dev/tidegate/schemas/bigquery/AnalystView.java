package dev.tidegate.schemas.bigquery;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The archive's views for analysts, in an order in which they can be created. They are written in
 * GoogleSQL that DuckDB runs too, once it has a few of GoogleSQL's functions.
 */
public enum AnalystView {
  LATEST_EVENT_OUTCOMES,
  EVENTS,
  RECENT_EVENTS_SUMMARY,
  FAILED_EVENTS,
  DEAD_LETTERS_BY_FINGERPRINT,
  PERFORMANCE_BY_EVENT_TYPE,
  DAILY_EVENT_TRENDS,
  DUPLICATE_RATE_DAILY,
  LATE_EVENTS,
  EVENT_DELAYS,
  STORAGE_BY_TENANT,
  CONTAINER_MILESTONES,
  CONTAINER_CHANGES,
  SHIPMENT_ETA_HISTORY;

  private static final String DATASET = "${dataset}.";
  private static final Pattern PROJECT = Pattern.compile("[a-z0-9][a-z0-9.:-]*");
  private static final Pattern DATASET_NAME = Pattern.compile("[A-Za-z0-9_]+");

  /** The view's name. Its file has the same name. */
  public String viewName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The statement that creates or replaces the view in BigQuery, with a description of it and of
   * each column.
   *
   * @throws IllegalArgumentException where {@code project} or {@code dataset} cannot be a name
   */
  public String definitionIn(String project, String dataset) {
    if (!PROJECT.matcher(project).matches() || !DATASET_NAME.matcher(dataset).matches()) {
      throw new IllegalArgumentException(
          "not a project and a dataset: " + project + ", " + dataset);
    }
    String described =
        read("views/")
            .replaceFirst(" AS\n", "\n" + Matcher.quoteReplacement(read("view-headers/")));
    return described.replace(DATASET, "`" + project + "`." + dataset + ".");
  }

  /** The statement for a database that has only the archive, and needs no dataset. */
  public String localDefinition() {
    return read("views/").replace(DATASET, "");
  }

  private String read(String folder) {
    String file = folder + viewName() + ".sql";
    try (InputStream sql = AnalystView.class.getResourceAsStream(file)) {
      return new String(sql.readAllBytes(), UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
