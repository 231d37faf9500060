package dev.tidegate.pipeline;

import org.apache.beam.sdk.io.gcp.pubsub.PubsubOptions;
import org.apache.beam.sdk.options.Default;
import org.apache.beam.sdk.options.Description;
import org.apache.beam.sdk.options.StreamingOptions;
import org.apache.beam.sdk.options.Validation;

/** What {@link EventPipeline} is told when it is launched. */
public interface EventPipelineOptions extends StreamingOptions, PubsubOptions {
  @Description("The subscription to read: projects/PROJECT/subscriptions/NAME.")
  @Validation.Required
  String getInputSubscription();

  void setInputSubscription(String value);

  @Description("Whose the events are that carry no tenant_id attribute.")
  @Default.String("default")
  String getDefaultTenant();

  void setDefaultTenant(String value);

  @Description("What sent the events that carry no source attribute.")
  @Default.String("terminal49")
  String getDefaultSource();

  void setDefaultSource(String value);

  @Description("How long a notification ID is remembered to drop repeats: 90s, 10m, 24h.")
  @Default.String("10m")
  String getDedupeWindow();

  void setDedupeWindow(String value);

  @Description("The folder of the file archive; raw_events and dead_letters are folders in it.")
  @Validation.Required
  String getArchiveFolder();

  void setArchiveFolder(String value);

  @Description("PostgreSQL's JDBC URL, without credentials.")
  @Validation.Required
  String getJdbcUrl();

  void setJdbcUrl(String value);

  @Description("PostgreSQL's user.")
  @Validation.Required
  String getJdbcUsername();

  void setJdbcUsername(String value);

  @Description("The environment variable that holds PostgreSQL's password on each worker.")
  @Default.String("TIDEGATE_JDBC_PASSWORD")
  String getJdbcPasswordVariable();

  void setJdbcPasswordVariable(String value);

  @Description("Database connections of each worker.")
  @Default.Integer(4)
  int getJdbcPoolSize();

  void setJdbcPoolSize(int value);

  @Description("Rows of a batch, at the most: 500 to 2000 do equally well.")
  @Default.Integer(1000)
  int getBatchRows();

  void setBatchRows(int value);

  @Description("Whether the ledger keeps each event's payload, for inspection.")
  @Default.Boolean(true)
  boolean getLedgerPayload();

  void setLedgerPayload(boolean value);

  @Description("How long the ledger keeps events and their payloads: 12h, 30d; 0 for ever.")
  @Default.String("90d")
  String getLedgerRetention();

  void setLedgerRetention(String value);
}
