package dev.tidegate.pipeline;

import dev.tidegate.pipeline.launch.InvalidOptionsException;
import dev.tidegate.pipeline.launch.OptionMistakes;
import dev.tidegate.schemas.Event;
import dev.tidegate.transforms.StampKey;
import dev.tidegate.transforms.archive.Archive;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubIO.PubsubSubscription;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubIO.PubsubTopic;
import org.joda.time.Duration;

/**
 * The options, parsed once, with all their mistakes told in one message.
 *
 * @param subscription {@code projects/PROJECT/subscriptions/NAME}
 * @param defaultTenant whose the events are that carry no tenant
 * @param defaultSource what sent the events that carry no source
 * @param stampKey where the key of stamps is
 * @param dedupeWindow how long a notification ID is remembered
 * @param archive where every event, dead letter and outcome is archived
 * @param deadLetterTopic where dead letters are published too
 * @param sink how events are written into PostgreSQL
 * @param ledgerRetention how long the ledger keeps events and payloads; zero for ever
 */
public record EventPipelineConfiguration(
    String subscription,
    String defaultTenant,
    String defaultSource,
    StampKey stampKey,
    Duration dedupeWindow,
    Archive archive,
    Optional<String> deadLetterTopic,
    SinkConfiguration sink,
    Duration ledgerRetention) {
  private static final Pattern SUBSCRIPTION = Pattern.compile("projects/[^/]+/subscriptions/[^/]+");

  private static final Pattern TOPIC = Pattern.compile("projects/[^/]+/topics/[^/]+");

  /**
   * Checks and parses {@code options}.
   *
   * @throws InvalidOptionsException naming every option that cannot be used, and what it must be
   */
  public static EventPipelineConfiguration of(EventPipelineOptions options) {
    OptionMistakes mistakes = new OptionMistakes();
    mistakes.check(
        isSubscription(options.getInputSubscription()),
        "--inputSubscription must be projects/PROJECT/subscriptions/NAME, named as Pub/Sub allows");
    mistakes.check(
        Event.isName(options.getDefaultTenant()), "--defaultTenant must be " + Event.NAME_RULE);
    mistakes.check(
        Event.isName(options.getDefaultSource()), "--defaultSource must be " + Event.NAME_RULE);
    java.time.Duration window =
        mistakes.duration("--dedupeWindow", options.getDedupeWindow(), "10m");
    Optional<String> deadLetterTopic =
        Optional.ofNullable(options.getDeadLetterTopic()).filter(OptionMistakes::isGiven);
    mistakes.check(
        deadLetterTopic.isEmpty() || isTopic(deadLetterTopic.get()),
        "--deadLetterTopic must be projects/PROJECT/topics/NAME, named as Pub/Sub allows");
    java.time.Duration retention =
        mistakes.durationOrForever("--ledgerRetention", options.getLedgerRetention(), "90d");
    // A repeat within the window is dropped for having been seen: then its row must still be there.
    mistakes.check(
        retention.isZero() || retention.compareTo(window) >= 0,
        "--ledgerRetention must not be shorter than --dedupeWindow");
    StampKey stampKey = StampOptions.keyOf(options, mistakes);
    SinkConfiguration sink = SinkConfiguration.of(options, mistakes);
    Archive archive = ArchiveConfiguration.of(options, mistakes);
    mistakes.throwIfAny();
    return new EventPipelineConfiguration(
        options.getInputSubscription(),
        options.getDefaultTenant(),
        options.getDefaultSource(),
        stampKey,
        Duration.millis(window.toMillis()),
        archive,
        deadLetterTopic,
        sink,
        Duration.millis(retention.toMillis()));
  }

  /** Asks Beam, which would refuse the name anyway, but alone and later. */
  static boolean isSubscription(String path) {
    if (path == null || !SUBSCRIPTION.matcher(path).matches()) {
      return false;
    }
    return isAllowed(() -> PubsubSubscription.fromPath(path));
  }

  static boolean isTopic(String path) {
    return TOPIC.matcher(path).matches() && isAllowed(() -> PubsubTopic.fromPath(path));
  }

  private static boolean isAllowed(Runnable parsing) {
    try {
      parsing.run();
      return true;
    } catch (IllegalArgumentException notAllowed) {
      return false;
    }
  }
}
