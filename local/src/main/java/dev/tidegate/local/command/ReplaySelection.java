package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.pipeline.ReplayPipelineOptions;
import dev.tidegate.pipeline.launch.OptionReader;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.replay.DeadLetterFilter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options that choose what is replayed. */
public final class ReplaySelection {
  /** Where events are read. */
  enum Origin {
    ARCHIVE("archive", ReplayPipelineOptions.Source.ARCHIVE_FILES),
    DEAD_LETTERS("dead-letters", ReplayPipelineOptions.Source.DEAD_LETTERS);

    private final String name;
    private final ReplayPipelineOptions.Source source;

    Origin(String name, ReplayPipelineOptions.Source source) {
      this.name = name;
      this.source = source;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @Option(
      names = "--from",
      paramLabel = "archive|dead-letters",
      required = true,
      description = "Where events are read.")
  private Origin origin;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = {
        "Received since then, or failed since then for dead letters: 2026-01-31 or",
        "2026-01-31T10:00:00Z."
      })
  private String since;

  @Option(names = "--until", paramLabel = "TIME", description = "Received, or failed, before then.")
  private String until;

  @Option(names = "--tenant", paramLabel = "ID", split = ",", description = "Of these tenants.")
  private List<String> tenants = List.of();

  @Option(names = "--source", paramLabel = "NAME", split = ",", description = "Of these sources.")
  private List<String> sources = List.of();

  @Option(names = "--type", paramLabel = "TYPE", split = ",", description = "Of these types.")
  private List<String> types = List.of();

  @Option(
      names = "--id",
      paramLabel = "ID",
      split = ",",
      description = "With these notification IDs.")
  private List<String> ids = List.of();

  @Option(
      names = "--error-class",
      paramLabel = "CLASS",
      split = ",",
      description = "Dead letters of these classes: ${COMPLETION-CANDIDATES}.")
  private List<ErrorClass> errorClasses = List.of();

  @Option(
      names = "--fingerprint",
      paramLabel = "F",
      split = ",",
      description = "Dead letters of these failures.")
  private List<String> fingerprints = List.of();

  @Option(
      names = "--letter-status",
      paramLabel = "STATUS",
      defaultValue = "open",
      description = "Dead letters that are open (the default), replayed or discarded.")
  private DeadLetterFilter.Status letterStatus;

  /**
   * Puts the choice into {@code options}.
   *
   * @throws ParameterException where it cannot be
   */
  void applyTo(ReplayPipelineOptions options, CommandLine command) {
    requireTimes(command);
    if (origin != Origin.DEAD_LETTERS && !(errorClasses.isEmpty() && fingerprints.isEmpty())) {
      throw new ParameterException(
          command, "--error-class and --fingerprint are for --from dead-letters");
    }
    options.setFrom(origin.source);
    options.setFromTime(since);
    options.setToTime(until);
    options.setTenants(tenants);
    options.setSources(sources);
    options.setEventTypes(types);
    options.setNotificationIds(ids);
    options.setErrorClasses(errorClasses.stream().map(Enum::name).toList());
    options.setFingerprints(fingerprints);
    options.setLetterStatus(letterStatus);
  }

  boolean isOfDeadLetters() {
    return origin == Origin.DEAD_LETTERS;
  }

  /**
   * The choice of dead letters as the gateway's API takes it.
   *
   * @throws ParameterException where it cannot be
   */
  ObjectNode toRequest(CommandLine command) {
    requireTimes(command);
    ObjectNode request = Json.mapper().createObjectNode();
    request.put("from", "dead_letters");
    ObjectNode filter = request.putObject("filter");
    putList(filter, "tenants", tenants);
    putList(filter, "sources", sources);
    putList(filter, "eventTypes", types);
    putList(filter, "notificationIds", ids);
    putList(filter, "errorClasses", errorClasses.stream().map(Enum::name).toList());
    putList(filter, "fingerprints", fingerprints);
    putTime(filter, "since", since);
    putTime(filter, "until", until);
    filter.put("letterStatus", letterStatus.name());
    return request;
  }

  private static void putList(ObjectNode filter, String name, List<String> values) {
    if (!values.isEmpty()) {
      ArrayNode list = filter.putArray(name);
      values.forEach(list::add);
    }
  }

  private static void putTime(ObjectNode filter, String name, String text) {
    if (text != null) {
      filter.put(name, OptionReader.timeOf(text).orElseThrow().toString());
    }
  }

  private void requireTimes(CommandLine command) {
    requireTime(command, "--since", since);
    requireTime(command, "--until", until);
    if (since != null
        && until != null
        && !OptionReader.timeOf(since)
            .orElseThrow()
            .isBefore(OptionReader.timeOf(until).orElseThrow())) {
      throw new ParameterException(command, "--since must be before --until");
    }
  }

  private static void requireTime(CommandLine command, String option, String text) {
    if (text != null && OptionReader.timeOf(text).isEmpty()) {
      throw new ParameterException(
          command, option + " must be " + OptionReader.TIME_RULE + ", not " + text);
    }
  }
}
