package dev.tidegate.transforms.files;

import java.io.IOException;
import java.io.Serializable;

/**
 * How values of a type stand in an {@link NdjsonFolder}.
 *
 * @param <T> the type
 */
public interface ArchiveFormat<T> extends Serializable {
  /** The folder's name within the archive, and the table's and view's. */
  String table();

  /** The partition {@code value} belongs to, as a path. */
  String partitionOf(T value);

  /** {@code value} as a JSON object on one line: the columns of the BigQuery table. */
  byte[] lineOf(T value) throws IOException;
}
