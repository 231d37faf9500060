package dev.tidegate.pipeline;

import dev.tidegate.pipeline.launch.LaunchOptions;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubOptions;
import org.apache.beam.sdk.options.Default;
import org.apache.beam.sdk.options.Description;
import org.apache.beam.sdk.options.StreamingOptions;
import org.apache.beam.sdk.options.Validation;

/** The options of {@link EventPipeline}. */
@Description("The pipeline")
public interface EventPipelineOptions
    extends StreamingOptions, PubsubOptions, ArchiveOptions, DatabaseOptions, LaunchOptions {
  @Description("The subscription to read: projects/PROJECT/subscriptions/NAME.")
  @Validation.Required
  String getInputSubscription();

  void setInputSubscription(String value);

  @Description("The tenant of an event without a tenant_id attribute.")
  @Default.String("default")
  String getDefaultTenant();

  void setDefaultTenant(String value);

  @Description("The source of an event without a source attribute.")
  @Default.String("terminal49")
  String getDefaultSource();

  void setDefaultSource(String value);

  @Description("How long a notification ID is remembered to drop repeats: 90s, 10m, 24h.")
  @Default.String("10m")
  String getDedupeWindow();

  void setDedupeWindow(String value);

  @Description(
      "A topic to which dead letters are published too, for alerts:"
          + " projects/PROJECT/topics/NAME. What was wrong is in attributes that begin with"
          + " dead_letter_.")
  String getDeadLetterTopic();

  void setDeadLetterTopic(String value);

  @Description("How long the ledger keeps events and their payloads: 12h, 30d; 0 for ever.")
  @Default.String("90d")
  String getLedgerRetention();

  void setLedgerRetention(String value);
}
