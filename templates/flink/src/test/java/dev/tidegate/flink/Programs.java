package dev.tidegate.flink;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a test needs beside the JDK: it is skipped where that is missing. */
final class Programs {
  private Programs() {}

  /** Skips the test unless {@code program} is on the PATH. */
  static void assumeInstalled(String program) {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(place -> Files.isExecutable(Path.of(place, program))),
        program + " is not installed");
  }
}
