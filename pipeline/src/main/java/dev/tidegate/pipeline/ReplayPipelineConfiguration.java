package dev.tidegate.pipeline;

import static dev.tidegate.pipeline.launch.OptionMistakes.isGiven;

import dev.tidegate.pipeline.ReplayPipelineOptions.Output;
import dev.tidegate.pipeline.ReplayPipelineOptions.Source;
import dev.tidegate.pipeline.launch.InvalidOptionsException;
import dev.tidegate.pipeline.launch.OptionMistakes;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.StampKey;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.replay.DeadLetterFilter;
import dev.tidegate.transforms.replay.ReadArchiveBigQuery;
import dev.tidegate.transforms.replay.ReadArchiveFiles;
import dev.tidegate.transforms.replay.ReadDeadLetters;
import dev.tidegate.transforms.replay.ReplayFilter;
import dev.tidegate.transforms.replay.TimeRange;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * A replay's options, parsed once, with all their mistakes told in one message.
 *
 * @param read where events are read
 * @param filter which of them are replayed
 * @param sources the event sources it knows
 * @param output what is done with them
 * @param rate how many a second at the most; 0 for no limit
 * @param replayId this attempt's name
 */
public record ReplayPipelineConfiguration(
    PTransform<PBegin, PCollection<RawEvent>> read,
    ReplayFilter filter,
    EventSources sources,
    ReplayOutput output,
    double rate,
    String replayId) {
  private static final Pattern TOPIC = Pattern.compile("projects/[^/]+/topics/[^/]+");
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  /**
   * Checks and parses {@code options}.
   *
   * @throws InvalidOptionsException naming every option that cannot be used, and what it must be
   */
  public static ReplayPipelineConfiguration of(ReplayPipelineOptions options) {
    OptionMistakes mistakes = new OptionMistakes();
    @Nullable Source from = options.getFrom();
    mistakes.check(from != null, "--from must be one of " + Arrays.toString(Source.values()));
    boolean intoSinks = options.getOutput() == Output.SINKS && !options.getDryRun();
    @Nullable SinkConfiguration sink =
        intoSinks || from == Source.DEAD_LETTERS ? SinkConfiguration.of(options, mistakes) : null;
    mistakes.check(
        from != Source.ARCHIVE_FILES || isGiven(options.getArchiveFolder()),
        "--archiveFolder must be given");
    mistakes.check(
        from != Source.ARCHIVE_BIGQUERY
            || (isGiven(options.getArchiveDataset())
                && ReadArchiveBigQuery.isDataset(options.getArchiveDataset())),
        "--archiveDataset must be DATASET or PROJECT.DATASET");
    mistakes.check(
        intoSinks
            || options.getDryRun()
            || (isGiven(options.getOutputTopic())
                && TOPIC.matcher(options.getOutputTopic()).matches()),
        "--outputTopic must be projects/PROJECT/topics/NAME");
    mistakes.check(
        options.getRate() >= 0 && Double.isFinite(options.getRate()),
        "--rate must be 0, for no limit, or more");
    mistakes.check(
        options.getReplayId() == null || Event.isName(options.getReplayId()),
        "--replayId must be " + Event.NAME_RULE);
    StampKey stampKey = StampOptions.keyOf(options, mistakes);
    TimeRange time = timeOf(options, mistakes);
    Set<ErrorClass> errorClasses = errorClassesOf(options, mistakes);
    mistakes.check(
        from == Source.DEAD_LETTERS
            || (errorClasses.isEmpty() && listed(options.getFingerprints()).isEmpty()),
        "--errorClasses and --fingerprints are for --from=DEAD_LETTERS");
    mistakes.throwIfAny();

    ReplayFilter filter =
        new ReplayFilter(
            time,
            listed(options.getTenants()),
            listed(options.getSources()),
            listed(options.getEventTypes()),
            listed(options.getNotificationIds()));
    PTransform<PBegin, PCollection<RawEvent>> read =
        switch (from) {
          case ARCHIVE_FILES -> ReadArchiveFiles.in(options.getArchiveFolder(), filter);
          case ARCHIVE_BIGQUERY -> ReadArchiveBigQuery.in(options.getArchiveDataset(), filter);
          case DEAD_LETTERS ->
              ReadDeadLetters.of(
                  sink.database(),
                  filter,
                  new DeadLetterFilter(
                      options.getLetterStatus(),
                      time,
                      errorClasses,
                      listed(options.getFingerprints())));
        };
    return new ReplayPipelineConfiguration(
        read,
        from == Source.DEAD_LETTERS ? filter.atAnyTime() : filter,
        EventSources.installed(),
        options.getDryRun()
            ? new ReplayOutput.Preview()
            : intoSinks
                ? new ReplayOutput.Sinks(sink)
                : new ReplayOutput.Topic(options.getOutputTopic(), stampKey),
        options.getRate(),
        options.getReplayId() == null ? newReplayId(Instant.now()) : options.getReplayId());
  }

  /** A name that no other attempt has, and that tells when it began. */
  static String newReplayId(Instant now) {
    return "replay-%s-%s"
        .formatted(SECONDS.format(now), UUID.randomUUID().toString().substring(0, 8));
  }

  private static TimeRange timeOf(ReplayPipelineOptions options, OptionMistakes mistakes) {
    @Nullable Instant from = timeOf("--fromTime", options.getFromTime(), mistakes);
    @Nullable Instant to = timeOf("--toTime", options.getToTime(), mistakes);
    mistakes.check(
        from == null || to == null || from.isBefore(to), "--fromTime must be before --toTime");
    return new TimeRange(from, to);
  }

  private static @Nullable Instant timeOf(
      String option, @Nullable String text, OptionMistakes mistakes) {
    if (text == null) {
      return null;
    }
    @Nullable Instant time = ReplayTime.parse(text).orElse(null);
    mistakes.check(time != null, option + " must be " + ReplayTime.RULE);
    return time;
  }

  private static Set<ErrorClass> errorClassesOf(
      ReplayPipelineOptions options, OptionMistakes mistakes) {
    Set<String> known =
        Arrays.stream(ErrorClass.values()).map(Enum::name).collect(Collectors.toSet());
    Set<String> wanted = listed(options.getErrorClasses());
    mistakes.check(
        known.containsAll(wanted),
        "--errorClasses must be of " + Arrays.toString(ErrorClass.values()));
    return wanted.stream()
        .filter(known::contains)
        .map(ErrorClass::valueOf)
        .collect(Collectors.toSet());
  }

  private static Set<String> listed(@Nullable List<String> values) {
    return values == null
        ? Set.of()
        : values.stream()
            .map(String::strip)
            .filter(OptionMistakes::isGiven)
            .collect(Collectors.toSet());
  }
}
