package dev.tidegate.templates;

import static dev.tidegate.templates.TemplateParameter.of;

import dev.tidegate.pipeline.EventPipelineOptions;
import dev.tidegate.pipeline.ReplayPipelineOptions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.beam.sdk.options.PipelineOptions;

/**
 * The flex templates: which parameters each has, in the console's order, and which it leaves out.
 */
enum Template {
  STREAMING(
      "Tidegate events",
      "Event notifications from Pub/Sub into an archive in BigQuery, PostgreSQL's tables and dead"
          + " letters.",
      EventPipelineOptions.class,
      Stream.of(
              Stream.of(
                  of("Events", "inputSubscription", "Subscription of events")
                      .mustBeGiven()
                      .matching(ParameterExpressions.SUBSCRIPTION),
                  of("Events", "defaultTenant", "Tenant of events that name none")
                      .matching(ParameterExpressions.NOT_BLANK),
                  of("Events", "tenants", "Tenants whose events are taken"),
                  of("Events", "defaultSource", "Source of events that name none")
                      .matching(ParameterExpressions.NOT_BLANK),
                  of("Events", "dedupeWindow", "How long repeats are dropped")
                      .matching(ParameterExpressions.DURATION),
                  sources(),
                  handlerAttempts(),
                  of("Events", "deadLetterTopic", "Topic of dead letters")
                      .matching(ParameterExpressions.TOPIC),
                  stampKey(),
                  of("Archive", "archiveDataset", "BigQuery dataset of the archive")
                      .mustBeGiven()
                      .matching(ParameterExpressions.DATASET),
                  of("Archive", "archiveMethod", "How rows get into BigQuery"),
                  of("Archive", "archiveTriggeringFrequency", "How often rows become visible")
                      .matching(ParameterExpressions.DURATION)
                      .shownWith("archiveMethod", "FILE_LOADS")),
              database(true),
              Stream.of(
                  of("PostgreSQL", "ledgerRetention", "How long the ledger keeps events")
                      .matching(ParameterExpressions.DURATION_OR_FOR_EVER)),
              launch())
          .flatMap(parameters -> parameters)
          .toList(),
      Map.of(
          "archiveFolder", "the disk of a worker goes with the worker",
          "jdbcPasswordVariable", "a worker's environment cannot be set: jdbcPasswordSecret can",
          "pubsubTransport", "Dataflow has a reader of its own, and scales by what waits for it")),

  REPLAY(
      "Tidegate replay",
      "Events from the archive or the dead letters once more, to the running pipeline or straight"
          + " into PostgreSQL's tables.",
      ReplayPipelineOptions.class,
      Stream.of(
              Stream.of(
                  of("Events", "from", "Where events are read").mustBeGiven(),
                  of("Events", "archiveDataset", "BigQuery dataset of the archive")
                      .matching(ParameterExpressions.DATASET)
                      .shownWith("from", "ARCHIVE_BIGQUERY"),
                  of("Events", "output", "Where events go"),
                  of("Events", "outputTopic", "Topic that the pipeline reads")
                      .matching(ParameterExpressions.TOPIC)
                      .shownWith("output", "PUBSUB"),
                  stampKey().shownWith("output", "PUBSUB"),
                  sources(),
                  handlerAttempts().shownWith("output", "SINKS"),
                  of("Events", "effects", "Effects that they may cause")
                      .matching(ParameterExpressions.EFFECTS),
                  of("Events", "dryRun", "Show, and write nothing"),
                  of("Events", "rate", "Events a second at the most")
                      .matching(ParameterExpressions.RATE),
                  of("Events", "replayId", "Name of this attempt")
                      .matching(ParameterExpressions.NOT_BLANK),
                  of("Which events", "fromTime", "From this time on")
                      .matching(ParameterExpressions.TIME),
                  of("Which events", "toTime", "Before this time")
                      .matching(ParameterExpressions.TIME),
                  of("Which events", "tenants", "Tenants"),
                  of("Which events", "sourceNames", "Sources"),
                  of("Which events", "eventTypes", "Event types"),
                  of("Which events", "notificationIds", "Notification IDs"),
                  of("Which events", "errorClasses", "Classes of error")
                      .matching(ParameterExpressions.ERROR_CLASSES)
                      .shownWith("from", "DEAD_LETTERS"),
                  of("Which events", "fingerprints", "Fingerprints")
                      .shownWith("from", "DEAD_LETTERS"),
                  of("Which events", "letterStatus", "State of dead letters")
                      .shownWith("from", "DEAD_LETTERS")),
              database(false),
              launch())
          .flatMap(parameters -> parameters)
          .toList(),
      Map.of(
          "archiveFolder", "the disk of a worker goes with the worker",
          "archiveMethod", "a replay writes nothing into the archive",
          "archiveTriggeringFrequency", "a replay writes nothing into the archive",
          "jdbcPasswordVariable", "a worker's environment cannot be set: jdbcPasswordSecret can"));

