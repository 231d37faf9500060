package dev.tidegate.pipeline;

/** How rows get into the archive. */
public enum ArchiveMethod {
  /**
   * BigQuery's Storage Write API, default stream: cheapest of the fast ones, rarely a row twice.
   */
  STORAGE_API_AT_LEAST_ONCE,
  /** BigQuery's Storage Write API, streams of the job's own: no row twice. */
  STORAGE_WRITE_API,
  /** BigQuery's load jobs. */
  FILE_LOADS,
  /** BigQuery's older streaming API. */
  STREAMING_INSERTS,
  /** Lines of JSON in files. */
  FILES
}
