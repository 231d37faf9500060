package dev.tidegate.local.infrastructure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** Arguments that each script takes as they are, for tests to add to and to take from. */
final class ScriptArguments {
  static final String[] JOB = {"--project", "p-123", "--region", "europe-west1"};

  static final String PARAMETERS =
      """
      # of the pipeline

      inputSubscription=projects/p-123/subscriptions/events
      archiveDataset=p-123.tidegate
      jdbcUrl=jdbc:postgresql://one,two/tidegate?targetServerType=primary&a=b
      jdbcUsername=tidegate
      jdbcPasswordSecret=projects/p-123/secrets/password/versions/latest
      """;

  static final String JOINED =
      "--parameters=^~^inputSubscription=projects/p-123/subscriptions/events"
          + "~archiveDataset=p-123.tidegate"
          + "~jdbcUrl=jdbc:postgresql://one,two/tidegate?targetServerType=primary&a=b"
          + "~jdbcUsername=tidegate"
          + "~jdbcPasswordSecret=projects/p-123/secrets/password/versions/latest";

  private ScriptArguments() {}

  static String[] flexTemplate(Path temporary) throws IOException {
    Path parameters = temporary.resolve("parameters");
    Files.writeString(parameters, PARAMETERS);
    return and(
        JOB,
        "--templates",
        "gs://templates",
        "--version",
        "1.2.0",
        "--service-account",
        "pipeline@p-123.iam.gserviceaccount.com",
        "--temporary",
        "gs://temporary",
        "--parameters",
        parameters.toString());
  }

  static String[] and(String[] arguments, String... more) {
    return Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray(String[]::new);
  }
}
