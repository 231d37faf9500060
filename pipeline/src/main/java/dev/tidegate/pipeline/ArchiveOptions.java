package dev.tidegate.pipeline;

import org.apache.beam.sdk.options.Default;
import org.apache.beam.sdk.options.Description;
import org.apache.beam.sdk.options.PipelineOptions;

/** What a pipeline is told of the archive. */
@Description("The archive")
public interface ArchiveOptions extends PipelineOptions {
  @Description(
      "How rows get into the archive. STORAGE_API_AT_LEAST_ONCE: into BigQuery within seconds, a"
          + " few of them twice. STORAGE_WRITE_API: exactly once, at more cost and later."
          + " FILE_LOADS: by load jobs, free of charge and for the BigQuery sandbox, minutes later."
          + " STREAMING_INSERTS: by the older streaming API. FILES: into files.")
  @Default.Enum("STORAGE_API_AT_LEAST_ONCE")
  ArchiveMethod getArchiveMethod();

  void setArchiveMethod(ArchiveMethod value);

  @Description(
      "The BigQuery dataset of the archive, which must exist: PROJECT.DATASET, PROJECT:DATASET, or"
          + " DATASET in --project. Its tables raw_events, dead_letters and event_outcomes are"
          + " created where they are absent.")
  String getArchiveDataset();

  void setArchiveDataset(String value);

  @Description(
      "How often rows become visible: with FILE_LOADS (5m where it is not given, 1m at the least)"
          + " and STORAGE_WRITE_API (5s where it is not given). The other methods do not wait.")
  String getArchiveTriggeringFrequency();

  void setArchiveTriggeringFrequency(String value);

  @Description(
      "With --archiveMethod=FILES, the folder of the file archive; raw_events, dead_letters and"
          + " event_outcomes are folders in it.")
  String getArchiveFolder();

  void setArchiveFolder(String value);
}
