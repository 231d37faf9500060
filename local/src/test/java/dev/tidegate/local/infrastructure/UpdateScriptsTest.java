package dev.tidegate.local.infrastructure;

import static dev.tidegate.local.infrastructure.ScriptArguments.and;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** scripts/update, and scripts/rollback, which is an update to an earlier version. */
class UpdateScriptsTest {
  @TempDir Path temporary;

  private RecordingGcloud gcloud;
  private String[] arguments;

  @BeforeEach
  void prepare() throws IOException {
    gcloud = new RecordingGcloud(temporary);
    arguments = and(ScriptArguments.flexTemplate(temporary), "--max-workers=4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"update", "rollback"})
  void replacesTheRunningJob(String script) throws IOException {
    gcloud.answers("dataflow jobs list", "2026-01-01_id\ttidegate-events\tRunning");

    Command.Result result = gcloud.run(script, and(arguments, "--rename", "Read/Old=Read/New"));
    assertThat(result.exitCode()).isZero();
    assertThat(gcloud.lastCall())
        .containsExactly(
            "dataflow",
            "flex-template",
            "run",
            "tidegate-events",
            "--project=p-123",
            "--region=europe-west1",
            "--template-file-gcs-location=gs://templates/streaming/1.2.0.json",
            "--service-account-email=pipeline@p-123.iam.gserviceaccount.com",
            "--staging-location=gs://temporary/staging",
            "--temp-location=gs://temporary/temp",
            "--max-workers=4",
            "--disable-public-ips",
            "--enable-streaming-engine",
            ScriptArguments.JOINED,
            "--update",
            "--transform-name-mappings=^~^Read/Old=Read/New");
  }

  @Test
  void takesTheNamesOfStepsFromAFileToo() throws IOException {
    gcloud.answers("dataflow jobs list", "2026-01-01_id\ttidegate-events\tRunning");
    Path renames = temporary.resolve("renames");
    Files.writeString(renames, "# 1.1 to 1.2\nA=B\nC, of D=E\n");

    gcloud.run("update", and(arguments, "--renames", renames.toString(), "--rename=A=F"));
    assertThat(gcloud.lastCall()).endsWith("--transform-name-mappings=^~^A=F~C, of D=E");
  }

  @Test
  void withoutRenamesThereIsNoMapping() throws IOException {
    gcloud.answers("dataflow jobs list", "2026-01-01_id\ttidegate-events\tRunning");

    gcloud.run("update", arguments);
    assertThat(gcloud.lastCall()).endsWith("--update");
  }

  @Test
  void refusesWhereNoJobIsRunning() throws IOException {
    Command.Result result = gcloud.run("update", arguments);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).contains("no job tidegate-events is running in europe-west1");
    assertThat(gcloud.lastCall()).contains("list");
  }

  @Test
  void refusesAJobThatIsDraining() throws IOException {
    gcloud.answers("dataflow jobs list", "2026-01-01_id\ttidegate-events\tDraining");

    Command.Result result = gcloud.run("update", arguments);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).contains("is not running but Draining");
    assertThat(gcloud.lastCall()).contains("list");
  }

  @ParameterizedTest
  @ValueSource(strings = {"update", "rollback"})
  void aDryRunCallsNothingAndPrintsWhatARunWouldCall(String script) throws IOException {
    gcloud.answers("dataflow jobs list", "2026-01-01_id\ttidegate-events\tRunning");
    gcloud.run(script, and(arguments, "--rename=Read/Old=Read/New (of it)"));
    List<List<String>> called = gcloud.calls();
    gcloud.forget();

    Command.Result result =
        gcloud.run(script, and(arguments, "--rename=Read/Old=Read/New (of it)", "--dry-run"));
    assertThat(result.lines()).hasSize(3).allMatch(line -> line.startsWith("gcloud "));
    assertThat(gcloud.calls()).isEmpty();

    gcloud.paste(result.output());
    assertThat(gcloud.calls()).isEqualTo(called);
  }

  @Test
  void anUpdateTellsAllMistakesAtOnce() throws IOException {
    Command.Result result =
        gcloud.run("update", "--rename=nonsense", "--renames=/nowhere", "--project=p-123");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.errors())
        .contains("--rename is not OLD=NEW: nonsense")
        .contains("--renames is not a file that can be read: /nowhere")
        .contains("--region is missing")
        .contains("--max-workers is missing")
        .contains("The parameter jdbcUrl is missing");
    assertThat(gcloud.calls()).isEmpty();
  }

  @Test
  void aRollbackNamesAVersion() throws IOException {
    Command.Result result =
        gcloud.run(
            "rollback", and(ScriptArguments.JOB, "--template", "gs://templates/streaming/1.json"));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.errors())
        .contains("--template is for updates")
        .contains("--templates is missing")
        .contains("--version is missing");
    assertThat(gcloud.calls()).isEmpty();
  }
}
