package dev.tidegate.pipeline.launch;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.beam.sdk.options.PipelineOptions;

/** Dataflow is told a project and a region, and the region is none of its zones. */
public final class LocationCheck implements LaunchCheck {
  private static final Pattern REGION = Pattern.compile("[a-z]+-[a-z]+[0-9]+");
  private static final Pattern ZONE = Pattern.compile("(?<region>[a-z]+-[a-z]+[0-9]+)-[a-z]");

  private final PipelineOptions options;

  public LocationCheck(PipelineOptions options) {
    this.options = options;
  }

  /** The region that {@code options} name; empty where they name none, or something else. */
  static Optional<String> regionOf(PipelineOptions options) {
    return textOf(options, "region").filter(region -> REGION.matcher(region).matches());
  }

  /** The project that the job runs in, where it is said. */
  static Optional<String> projectOf(PipelineOptions options) {
    return textOf(options, "project");
  }

  @Override
  public String option() {
    return "--region";
  }

  @Override
  public List<String> mistakes() {
    OptionMistakes mistakes = new OptionMistakes();
    if (options.getRunner().getSimpleName().equals(WorkerCount.DATAFLOW)) {
      mistakes.check(
          projectOf(options).isPresent(), "--project must be given: the project the job runs in");
      String region = textOf(options, "region").orElse("");
      Matcher zone = ZONE.matcher(region);
      if (zone.matches()) {
        mistakes.add(
            "--region must be a region, and %s is a zone: --region=%s, and --workerZone for a zone"
                .formatted(region, zone.group("region")));
      } else {
        mistakes.check(
            REGION.matcher(region).matches(),
            region.isEmpty()
                ? "--region must be given, such as europe-west1"
                : "--region must be a region, such as europe-west1, and not " + region);
      }
    }
    return mistakes.list();
  }

  private static Optional<String> textOf(PipelineOptions options, String name) {
    return new KnownOptions(PipelineOptions.class)
        .valueOf(options, name)
        .map(String::valueOf)
        .filter(OptionMistakes::isGiven);
  }
}
