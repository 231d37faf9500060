package dev.tidegate.pipeline.launch;

import org.apache.beam.sdk.options.Default;
import org.apache.beam.sdk.options.Description;
import org.apache.beam.sdk.options.PipelineOptions;

/** How a pipeline is launched. */
@Description("The launch")
public interface LaunchOptions extends PipelineOptions {
  @Description(
      "Whether Pub/Sub, PostgreSQL and BigQuery are asked, before the job starts, whether they have"
          + " what it needs; false where the launcher cannot reach what the workers can.")
  @Default.Boolean(true)
  boolean getLaunchChecks();

  void setLaunchChecks(boolean value);
}
