package dev.tidegate.pipeline;

import dev.tidegate.pipeline.launch.JobPlacement;
import dev.tidegate.pipeline.launch.LaunchOptions;
import dev.tidegate.transforms.ReadEvents;
import java.util.List;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubOptions;
import org.apache.beam.sdk.options.Default;
import org.apache.beam.sdk.options.DefaultValueFactory;
import org.apache.beam.sdk.options.Description;
import org.apache.beam.sdk.options.PipelineOptions;
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

  @Description(
      "How messages are pulled: GRPC, or PUBSUB_IO, which is Beam's own reader (on Dataflow the"
          + " service's, elsewhere JSON over HTTP). Default: PUBSUB_IO on Dataflow, else GRPC. A"
          + " running job is updated with the same choice only.")
  @Default.InstanceFactory(TransportOfRunner.class)
  ReadEvents.Transport getPubsubTransport();

  void setPubsubTransport(ReadEvents.Transport value);

  @Description("The tenant of an event without a tenant_id attribute.")
  @Default.String("default")
  String getDefaultTenant();

  void setDefaultTenant(String value);

  @Description(
      "The tenants whose events are taken, with commas between; every tenant's by default. An event"
          + " of another tenant becomes a dead letter, TENANT_MISMATCH. An event without tenant_id"
          + " is of --defaultTenant, which must be listed too.")
  List<String> getTenants();

  void setTenants(List<String> value);

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

  /** Dataflow has a reader of its own, which takes the place of PubsubIO's. */
  final class TransportOfRunner implements DefaultValueFactory<ReadEvents.Transport> {
    @Override
    public ReadEvents.Transport create(PipelineOptions options) {
      return JobPlacement.isOnDataflow(options)
          ? ReadEvents.Transport.PUBSUB_IO
          : ReadEvents.Transport.GRPC;
    }
  }
}
