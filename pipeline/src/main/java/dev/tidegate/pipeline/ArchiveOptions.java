package dev.tidegate.pipeline;

import org.apache.beam.sdk.options.Description;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.options.Validation;

/** What a pipeline is told of the archive. */
public interface ArchiveOptions extends PipelineOptions {
  @Description("The folder of the file archive; raw_events and dead_letters are folders in it.")
  @Validation.Required
  String getArchiveFolder();

  void setArchiveFolder(String value);
}
