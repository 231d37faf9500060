package dev.tidegate.pipeline;

import dev.tidegate.schemas.Event;
import dev.tidegate.transforms.Batching;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubIO.PubsubSubscription;
import org.joda.time.Duration;

/**
 * The options, parsed once, with all their mistakes told in one message.
 *
 * @param subscription {@code projects/PROJECT/subscriptions/NAME}
 * @param defaultTenant whose the events are that carry no tenant
 * @param defaultSource what sent the events that carry no source
 * @param dedupeWindow how long a notification ID is remembered
 * @param archiveFolder the file archive
 * @param database how to reach PostgreSQL
 * @param batching how events are collected into batches
 * @param ledgerPayload whether the ledger keeps payloads
 */
public record EventPipelineConfiguration(
    String subscription,
    String defaultTenant,
    String defaultSource,
    Duration dedupeWindow,
    String archiveFolder,
    DatabaseConfiguration database,
    Batching batching,
    boolean ledgerPayload) {
  /** A transaction's values travel in one message, of a gigabyte at the most. */
  private static final long MAX_BATCH_BYTES = 256L << 20;

  private static final Pattern SUBSCRIPTION = Pattern.compile("projects/[^/]+/subscriptions/[^/]+");
  private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,8})(ms|[smhd])");

  /**
   * Checks and parses {@code options}.
   *
   * @throws IllegalArgumentException naming every option that cannot be used, and what it must be
   */
  public static EventPipelineConfiguration of(EventPipelineOptions options) {
    List<String> mistakes = new ArrayList<>();
    check(
        mistakes,
        isSubscription(options.getInputSubscription()),
        "--inputSubscription must be projects/PROJECT/subscriptions/NAME, named as Pub/Sub allows");
    check(
        mistakes,
        Event.isName(options.getDefaultTenant()),
        "--defaultTenant must be " + Event.NAME_RULE);
    check(
        mistakes,
        Event.isName(options.getDefaultSource()),
        "--defaultSource must be " + Event.NAME_RULE);
    Duration window = duration(mistakes, "--dedupeWindow", options.getDedupeWindow(), "10m");
    Duration statementTimeout =
        duration(mistakes, "--jdbcStatementTimeout", options.getJdbcStatementTimeout(), "30s");
    Duration lockTimeout =
        duration(mistakes, "--jdbcLockTimeout", options.getJdbcLockTimeout(), "10s");
    Duration batchWait = duration(mistakes, "--batchWait", options.getBatchWait(), "200ms");
    check(mistakes, isGiven(options.getArchiveFolder()), "--archiveFolder must be given");
    check(
        mistakes,
        isGiven(options.getJdbcUrl()) && options.getJdbcUrl().startsWith("jdbc:postgresql:"),
        "--jdbcUrl must begin with jdbc:postgresql:");
    check(
        mistakes,
        !isGiven(options.getJdbcUrl())
            || !options.getJdbcUrl().matches("(?i).*[?&](ssl)?password=.*"),
        "--jdbcUrl must not hold the password: a job's page shows it; put it into the environment"
            + " variable that --jdbcPasswordVariable names");
    check(mistakes, isGiven(options.getJdbcUsername()), "--jdbcUsername must be given");
    check(mistakes, options.getJdbcPoolSize() >= 1, "--jdbcPoolSize must be at least 1");
    check(
        mistakes,
        options.getBatchRows() >= 1 && options.getBatchRows() <= 10_000,
        "--batchRows must be 1 to 10000");
    check(
        mistakes,
        options.getBatchBytes() >= 1 && options.getBatchBytes() <= MAX_BATCH_BYTES,
        "--batchBytes must be 1 to " + MAX_BATCH_BYTES);
    check(
        mistakes,
        options.getBatchShards() >= 1 && options.getBatchShards() <= 1_000,
        "--batchShards must be 1 to 1000");
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", mistakes));
    }
    return new EventPipelineConfiguration(
        options.getInputSubscription(),
        options.getDefaultTenant(),
        options.getDefaultSource(),
        window,
        options.getArchiveFolder(),
        new DatabaseConfiguration(
            options.getJdbcUrl(),
            options.getJdbcUsername(),
            options.getJdbcPasswordVariable(),
            options.getJdbcPoolSize(),
            toJava(statementTimeout),
            toJava(lockTimeout)),
        new Batching(
            options.getBatching(),
            options.getBatchRows(),
            options.getBatchBytes(),
            toJava(batchWait),
            options.getBatchShards()),
        options.getLedgerPayload());
  }

  private static void check(List<String> mistakes, boolean holds, String mistake) {
    if (!holds) {
      mistakes.add(mistake);
    }
  }

  private static boolean isGiven(String value) {
    return value != null && !value.isBlank();
  }

  /** Asks Beam, which would refuse the name anyway, but alone and later. */
  private static boolean isSubscription(String path) {
    if (path == null || !SUBSCRIPTION.matcher(path).matches()) {
      return false;
    }
    try {
      return PubsubSubscription.fromPath(path) != null;
    } catch (IllegalArgumentException notAllowed) {
      return false;
    }
  }

  /** The duration that an option gives, which is a mistake where it is none. */
  private static Duration duration(
      List<String> mistakes, String option, String text, String example) {
    Matcher matcher = DURATION.matcher(text == null ? "" : text);
    if (!matcher.matches()) {
      mistakes.add(
          "%s must be a whole number and ms, s, m, h or d, such as %s".formatted(option, example));
      return Duration.ZERO;
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.millis(amount);
      case "s" -> Duration.standardSeconds(amount);
      case "m" -> Duration.standardMinutes(amount);
      case "h" -> Duration.standardHours(amount);
      default -> Duration.standardDays(amount);
    };
  }

  private static java.time.Duration toJava(Duration duration) {
    return java.time.Duration.ofMillis(duration.getMillis());
  }
}
