package dev.tidegate.pipeline;

import dev.tidegate.schemas.Event;
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
 * @param batchRows rows of a batch, at the most
 * @param ledgerPayload whether the ledger keeps payloads
 * @param ledgerRetention how long the ledger keeps events and payloads; zero for ever
 */
public record EventPipelineConfiguration(
    String subscription,
    String defaultTenant,
    String defaultSource,
    Duration dedupeWindow,
    String archiveFolder,
    DatabaseConfiguration database,
    int batchRows,
    boolean ledgerPayload,
    Duration ledgerRetention) {
  private static final Pattern SUBSCRIPTION = Pattern.compile("projects/[^/]+/subscriptions/[^/]+");
  private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,8})([smhd])");

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
    Duration window = durationOf(options.getDedupeWindow());
    check(
        mistakes,
        window != null,
        "--dedupeWindow must be a whole number and s, m, h or d, such as 10m");
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
    Duration retention =
        "0".equals(options.getLedgerRetention())
            ? Duration.ZERO
            : durationOf(options.getLedgerRetention());
    check(
        mistakes,
        retention != null,
        "--ledgerRetention must be a whole number and s, m, h or d, such as 90d, or 0 for ever");
    // A repeat within the window is dropped for having been seen: then its row must still be there.
    check(
        mistakes,
        retention == null
            || window == null
            || retention.equals(Duration.ZERO)
            || !retention.isShorterThan(window),
        "--ledgerRetention must not be shorter than --dedupeWindow");
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
            options.getJdbcPoolSize()),
        options.getBatchRows(),
        options.getLedgerPayload(),
        retention);
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

  /** The duration, or null where {@code text} is none. */
  private static Duration durationOf(String text) {
    Matcher matcher = DURATION.matcher(text == null ? "" : text);
    if (!matcher.matches()) {
      return null;
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.standardSeconds(amount);
      case "m" -> Duration.standardMinutes(amount);
      case "h" -> Duration.standardHours(amount);
      default -> Duration.standardDays(amount);
    };
  }
}
