package dev.tidegate.pipeline.launch;

import dev.tidegate.schemas.Event;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubIO.PubsubSubscription;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubIO.PubsubTopic;
import org.checkerframework.checker.nullness.qual.Nullable;

/** Reads options: collects all that is wrong with them, and what to check before the job starts. */
public final class OptionReader {
  /** What {@link #timeOf} takes, for people. */
  public static final String TIME_RULE =
      "a day (2026-01-31, from its start in UTC) or a time with its offset (2026-01-31T10:00:00Z)";

  private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,8})(ms|[smhd])");

  private final List<String> mistakes = new ArrayList<>();
  private final List<LaunchCheck> checks = new ArrayList<>();

  /** Notes {@code mistake} unless {@code holds}. */
  public void check(boolean holds, String mistake) {
    if (!holds) {
      mistakes.add(mistake);
    }
  }

  /** Notes {@code mistake}. */
  public void add(String mistake) {
    mistakes.add(mistake);
  }

  /** All mistakes that were noted, in order. */
  public List<String> mistakes() {
    return List.copyOf(mistakes);
  }

  /** Notes what to check before the job starts. */
  public void checkAtLaunch(LaunchCheck check) {
    checks.add(check);
  }

  List<LaunchCheck> checks() {
    return List.copyOf(checks);
  }

  /** Whether an option names a subscription; a mistake where it does not. */
  public boolean isSubscription(String option, @Nullable String path) {
    return isNamed(option, path, "subscriptions", PubsubSubscription::fromPath);
  }

  /** Whether an option names a topic; a mistake where it does not. */
  public boolean isTopic(String option, @Nullable String path) {
    return isNamed(option, path, "topics", PubsubTopic::fromPath);
  }

  /** Asks Beam too, which would refuse the name anyway, but alone and later. */
  private boolean isNamed(
      String option, @Nullable String path, String kind, Consumer<String> parsing) {
    boolean named = isGiven(path) && path.matches("projects/[^/]+/" + kind + "/[^/]+");
    try {
      if (named) {
        parsing.accept(path);
      }
    } catch (IllegalArgumentException notAllowed) {
      named = false;
    }
    check(
        named,
        "%s must be projects/PROJECT/%s/NAME, named as Pub/Sub allows".formatted(option, kind));
    return named;
  }

  /**
   * The tenants that an option lists; empty where it is not given. A list that names nobody is a
   * mistake: it does not stand for every tenant.
   */
  public Set<String> tenants(String option, @Nullable List<String> listed) {
    Set<String> tenants = new LinkedHashSet<>();
    for (String tenant : listed == null ? List.<String>of() : listed) {
      check(
          Event.isName(tenant.strip()),
          "%s must be names of tenants with commas between, each %s"
              .formatted(option, Event.NAME_RULE));
      tenants.add(tenant.strip());
    }
    check(
        listed == null || !tenants.isEmpty(),
        option + " must name a tenant, or be left out for every tenant");
    return tenants;
  }

  /** The time that an option gives; null where it gives none, and a mistake where it is no time. */
  public @Nullable Instant time(String option, @Nullable String text) {
    Optional<Instant> time = Optional.ofNullable(text).flatMap(OptionReader::timeOf);
    check(text == null || time.isPresent(), option + " must be " + TIME_RULE);
    return time.orElse(null);
  }

  /** The time that {@code text} names; empty where it names none. */
  public static Optional<Instant> timeOf(String text) {
    try {
      return Optional.of(
          text.length() == "2026-01-31".length()
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              : OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException notATime) {
      return Optional.empty();
    }
  }

  /** The duration that an option gives; a mistake, and zero, where it is none. */
  public Duration duration(String option, @Nullable String text, String example) {
    Duration duration = durationOf(text);
    check(
        duration != null,
        "%s must be a whole number and ms, s, m, h or d, such as %s".formatted(option, example));
    return duration == null ? Duration.ZERO : duration;
  }

  /** As {@link #duration}, or zero for {@code 0}, which stands for ever. */
  public Duration durationOrForever(String option, @Nullable String text, String example) {
    return "0".equals(text) ? Duration.ZERO : duration(option, text, example + ", or 0 for ever");
  }

  /**
   * @throws InvalidOptionsException naming every mistake, a line each
   */
  public void throwIfAny() {
    if (!mistakes.isEmpty()) {
      throw new InvalidOptionsException(mistakes);
    }
  }

  /** Whether an option was given, and not left blank. */
  public static boolean isGiven(@Nullable String value) {
    return value != null && !value.isBlank();
  }

  private static @Nullable Duration durationOf(@Nullable String text) {
    Matcher matcher = DURATION.matcher(text == null ? "" : text);
    if (!matcher.matches()) {
      return null;
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }
}
