package dev.tidegate.testing;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A JVM of its own with this JVM's class path, for tests that stop and kill processes. */
public final class JavaProcess implements AutoCloseable {
  /** Beam and Flink reflect into the JDK; as {@code jvm.opens} in the root pom. */
  private static final List<String> OPENED =
      List.of("java.lang", "java.util", "java.nio", "java.lang.invoke");

  private final Process process;
  private final Path output;

  private JavaProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /**
   * Starts {@code main}.
   *
   * @param output where standard output and standard error are appended
   * @param environment added to this process's own; an empty value removes the variable
   */
  public static JavaProcess start(
      Class<?> main, Path output, Map<String, String> environment, String... arguments) {
    return start(commandLine(main, arguments), output, environment);
  }

  /** As {@link #start(Class, Path, Map, String...)}, by the words of a whole command line. */
  public static JavaProcess start(
      List<String> commandLine, Path output, Map<String, String> environment) {
    ProcessBuilder builder =
        new ProcessBuilder(commandLine)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
            .redirectInput(new File("/dev/null"));
    environment.forEach(
        (name, value) -> {
          if (value.isEmpty()) {
            builder.environment().remove(name);
          } else {
            builder.environment().put(name, value);
          }
        });
    try {
      return new JavaProcess(builder.start(), output);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The words that start {@code main} in a JVM like the product's. */
  public static List<String> commandLine(Class<?> main, String... arguments) {
    return commandLine(List.of(), main, arguments);
  }

  /** The same with {@code jars} behind this JVM's class path. */
  public static List<String> commandLine(List<Path> jars, Class<?> main, String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    OPENED.forEach(name -> words.add("--add-opens=java.base/%s=ALL-UNNAMED".formatted(name)));
    StringBuilder classPath = new StringBuilder(classPath());
    jars.forEach(jar -> classPath.append(File.pathSeparator).append(jar));
    words.addAll(List.of("-cp", classPath.toString(), main.getName()));
    words.addAll(List.of(arguments));
    return words;
  }

  /** This JVM's class path. */
  public static String classPath() {
    // Surefire hides the class path in a jar's manifest, and leaves it in this property.
    String hidden = System.getProperty("surefire.test.class.path");
    return hidden == null ? System.getProperty("java.class.path") : hidden;
  }

  /** Waits until it has printed what {@code pattern} finds, or fails with its output. */
  public MatchResult awaitOutput(Pattern pattern) {
    AtomicReference<MatchResult> found = new AtomicReference<>();
    await()
        .untilAsserted(
            () -> {
              // Asked first: what it printed last is there once it has ended.
              boolean alive = isAlive();
              String output = output();
              Matcher matcher = pattern.matcher(output);
              if (matcher.find()) {
                found.set(matcher.toMatchResult());
              } else if (alive) {
                throw new AssertionError("%s is not in:%n%s".formatted(pattern, output));
              } else {
                throw new IllegalStateException("it ended with:\n" + output);
              }
            });
    return found.get();
  }

  /** All that it has printed so far. */
  public String output() {
    try {
      return Files.readString(output);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Sends it a signal by its name, such as {@code STOP}. */
  public void signal(String name) {
    Command.in(output.getParent()).run("kill", "-" + name, Long.toString(process.pid()));
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** The memory that it holds, as Linux counts it. */
  public long residentBytes() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/%d/status".formatted(process.pid())))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst()
          .orElseThrow();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Asks it to stop, as Ctrl-C and {@code kill} do. */
  public void stop() {
    process.destroy();
  }

  /** Ends it at once, as {@code kill -9} does, and waits until it is gone. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Whether it ends, however slow the machine is. */
  public boolean ends() throws InterruptedException {
    return ends((int) Patience.LONGEST.toSeconds());
  }

  /** Whether it ends within this many seconds. */
  public boolean ends(int seconds) throws InterruptedException {
    return process.waitFor(seconds, TimeUnit.SECONDS);
  }

  /** The exit code of a process that has ended. */
  public int exitCode() {
    return process.exitValue();
  }

  /** Stops it if it still runs, and kills it if it does not stop. */
  @Override
  public void close() throws InterruptedException {
    stop();
    if (!ends(30)) {
      kill();
    }
  }
}
