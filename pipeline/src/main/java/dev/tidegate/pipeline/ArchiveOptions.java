package dev.tidegate.pipeline;

import org.apache.beam.sdk.options.Default;
import org.apache.beam.sdk.options.Description;
import org.apache.beam.sdk.options.PipelineOptions;

/** The options of the archive. */
@Description("The archive")
public interface ArchiveOptions extends PipelineOptions {
  /** How rows get into the archive. */
  enum Method {
    /** Into BigQuery within seconds, by the Storage Write API's default stream. */
    STORAGE_API_AT_LEAST_ONCE,
    /** Into BigQuery minutes later, by load jobs. */
    FILE_LOADS,
    /** Into files, as lines of JSON. */
    FILES
  }

  @Description(
      "How rows get into the archive. STORAGE_API_AT_LEAST_ONCE: into BigQuery within seconds, a"
          + " few of them twice. FILE_LOADS: into BigQuery by load jobs, minutes later, free of"
          + " charge, also in the BigQuery sandbox. FILES: into files.")
  @Default.Enum("STORAGE_API_AT_LEAST_ONCE")
  Method getArchiveMethod();

  void setArchiveMethod(Method value);

  @Description(
      "The BigQuery dataset of the archive, which must exist: PROJECT.DATASET, PROJECT:DATASET, or"
          + " DATASET in --project. Its tables raw_events, dead_letters and event_outcomes are"
          + " created where they are absent.")
  String getArchiveDataset();

  void setArchiveDataset(String value);

  @Description(
      "With --archiveMethod=FILE_LOADS, how often rows are loaded: 1m at the least, 5m if it is not"
          + " given.")
  String getArchiveTriggeringFrequency();

  void setArchiveTriggeringFrequency(String value);

  @Description(
      "With --archiveMethod=FILES, the folder of the file archive; raw_events, dead_letters and"
          + " event_outcomes are folders in it.")
  String getArchiveFolder();

  void setArchiveFolder(String value);
}
