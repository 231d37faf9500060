package dev.tidegate.pipeline;

/** How rows get into the archive. */
public enum ArchiveMethod {
  /** Into BigQuery within seconds, by the Storage Write API's default stream. */
  STORAGE_API_AT_LEAST_ONCE,
  /** Into BigQuery minutes later, by load jobs. */
  FILE_LOADS,
  /** Into files, as lines of JSON. */
  FILES
}
