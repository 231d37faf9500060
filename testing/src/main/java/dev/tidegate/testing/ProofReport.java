package dev.tidegate.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes a line for each {@link Proof} that has run, for {@code scripts/prove}: name, promise,
 * faults, events, result and seconds, with tabs between. It writes to the file that the system
 * property {@code tidegate.proof.report} names, and nothing where there is none. JUnit finds this
 * class by itself, and it serves every test engine.
 */
public final class ProofReport implements TestExecutionListener {
  static final String PROPERTY = "tidegate.proof.report";

  private final Optional<Path> file;
  private final Map<String, Long> startedAt = new ConcurrentHashMap<>();
  private final Map<String, String> shortfalls = new ConcurrentHashMap<>();
  private TestPlan plan;

  /** For JUnit. */
  public ProofReport() {
    this(Optional.ofNullable(System.getProperty(PROPERTY)).map(Path::of));
  }

  ProofReport(Optional<Path> file) {
    this.file = file;
  }

  @Override
  public void testPlanExecutionStarted(TestPlan started) {
    plan = started;
  }

  @Override
  public void executionStarted(TestIdentifier identifier) {
    if (proofOf(identifier).isPresent()) {
      ProofSize.takeCount();
      startedAt.put(identifier.getUniqueId(), System.nanoTime());
    }
  }

  @Override
  public void executionSkipped(TestIdentifier identifier, String reason) {
    note(identifier, "not run: " + reason);
  }

  @Override
  public void executionFinished(TestIdentifier identifier, TestExecutionResult result) {
    if (result.getStatus() != Status.SUCCESSFUL) {
      note(
          identifier,
          (result.getStatus() == Status.ABORTED ? "not run: " : "FELL SHORT: ")
              + result.getThrowable().map(Throwable::getMessage).orElse("no reason is known"));
    }
    proofOf(identifier).ifPresent(proof -> write(identifier, proof));
  }

  /** A test's shortfall is that of the proof it belongs to. */
  private void note(TestIdentifier identifier, String shortfall) {
    Optional<TestIdentifier> at = Optional.of(identifier);
    while (at.isPresent()) {
      if (proofOf(at.get()).isPresent()) {
        shortfalls.putIfAbsent(at.get().getUniqueId(), shortfall);
      }
      at = plan.getParent(at.get());
    }
  }

  private static Optional<Proof> proofOf(TestIdentifier identifier) {
    return identifier
        .getSource()
        .filter(ClassSource.class::isInstance)
        .map(source -> ((ClassSource) source).getJavaClass().getAnnotation(Proof.class));
  }

  private void write(TestIdentifier identifier, Proof proof) {
    if (file.isEmpty()) {
      return;
    }
    long nanos = System.nanoTime() - startedAt.get(identifier.getUniqueId());
    String result = shortfalls.getOrDefault(identifier.getUniqueId(), "held");
    String line =
        String.join(
            "\t",
            proof.name(),
            proof.promise(),
            proof.faults(),
            "%,d".formatted(ProofSize.takeCount()),
            result.lines().findFirst().orElse(result).replace('\t', ' '),
            Long.toString(Math.round(nanos / 1e9)));
    try {
      Files.writeString(
          file.get(), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
