package dev.tidegate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The lines that {@code scripts/prove} makes its table of. */
class ProofReportTest {
  @TempDir Path folder;

  @Test
  void aProofThatHoldsTellsItsEvents() throws Exception {
    assertThat(linesOf(Holds.class)).containsExactly("holds\tIt holds\tnone\t1,500\theld\t0");
  }

  @Test
  void oneTestThatFailsIsTheProofsShortfall() throws Exception {
    assertThat(linesOf(Fails.class))
        .containsExactly("fails\tIt holds\tnone\t0\tFELL SHORT: 3 are lost\t0");
  }

  @Test
  void aProofThatCannotRunHasNotHeld() throws Exception {
    assertThat(linesOf(Skipped.class))
        .singleElement()
        .asString()
        .contains("\tnot run: ")
        .contains("curl is not installed");
  }

  @Test
  void otherTestsAreNotReported() throws Exception {
    assertThat(linesOf(NoProof.class)).isEmpty();
  }

  private List<String> linesOf(Class<?> testClass) throws Exception {
    Path file = folder.resolve("report.tsv");
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(testClass)).build(),
            new ProofReport(Optional.of(file)));
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  @Proof(name = "holds", promise = "It holds", faults = "none")
  static final class Holds {
    @Test
    void one() {
      ProofSize.count(1_000);
    }

    @Test
    void other() {
      ProofSize.count(500);
    }
  }

  @Proof(name = "fails", promise = "It holds", faults = "none")
  static final class Fails {
    @Test
    void one() {}

    @Test
    void other() {
      fail("3 are lost\nof 10");
    }
  }

  @Proof(name = "skipped", promise = "It holds", faults = "none")
  static final class Skipped {
    @Test
    void one() {
      assumeTrue(false, "curl is not installed");
    }
  }

  static final class NoProof {
    @Test
    void one() {
      fail("this is no proof");
    }
  }
}
