package dev.tidegate.pipeline.launch;

import dev.tidegate.schemas.Json;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.beam.runners.dataflow.options.DataflowPipelineOptions;
import org.apache.beam.runners.dataflow.options.DataflowPipelineWorkerPoolOptions.AutoscalingAlgorithmType;
import org.apache.beam.sdk.extensions.gcp.options.GcpOptions;
import org.apache.beam.sdk.options.PipelineOptions;

/** Where a job runs: its runner, project and region, and how many workers it can have. */
public final class JobPlacement {
  private static final Pattern REGION = Pattern.compile("[a-z]+-[a-z]+[0-9]+");
  private static final Pattern ZONE = Pattern.compile("(?<region>[a-z]+-[a-z]+[0-9]+)-[a-z]");

  private JobPlacement() {}

  /** Whether the job runs on Dataflow. */
  public static boolean isOnDataflow(PipelineOptions options) {
    return options.getRunner().getSimpleName().endsWith("DataflowRunner");
  }

  /** The project that the job runs in, where it is known. */
  static Optional<String> projectOf(PipelineOptions options) {
    return Optional.ofNullable(options.as(GcpOptions.class).getProject())
        .filter(OptionReader::isGiven);
  }

  /** Dataflow's region; empty where the options name none, or something else. */
  static Optional<String> regionOf(PipelineOptions options) {
    return isOnDataflow(options)
        ? Optional.of(givenRegion(options)).filter(region -> REGION.matcher(region).matches())
        : Optional.empty();
  }

  private static String givenRegion(PipelineOptions options) {
    String region = options.as(DataflowPipelineOptions.class).getRegion();
    return region == null ? "" : region;
  }

  /**
   * The most workers that the job can have. Each is a JVM with a pool of database connections.
   * Empty where the options do not say.
   */
  static OptionalInt mostWorkers(PipelineOptions options) {
    if (isOnDataflow(options)) {
      DataflowPipelineOptions dataflow = options.as(DataflowPipelineOptions.class);
      boolean fixed = dataflow.getAutoscalingAlgorithm() == AutoscalingAlgorithmType.NONE;
      return IntStream.of(dataflow.getMaxNumWorkers(), fixed ? dataflow.getNumWorkers() : 0)
          .filter(workers -> workers > 0)
          .findFirst();
    }
    return switch (options.getRunner().getSimpleName()) {
      case "DirectRunner" -> OptionalInt.of(1);
      // By its name: this room does not know Flink.
      case "FlinkRunner" ->
          IntStream.of(Json.mapper().valueToTree(options).at("/options/parallelism").asInt())
              .filter(parallelism -> parallelism > 0)
              .findFirst();
      default -> OptionalInt.empty();
    };
  }

  /** Dataflow knows the job's project, and its region, which is not one of the zones. */
  static LaunchCheck check(PipelineOptions options) {
    return new LaunchCheck("--region", () -> mistakesOf(options));
  }

  private static List<String> mistakesOf(PipelineOptions options) {
    OptionReader reader = new OptionReader();
    if (isOnDataflow(options)) {
      reader.check(
          projectOf(options).isPresent(), "--project must be given: the project the job runs in");
      String region = givenRegion(options);
      Matcher zone = ZONE.matcher(region);
      if (zone.matches()) {
        reader.add(
            "--region must be a region, and %s is a zone: --region=%s, and --workerZone for a zone"
                .formatted(region, zone.group("region")));
      } else {
        reader.check(
            REGION.matcher(region).matches(),
            region.isBlank()
                ? "--region must be given, such as europe-west1"
                : "--region must be a region, such as europe-west1, and not " + region);
      }
    }
    return reader.mistakes();
  }
}
