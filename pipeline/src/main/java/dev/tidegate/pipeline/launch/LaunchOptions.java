package dev.tidegate.pipeline.launch;

import org.apache.beam.sdk.options.Default;
import org.apache.beam.sdk.options.Description;
import org.apache.beam.sdk.options.PipelineOptions;
import org.checkerframework.checker.nullness.qual.Nullable;

/** How every pipeline is launched. */
@Description("The launch")
public interface LaunchOptions extends PipelineOptions {
  @Description(
      "Whether the launch asks Pub/Sub, PostgreSQL and BigQuery, before the job starts, whether"
          + " they have what it needs; false where the launcher cannot reach what the workers can.")
  @Default.Boolean(true)
  boolean getLaunchChecks();

  void setLaunchChecks(boolean value);

  @Description(
      "Where the key is that proves messages to come from a gateway or a replay, the same for all"
          + " of them: env:NAME, file:PATH or projects/PROJECT/secrets/NAME/versions/VERSION. It has"
          + " at least 32 bytes; with several lines, each line is a key. Where the variable is not"
          + " set, the time of receipt is Pub/Sub's, and replays are archived again.")
  @Default.String("env:TIDEGATE_STAMP_KEY")
  String getStampKey();

  void setStampKey(String value);

  @Description(
      "Files that declare event sources, in YAML: paths of files or folders, gs:// too, with"
          + " commas between; or names of sources that Tidegate ships, such as stripe.")
  @Nullable String getSources();

  void setSources(@Nullable String value);

  @Description(
      "How often a handler is called for an event at the most, where it calls another system that"
          + " does not answer; then the event is a dead letter, HANDLER_UNAVAILABLE.")
  @Default.Integer(5)
  int getHandlerAttempts();

  void setHandlerAttempts(int value);
}
