package dev.tidegate.pipeline;

import dev.tidegate.pipeline.launch.InvalidOptionsException;
import dev.tidegate.pipeline.launch.LaunchOptions;
import dev.tidegate.pipeline.launch.OptionReader;
import dev.tidegate.pipeline.launch.PubsubChecks;
import dev.tidegate.schemas.Event;
import dev.tidegate.transforms.ReadEvents;
import dev.tidegate.transforms.StampKey;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.handlers.EventSources;
import java.util.Optional;
import java.util.Set;
import org.joda.time.Duration;

/**
 * The event pipeline's options, parsed once. One message names all mistakes.
 *
 * @param input what the pipeline reads
 * @param sources the event sources that it knows
 * @param dedupeWindow how long a notification ID is remembered
 * @param archive where every event, dead letter and outcome is archived
 * @param deadLetterTopic where dead letters are published too
 * @param sink how events are written into PostgreSQL
 * @param ledgerRetention how long the ledger keeps events and payloads; zero for ever
 * @param purgesLedger whether the pipeline itself does what is due by the clock: it deletes what
 *     the ledger has kept long enough, works out figures by the hour, and archives discards
 */
public record EventPipelineConfiguration(
    Input input,
    EventSources sources,
    Duration dedupeWindow,
    Archive archive,
    Optional<String> deadLetterTopic,
    SinkConfiguration sink,
    Duration ledgerRetention,
    boolean purgesLedger) {
  /**
   * What the pipeline reads.
   *
   * @param subscription {@code projects/PROJECT/subscriptions/NAME}
   * @param transport how its messages are pulled
   * @param defaultTenant the tenant of an event without {@code tenant_id}
   * @param defaultSource the source of an event without {@code source}
   * @param stampKey where the key of stamps is
   */
  public record Input(
      String subscription,
      ReadEvents.Transport transport,
      String defaultTenant,
      String defaultSource,
      StampKey stampKey) {}

  /**
   * Checks and parses {@code options}.
   *
   * @throws InvalidOptionsException naming every option that cannot be used, and what it must be
   */
  public static EventPipelineConfiguration of(EventPipelineOptions options) {
    return of(options, new OptionReader());
  }

  /** As {@link #of(EventPipelineOptions)}; {@code reader} then has what to check at launch. */
  static EventPipelineConfiguration of(EventPipelineOptions options, OptionReader reader) {
    EventSources sources = sourcesOf(options, reader);
    if (reader.isSubscription("--inputSubscription", options.getInputSubscription())) {
      reader.checkAtLaunch(PubsubChecks.subscription(options, options.getInputSubscription()));
    }
    reader.check(
        Event.isName(options.getDefaultTenant()), "--defaultTenant must be " + Event.NAME_RULE);
    reader.check(
        Event.isName(options.getDefaultSource()), "--defaultSource must be " + Event.NAME_RULE);
    java.time.Duration window = reader.duration("--dedupeWindow", options.getDedupeWindow(), "10m");
    Optional<String> deadLetterTopic =
        Optional.ofNullable(options.getDeadLetterTopic()).filter(OptionReader::isGiven);
    deadLetterTopic
        .filter(topic -> reader.isTopic("--deadLetterTopic", topic))
        .ifPresent(
            topic -> reader.checkAtLaunch(PubsubChecks.topic(options, "--deadLetterTopic", topic)));
    java.time.Duration retention =
        reader.durationOrForever("--ledgerRetention", options.getLedgerRetention(), "90d");
    // Deduplicate drops a repeat within the window because it saw the event: then the ledger must
    // still have the event.
    reader.check(
        retention.isZero() || retention.compareTo(window) >= 0,
        "--ledgerRetention must not be shorter than --dedupeWindow");
    StampKey stampKey = stampKey(options, reader);
    SinkConfiguration sink = SinkConfiguration.of(options, sources, reader);
    Archive archive = ArchiveConfiguration.of(options, reader);
    reader.throwIfAny();
    return new EventPipelineConfiguration(
        new Input(
            options.getInputSubscription(),
            options.getPubsubTransport(),
            options.getDefaultTenant(),
            options.getDefaultSource(),
            stampKey),
        sources,
        Duration.millis(window.toMillis()),
        archive,
        deadLetterTopic,
        sink,
        Duration.millis(retention.toMillis()),
        true);
  }

  /** The same, where something beside the pipeline does what is due by the clock. */
  public EventPipelineConfiguration withoutPurge() {
    return new EventPipelineConfiguration(
        input, sources, dedupeWindow, archive, deadLetterTopic, sink, ledgerRetention, false);
  }

  /** The sources, with the tenants whose events are taken. */
  private static EventSources sourcesOf(EventPipelineOptions options, OptionReader reader) {
    EventSources sources = SourceFiles.of(options, reader);
    Set<String> tenants = reader.tenants("--tenants", options.getTenants());
    try {
      return tenants.isEmpty() ? sources : sources.ofTenants(tenants);
    } catch (IllegalArgumentException nothingInCommon) {
      reader.add("--tenants: " + nothingInCommon.getMessage());
      return sources;
    }
  }

  static StampKey stampKey(LaunchOptions options, OptionReader reader) {
    String reference = String.valueOf(options.getStampKey());
    reader.check(StampKey.isReference(reference), "--stampKey must be " + StampKey.RULE);
    return new StampKey(reference);
  }
}
