package dev.tidegate.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program that a test runs to its end. Its standard input is empty. */
public final class Command {
  private static final Duration LONGEST = Duration.ofMinutes(5);

  /**
   * How it ended.
   *
   * @param output what it printed to standard output
   * @param errors what it printed to standard error
   */
  public record Result(int exitCode, String output, String errors) {
    /** The lines of its output. */
    public List<String> lines() {
      return output.lines().toList();
    }
  }

  private final Path folder;
  private final Map<String, String> environment = new HashMap<>();

  private Command(Path folder) {
    this.folder = folder;
  }

  /** A command that will run in {@code folder}. */
  public static Command in(Path folder) {
    return new Command(folder);
  }

  /** Sets a variable of its environment. */
  public Command with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  public Result run(String... words) {
    return run(List.of(words));
  }

  /**
   * Runs it.
   *
   * @throws IllegalStateException if it still runs after five minutes; it is killed then
   */
  public Result run(List<String> words) {
    try {
      Path output = Files.createTempFile("command", ".out");
      Path errors = Files.createTempFile("command", ".err");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(words)
                .directory(folder.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new IllegalStateException(
              "still running after %s: %s%n%s".formatted(LONGEST, words, Files.readString(errors)));
        }
        return new Result(process.exitValue(), Files.readString(output), Files.readString(errors));
      } finally {
        Files.delete(output);
        Files.delete(errors);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  /** Whether a program is on the PATH. */
  public static boolean isInstalled(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /** Skips the test, and says why, unless these programs are on the PATH. */
  public static void assumeInstalled(String... programs) {
    for (String program : programs) {
      assumeTrue(isInstalled(program), program + " is not installed");
    }
  }
}
