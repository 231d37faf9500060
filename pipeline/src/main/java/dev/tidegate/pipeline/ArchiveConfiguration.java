package dev.tidegate.pipeline;

import static dev.tidegate.pipeline.launch.OptionReader.isGiven;

import com.google.api.services.bigquery.model.DatasetReference;
import dev.tidegate.pipeline.launch.BigQueryCheck;
import dev.tidegate.pipeline.launch.OptionReader;
import dev.tidegate.transforms.Archive;
import dev.tidegate.transforms.Batching;
import dev.tidegate.transforms.bigquery.BigQueryArchive;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.beam.sdk.extensions.gcp.options.GcpOptions;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryIO;
import org.checkerframework.checker.nullness.qual.Nullable;

/** Checks and parses what a pipeline is told of the archive. */
final class ArchiveConfiguration {
  /** A project may have a domain before it, with a colon of its own. */
  private static final Pattern DATASET =
      Pattern.compile(
          "(?:(?<project>(?:[a-z0-9-]+[.][a-z0-9.-]+:)?[a-z][a-z0-9-]*[a-z0-9])[.:])?(?<dataset>\\w{1,1024})");

  /** BigQuery takes 1,500 load jobs a table and day. */
  private static final Duration MIN_LOAD_FREQUENCY = Duration.ofMinutes(1);

  private ArchiveConfiguration() {}

  /**
   * The archive that {@code options} tell of. Where they are wrong, {@code mistakes} knows, and
   * what is returned is of no use.
   *
   * @param batching how rows are collected, where the method leaves that to us
   */
  static Archive of(ArchiveOptions options, Batching batching, OptionReader mistakes) {
    ArchiveMethod method = options.getArchiveMethod();
    if (method == ArchiveMethod.FILES) {
      mistakes.check(isGiven(options.getArchiveFolder()), "--archiveFolder must be given");
      refuse(options.getArchiveDataset(), "--archiveDataset", mistakes);
      refuse(options.getArchiveTriggeringFrequency(), "--archiveTriggeringFrequency", mistakes);
      return new Archive.Files(String.valueOf(options.getArchiveFolder()));
    }
    mistakes.check(
        !isGiven(options.getArchiveFolder()),
        "--archiveFolder must be left out, or --archiveMethod be FILES");
    mistakes.check(
        method != ArchiveMethod.FILE_LOADS || isGiven(options.getTempLocation()),
        "--tempLocation must be given with --archiveMethod=FILE_LOADS, for the files to load");
    Duration frequency = triggeringFrequency(options, mistakes);
    Optional<DatasetReference> named = datasetOf(options, mistakes);
    named.ifPresent(dataset -> mistakes.checkAtLaunch(BigQueryCheck.of(options, dataset)));
    DatasetReference dataset = named.orElseGet(DatasetReference::new);
    return new Archive.BigQuery(
        BigQueryArchive.in(
            String.valueOf(dataset.getProjectId()),
            String.valueOf(dataset.getDatasetId()),
            BigQueryIO.Write.Method.valueOf(method.name()),
            frequency,
            batching.mode() == Batching.Mode.GROUPS),
        batching);
  }

  /** The dataset that {@code options} name; empty where they do not, as {@code mistakes} knows. */
  static Optional<DatasetReference> datasetOf(ArchiveOptions options, OptionReader mistakes) {
    Matcher dataset = DATASET.matcher(String.valueOf(options.getArchiveDataset()));
    if (!isGiven(options.getArchiveDataset()) || !dataset.matches()) {
      mistakes.add("--archiveDataset must be PROJECT.DATASET, PROJECT:DATASET or DATASET");
      return Optional.empty();
    }
    String project =
        dataset.group("project") == null
            ? options.as(GcpOptions.class).getProject()
            : dataset.group("project");
    mistakes.check(
        isGiven(project), "--archiveDataset must name its project, or --project be given");
    return isGiven(project)
        ? Optional.of(
            new DatasetReference().setProjectId(project).setDatasetId(dataset.group("dataset")))
        : Optional.empty();
  }

  private static Duration triggeringFrequency(ArchiveOptions options, OptionReader mistakes) {
    String option = "--archiveTriggeringFrequency";
    String given = options.getArchiveTriggeringFrequency();
    return switch (options.getArchiveMethod()) {
      case FILE_LOADS -> {
        Duration frequency = mistakes.duration(option, given == null ? "5m" : given, "5m");
        mistakes.check(
            frequency.isZero() || frequency.compareTo(MIN_LOAD_FREQUENCY) >= 0,
            option + " must be at least 1m: BigQuery takes 1,500 load jobs a table and day");
        yield frequency;
      }
      case STORAGE_WRITE_API -> mistakes.duration(option, given == null ? "5s" : given, "5s");
      default -> {
        refuse(given, option, mistakes);
        yield Duration.ZERO;
      }
    };
  }

  private static void refuse(@Nullable String given, String option, OptionReader mistakes) {
    mistakes.check(!isGiven(given), option + " does not go with this --archiveMethod");
  }
}
