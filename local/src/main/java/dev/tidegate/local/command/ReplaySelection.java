package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.pipeline.ReplayPipelineOptions;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.replay.DeadLetterFilter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options that choose what is replayed. */
public final class ReplaySelection {
  /** Where events are read. */
  enum Origin {
    ARCHIVE,
    LEDGER,
    DEAD_LETTERS;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Option(
      names = "--from",
      paramLabel = "archive|ledger|dead-letters",
      required = true,
      description =
          "Where events are read. From the ledger and of dead letters the gateway replays by itself; the archive is read by this command, on the machine of the system.")
  private Origin origin;

  @Mixin private EventChoice choice;

  @Option(
      names = "--id",
      paramLabel = "ID",
      split = ",",
      hideParamSyntax = true,
      description = "With these notification IDs.")
  private List<String> ids = List.of();

  @Option(
      names = "--error-class",
      paramLabel = "CLASS",
      split = ",",
      hideParamSyntax = true,
      description = "Dead letters of these classes: ${COMPLETION-CANDIDATES}.")
  private List<ErrorClass> errorClasses = List.of();

  @Option(
      names = "--fingerprint",
      paramLabel = "F",
      split = ",",
      hideParamSyntax = true,
      description = "Dead letters of these failures.")
  private List<String> fingerprints = List.of();

  @Option(
      names = "--letter-status",
      paramLabel = "STATUS",
      defaultValue = "open",
      description = "Dead letters that are open (the default), replayed or discarded.")
  private DeadLetterFilter.Status letterStatus;

  @Option(
      names = "--effects",
      paramLabel = "none|missing|all",
      description =
          "Which follow-up events, tasks and notices the events may cause: none, the default from the archive and the ledger; missing, those that no event has caused before, the default of dead letters; or all, once more and under the same IDs.")
  private EffectMode effects;

  /**
   * Puts the choice into {@code options}.
   *
   * @throws ParameterException where it cannot be
   */
  void applyTo(ReplayPipelineOptions options, CommandLine command) {
    check(command);
    options.setFrom(
        isOfDeadLetters()
            ? ReplayPipelineOptions.Source.DEAD_LETTERS
            : ReplayPipelineOptions.Source.ARCHIVE_FILES);
    options.setFromTime(choice.since);
    options.setToTime(choice.until);
    // None means every tenant, which an empty list does not.
    options.setTenants(choice.tenants.isEmpty() ? null : choice.tenants);
    options.setSourceNames(choice.sources);
    options.setEventTypes(choice.types);
    options.setNotificationIds(ids);
    options.setErrorClasses(errorClasses.stream().map(Enum::name).toList());
    options.setFingerprints(fingerprints);
    options.setLetterStatus(letterStatus);
    options.setEffects(effects == null ? null : effects.label());
  }

  /** Refuses the ledger, which the gateway alone replays. */
  void checkIsNotOfLedger(CommandLine command) {
    if (origin == Origin.LEDGER) {
      throw new ParameterException(
          command, "--from ledger goes through the gateway: without --to tables and --replay-id");
    }
  }

  /** The choice of events of the archive. */
  WhatIfEvents.Selection ofArchive(CommandLine command) {
    check(command);
    return new WhatIfEvents.Selection(
        choice.tenants,
        choice.sources,
        choice.types,
        ids,
        choice.since(command),
        choice.until(command),
        Long.MAX_VALUE);
  }

  /** Which effects the events of the archive may cause. */
  EffectMode effectsOfArchive() {
    return effects == null ? EffectMode.NONE : effects;
  }

  boolean isOfDeadLetters() {
    return origin == Origin.DEAD_LETTERS;
  }

  /**
   * The choice as the gateway's API takes it.
   *
   * @throws ParameterException where it cannot be
   */
  ObjectNode toRequest(CommandLine command) {
    check(command);
    Map<String, List<?>> lists = new LinkedHashMap<>();
    lists.put("tenants", choice.tenants);
    lists.put("sources", choice.sources);
    lists.put("eventTypes", choice.types);
    lists.put("notificationIds", ids);
    lists.put("errorClasses", errorClasses);
    lists.put("fingerprints", fingerprints);
    lists.values().removeIf(List::isEmpty);
    ObjectNode filter = Json.mapper().valueToTree(lists);
    choice.since(command).ifPresent(time -> filter.put("since", time.toString()));
    choice.until(command).ifPresent(time -> filter.put("until", time.toString()));
    if (isOfDeadLetters()) {
      filter.put("letterStatus", letterStatus.name());
    }
    ObjectNode request = Json.mapper().createObjectNode().put("from", origin.name());
    if (effects != null) {
      request.put("effects", effects.name());
    }
    // A filter that says nothing is none.
    return filter.isEmpty() ? request : request.set("filter", filter);
  }

  Origin origin() {
    return origin;
  }

  boolean isOfArchive() {
    return origin == Origin.ARCHIVE;
  }

  private void check(CommandLine command) {
    if (!isOfDeadLetters() && !(errorClasses.isEmpty() && fingerprints.isEmpty())) {
      throw new ParameterException(
          command, "--error-class and --fingerprint are for --from dead-letters");
    }
    Optional<Instant> from = choice.since(command);
    Optional<Instant> to = choice.until(command);
    if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
      throw new ParameterException(command, "--since must be before --until");
    }
  }
}
