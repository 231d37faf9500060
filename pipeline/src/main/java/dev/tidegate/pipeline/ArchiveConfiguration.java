package dev.tidegate.pipeline;

import static dev.tidegate.pipeline.launch.OptionReader.isGiven;

import com.google.api.services.bigquery.model.DatasetReference;
import dev.tidegate.pipeline.launch.BigQueryCheck;
import dev.tidegate.pipeline.launch.OptionReader;
import dev.tidegate.transforms.archive.Archive;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.beam.sdk.extensions.gcp.options.GcpOptions;
import org.checkerframework.checker.nullness.qual.Nullable;

/** Checks and parses the options of the archive. */
final class ArchiveConfiguration {
  /** A project may have a domain before it, with a colon of its own. */
  private static final Pattern DATASET =
      Pattern.compile(
          "(?:(?<project>(?:[a-z0-9-]+[.][a-z0-9.-]+:)?[a-z][a-z0-9-]*[a-z0-9])[.:])?(?<dataset>\\w{1,1024})");

  /** BigQuery takes 1,500 load jobs a table and day. */
  private static final Duration MIN_LOAD_FREQUENCY = Duration.ofMinutes(1);

  private static final String FREQUENCY = "--archiveTriggeringFrequency";

  private ArchiveConfiguration() {}

  /** The archive of {@code options}. If they are wrong, {@code mistakes} grows. */
  static Archive of(ArchiveOptions options, OptionReader mistakes) {
    ArchiveOptions.Method method = options.getArchiveMethod();
    if (method == ArchiveOptions.Method.FILES) {
      mistakes.check(isGiven(options.getArchiveFolder()), "--archiveFolder must be given");
      refuse(options.getArchiveDataset(), "--archiveDataset", mistakes);
      refuse(options.getArchiveTriggeringFrequency(), FREQUENCY, mistakes);
      return new Archive.Files(String.valueOf(options.getArchiveFolder()));
    }
    mistakes.check(
        !isGiven(options.getArchiveFolder()),
        "--archiveFolder must be left out, or --archiveMethod be FILES");
    @Nullable Duration loadFrequency = null;
    if (method == ArchiveOptions.Method.FILE_LOADS) {
      mistakes.check(
          isGiven(options.getTempLocation()),
          "--tempLocation must be given with --archiveMethod=FILE_LOADS, for the files to load");
      loadFrequency = loadFrequencyOf(options, mistakes);
    } else {
      refuse(options.getArchiveTriggeringFrequency(), FREQUENCY, mistakes);
    }
    Optional<DatasetReference> named = datasetOf(options, mistakes);
    named.ifPresent(dataset -> mistakes.checkAtLaunch(BigQueryCheck.of(options, dataset)));
    DatasetReference dataset = named.orElseGet(DatasetReference::new);
    return new Archive.BigQuery(
        String.valueOf(dataset.getProjectId()),
        String.valueOf(dataset.getDatasetId()),
        loadFrequency);
  }

  /** The dataset that {@code options} name. If they name none, {@code mistakes} grows. */
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

  private static Duration loadFrequencyOf(ArchiveOptions options, OptionReader mistakes) {
    String given = options.getArchiveTriggeringFrequency();
    Duration frequency = mistakes.duration(FREQUENCY, given == null ? "5m" : given, "5m");
    mistakes.check(
        frequency.isZero() || frequency.compareTo(MIN_LOAD_FREQUENCY) >= 0,
        FREQUENCY + " must be at least 1m: BigQuery takes 1,500 load jobs a table and day");
    return frequency;
  }

  private static void refuse(@Nullable String given, String option, OptionReader mistakes) {
    mistakes.check(!isGiven(given), option + " cannot be used with this --archiveMethod");
  }
}