  /** Values that stand for a disk of this machine. */
  static final List<String> OMITTED_VALUES = List.of("FILES", "ARCHIVE_FILES");

  private final String title;
  private final String description;
  private final Class<? extends PipelineOptions> options;
  private final List<TemplateParameter> parameters;
  private final Map<String, String> omitted;

  Template(
      String title,
      String description,
      Class<? extends PipelineOptions> options,
      List<TemplateParameter> parameters,
      Map<String, String> omitted) {
    this.title = title;
    this.description = description;
    this.options = options;
    this.parameters = parameters;
    this.omitted = omitted;
  }

  private static TemplateParameter stampKey() {
    return of("Events", "stampKey", "Place of the key of stamps")
        .matching(ParameterExpressions.STAMP_KEY);
  }

  private static TemplateParameter sources() {
    return of("Events", "sources", "Files that declare event sources");
  }

  private static TemplateParameter handlerAttempts() {
    return of("Events", "handlerAttempts", "Calls of a handler that calls another system")
        .matching(ParameterExpressions.UP_TO_20);
  }

  private static Stream<TemplateParameter> launch() {
    return Stream.of(of("Launch", "launchChecks", "Check what the job needs before it starts"));
  }

  private static Stream<TemplateParameter> database(boolean always) {
    TemplateParameter url =
        of("PostgreSQL", "jdbcUrl", "JDBC URL").matching(ParameterExpressions.JDBC_URL);
    TemplateParameter user =
        of("PostgreSQL", "jdbcUsername", "User").matching(ParameterExpressions.NOT_BLANK);
    TemplateParameter secret =
        of("PostgreSQL", "jdbcPasswordSecret", "Secret of the password")
            .matching(ParameterExpressions.SECRET);
    return Stream.of(
        always ? url.mustBeGiven() : url,
        always ? user.mustBeGiven() : user,
        always ? secret.mustBeGiven() : secret,
        of("PostgreSQL", "jdbcPoolSize", "Connections of each worker")
            .matching(ParameterExpressions.COUNT),
        of("PostgreSQL", "jdbcStatementTimeout", "How long a statement may run")
            .matching(ParameterExpressions.DURATION),
        of("PostgreSQL", "jdbcLockTimeout", "How long a statement may wait for a lock")
            .matching(ParameterExpressions.DURATION),
        of("PostgreSQL", "ledgerPayload", "Keep payloads in the ledger"),
        of("Batches", "batching", "What a batch is made of"),
        of("Batches", "batchRows", "Rows of a batch").matching(ParameterExpressions.UP_TO_10000),
        of("Batches", "batchBytes", "Bytes of a batch").matching(ParameterExpressions.COUNT),
        of("Batches", "batchWait", "How long an event waits for others")
            .matching(ParameterExpressions.DURATION)
            .shownWith("batching", "GROUPS"),
        of("Batches", "batchShards", "Batches side by side")
            .matching(ParameterExpressions.UP_TO_1000)
            .shownWith("batching", "GROUPS"));
  }

  String title() {
    return title;
  }

  String description() {
    return description;
  }

  boolean isStreaming() {
    return this == STREAMING;
  }

  /** The options of ours that its pipeline takes, by name. */
  Map<String, TemplateOption> options() {
    return TemplateOption.of(options);
  }

  List<TemplateParameter> parameters() {
    return parameters;
  }

  /** The options that make no sense on Dataflow, and why. */
  Map<String, String> omitted() {
    return omitted;
  }
}
