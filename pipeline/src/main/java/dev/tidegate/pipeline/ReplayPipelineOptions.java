package dev.tidegate.pipeline;

import dev.tidegate.pipeline.launch.LaunchOptions;
import dev.tidegate.transforms.replay.DeadLetterFilter;
import java.util.List;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubOptions;
import org.apache.beam.sdk.options.Default;
import org.apache.beam.sdk.options.Description;

/**
 * The options of {@link ReplayPipeline}. Which of the archive's and the database's options it needs
 * depends on where it reads and writes.
 */
@Description("The replay")
public interface ReplayPipelineOptions
    extends PubsubOptions, ArchiveOptions, DatabaseOptions, LaunchOptions {
  /** Where events are read. */
  enum Source {
    /** The file archive in {@code --archiveFolder}. */
    ARCHIVE_FILES,
    /** BigQuery's {@code raw_events} in {@code --archiveDataset}. */
    ARCHIVE_BIGQUERY,
    /** PostgreSQL's {@code event_dead_letters}. */
    DEAD_LETTERS
  }

  /** Where events go. */
  enum Output {
    /** Into {@code --outputTopic}, to be read by the running pipeline. */
    PUBSUB,
    /** Into PostgreSQL's tables, by this job. */
    SINKS
  }

  @Description("Where events are read: ARCHIVE_FILES, ARCHIVE_BIGQUERY or DEAD_LETTERS.")
  Source getFrom();

  void setFrom(Source value);

  @Description(
      "Where events go: PUBSUB, to the pipeline that runs; SINKS, into PostgreSQL's tables, by this"
          + " job.")
  @Default.Enum("PUBSUB")
  Output getOutput();

  void setOutput(Output value);

  @Description("The topic that the pipeline's subscription reads: projects/PROJECT/topics/NAME.")
  String getOutputTopic();

  void setOutputTopic(String value);

  @Description(
      "Only events received since this time, or letters that failed since then: 2026-01-31 or"
          + " 2026-01-31T10:00:00Z.")
  String getFromTime();

  void setFromTime(String value);

  @Description("Only events received, or letters that failed, before this time.")
  String getToTime();

  void setToTime(String value);

  @Description("Only events of these tenants; the others are left out, and make no dead letters.")
  List<String> getTenants();

  void setTenants(List<String> value);

  @Description("Only events of these sources.")
  List<String> getSourceNames();

  void setSourceNames(List<String> value);

  @Description("Only events of these types.")
  List<String> getEventTypes();

  void setEventTypes(List<String> value);

  @Description("Only events of these notification IDs.")
  List<String> getNotificationIds();

  void setNotificationIds(List<String> value);

  @Description("Only dead letters of these classes of error.")
  List<String> getErrorClasses();

  void setErrorClasses(List<String> value);

  @Description("Only dead letters of these fingerprints.")
  List<String> getFingerprints();

  void setFingerprints(List<String> value);

  @Description("Only dead letters in this state: OPEN, REPLAYED or DISCARDED.")
  @Default.Enum("OPEN")
  DeadLetterFilter.Status getLetterStatus();

  void setLetterStatus(DeadLetterFilter.Status value);

  @Description(
      "Which effects the events may cause: none, missing (those that no event has caused before), or"
          + " all (once more, under the same IDs). By default none from the archive, missing of dead"
          + " letters.")
  String getEffects();

  void setEffects(String value);

  @Description("Count and show what would be replayed, and write nothing.")
  @Default.Boolean(false)
  boolean getDryRun();

  void setDryRun(boolean value);

  @Description("The most events a second, of all workers together; 0 for no limit.")
  @Default.Double(0)
  double getRate();

  void setRate(double value);

  @Description("This attempt's name. By default it is a new one.")
  String getReplayId();

  void setReplayId(String value);
}
