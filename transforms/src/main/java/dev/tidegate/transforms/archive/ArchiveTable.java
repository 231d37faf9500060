package dev.tidegate.transforms.archive;

import dev.tidegate.transforms.handlers.EventSources;
import java.io.IOException;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;

/**
 * A table of the archive, in files or in BigQuery, and how values become its rows.
 *
 * @param <T> the type
 */
public interface ArchiveTable<T> extends Serializable {
  /** All tables of the archive, for what is asked of tables. No source is needed for that. */
  static List<ArchiveTable<?>> all() {
    return List.of(
        new RawEventTable(EventSources.of(List.of())),
        new DeadLetterTable(),
        new EventOutcomeTable());
  }

  /** The name of the table in BigQuery, of its folder in a file archive, and of its local view. */
  String name();

  /** The column by whose day the BigQuery table is partitioned. */
  String timeColumn();

  /** The columns by which the BigQuery table is clustered, the first one first. */
  List<String> clusteringColumns();

  /** The date in the names of a file archive's folders: the day of {@link #timeColumn}. */
  default String dateColumn() {
    return timeColumn().replace("_at", "_date");
  }

  /** {@code value}'s time in {@link #timeColumn}. */
  Instant timeOf(T value);

  /** Writes {@code value}'s columns: those of the BigQuery table's schema. */
  void write(T value, ArchiveRow row) throws IOException;
}
