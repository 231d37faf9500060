package dev.tidegate.transforms.files;

import dev.tidegate.transforms.handlers.EventSources;
import java.io.IOException;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;

/**
 * How values of a type stand in a table of the archive, be it files or BigQuery.
 *
 * @param <T> the type
 */
public interface ArchiveFormat<T> extends Serializable {
  /** All tables of the archive, for what is asked of tables. No source is needed for that. */
  static List<ArchiveFormat<?>> all() {
    return List.of(
        new RawEventFormat(EventSources.of(List.of())),
        new DeadLetterFormat(),
        new EventOutcomeFormat());
  }

  /** The table's name, which is the folder's within a file archive, and the view's. */
  String table();

  /** The column by whose day the BigQuery table is partitioned. */
  String timeColumn();

  /** The columns by which the BigQuery table is clustered, the first one first. */
  List<String> clusteringColumns();

  /** The column by whose value the folders of a file archive are named, each holds a day. */
  default String dateColumn() {
    return timeColumn().replace("_at", "_date");
  }

  /** {@code value}'s time in {@link #timeColumn}. */
  Instant timeOf(T value);

  /** Writes {@code value}'s columns: those of the BigQuery table's schema. */
  void write(T value, ArchiveRow row) throws IOException;
}
