package dev.tidegate.pipeline;

import static dev.tidegate.pipeline.launch.OptionReader.isGiven;

import dev.tidegate.pipeline.ReplayPipelineOptions.Source;
import dev.tidegate.pipeline.launch.BigQueryCheck;
import dev.tidegate.pipeline.launch.InvalidOptionsException;
import dev.tidegate.pipeline.launch.OptionReader;
import dev.tidegate.pipeline.launch.PubsubChecks;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.EffectMode;
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
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * A replay's options, parsed once. One message names all mistakes.
 *
 * @param read where events are read
 * @param filter which of them are replayed
 * @param effects which effects its events may cause
 * @param sources the event sources it knows
 * @param output what is done with them
 * @param rate the most events a second; 0 for no limit
 * @param replayId this attempt's name
 */
public record ReplayPipelineConfiguration(
    PTransform<PBegin, PCollection<RawEvent>> read,
    ReplayFilter filter,
    EffectMode effects,
    EventSources sources,
    Output output,
    double rate,
    String replayId) {
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  /** What a replay does with its events. */
  public sealed interface Output {
    /** Shows what they are, and nothing else. */
    record Preview() implements Output {}

    /**
     * Publishes them.
     *
     * @param topic {@code projects/PROJECT/topics/NAME}
     * @param stampKey where the key is that proves that they are replays
     */
    record Topic(String topic, StampKey stampKey) implements Output {}

    /**
     * Writes them into the tables.
     *
     * @param sink how
     */
    record Sinks(SinkConfiguration sink) implements Output {}
  }

  /**
   * Checks and parses {@code options}.
   *
   * @throws InvalidOptionsException naming every option that cannot be used, and what it must be
   */
  public static ReplayPipelineConfiguration of(ReplayPipelineOptions options) {
    return of(options, new OptionReader());
  }

  /** As {@link #of(ReplayPipelineOptions)}; {@code reader} then has what to check at launch. */
  static ReplayPipelineConfiguration of(ReplayPipelineOptions options, OptionReader reader) {
    EventSources sources = SourceFiles.of(options, reader);
    @Nullable Source from = options.getFrom();
    reader.check(from != null, "--from must be one of " + Arrays.toString(Source.values()));
    boolean intoSinks =
        options.getOutput() == ReplayPipelineOptions.Output.SINKS && !options.getDryRun();
    @Nullable SinkConfiguration sink =
        intoSinks || from == Source.DEAD_LETTERS
            ? SinkConfiguration.of(options, sources, reader)
            : null;
    reader.check(
        from != Source.ARCHIVE_FILES || isGiven(options.getArchiveFolder()),
        "--archiveFolder must be given");
    reader.check(
        from != Source.ARCHIVE_BIGQUERY
            || (isGiven(options.getArchiveDataset())
                && ReadArchiveBigQuery.isDataset(options.getArchiveDataset())),
        "--archiveDataset must be DATASET or PROJECT.DATASET");
    if (from == Source.ARCHIVE_BIGQUERY) {
      ArchiveConfiguration.datasetOf(options, new OptionReader())
          .ifPresent(dataset -> reader.checkAtLaunch(BigQueryCheck.of(options, dataset)));
    }
    if (!intoSinks
        && !options.getDryRun()
        && reader.isTopic("--outputTopic", options.getOutputTopic())) {
      reader.checkAtLaunch(PubsubChecks.topic(options, "--outputTopic", options.getOutputTopic()));
    }
    reader.check(
        options.getRate() >= 0 && Double.isFinite(options.getRate()),
        "--rate must be 0, for no limit, or more");
    reader.check(
        options.getReplayId() == null || Event.isName(options.getReplayId()),
        "--replayId must be " + Event.NAME_RULE);
    StampKey stampKey = EventPipelineConfiguration.stampKey(options, reader);
    TimeRange time = timeOf(options, reader);
    EffectMode effects = effectsOf(options, from, reader);
    Set<ErrorClass> errorClasses = errorClassesOf(options, reader);
    reader.check(
        from == Source.DEAD_LETTERS
            || (errorClasses.isEmpty() && listed(options.getFingerprints()).isEmpty()),
        "--errorClasses and --fingerprints are for --from=DEAD_LETTERS");
    Set<String> tenants = reader.tenants("--tenants", options.getTenants());
    reader.throwIfAny();

    ReplayFilter filter =
        new ReplayFilter(
            time,
            tenants,
            listed(options.getSourceNames()),
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
        effects,
        sources,
        options.getDryRun()
            ? new Output.Preview()
            : intoSinks
                ? new Output.Sinks(sink)
                : new Output.Topic(options.getOutputTopic(), stampKey),
        options.getRate(),
        options.getReplayId() == null ? newReplayId(Instant.now()) : options.getReplayId());
  }

  /** A unique name, which begins with the time of the start. */
  static String newReplayId(Instant now) {
    return "replay-%s-%s"
        .formatted(SECONDS.format(now), UUID.randomUUID().toString().substring(0, 8));
  }

  private static EffectMode effectsOf(
      ReplayPipelineOptions options, @Nullable Source from, OptionReader reader) {
    EffectMode usual = from == Source.DEAD_LETTERS ? EffectMode.MISSING : EffectMode.NONE;
    if (!isGiven(options.getEffects())) {
      return usual;
    }
    Optional<EffectMode> given = EffectMode.labelled(options.getEffects().toLowerCase(Locale.ROOT));
    reader.check(given.isPresent(), "--effects must be none, missing or all");
    return given.orElse(usual);
  }

  private static TimeRange timeOf(ReplayPipelineOptions options, OptionReader reader) {
    @Nullable Instant from = reader.time("--fromTime", options.getFromTime());
    @Nullable Instant to = reader.time("--toTime", options.getToTime());
    reader.check(
        from == null || to == null || from.isBefore(to), "--fromTime must be before --toTime");
    return new TimeRange(from, to);
  }

  private static Set<ErrorClass> errorClassesOf(
      ReplayPipelineOptions options, OptionReader reader) {
    Set<String> known =
        Arrays.stream(ErrorClass.values()).map(Enum::name).collect(Collectors.toSet());
    Set<String> wanted = listed(options.getErrorClasses());
    reader.check(
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
            .filter(OptionReader::isGiven)
            .collect(Collectors.toSet());
  }
}
