package dev.tidegate.transforms.files;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;

/**
 * How values of a type stand in a table of the archive, be it files or BigQuery.
 *
 * @param <T> the type
 */
public interface ArchiveFormat<T> extends Serializable {
  /** The table's name, which is the folder's within a file archive, and the view's. */
  String table();

  /** The column by whose day the BigQuery table is partitioned. */
  String timeColumn();

  /** The columns by which the BigQuery table is clustered, the first one first. */
  List<String> clusteringColumns();

  /** The partition of a file archive that {@code value} belongs to, as a path. */
  String partitionOf(T value);

  /** About how many bytes {@code value} is, for bounds on what is collected. */
  long bytesOf(T value);

  /** Writes {@code value}'s columns: those of the BigQuery table's schema. */
  void write(T value, ArchiveRow row) throws IOException;

  /** {@code value} as a JSON object on one line. */
  default byte[] lineOf(T value) throws IOException {
    return JsonLine.of(this, value);
  }
}
