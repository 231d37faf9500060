package dev.tidegate.local.infrastructure;

import static dev.tidegate.local.infrastructure.ScriptArguments.JOB;
import static dev.tidegate.local.infrastructure.ScriptArguments.and;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DrainScriptTest {
  private static final String LIST = "dataflow jobs list";
  private static final String DRAIN = "dataflow jobs drain";
  private static final String DESCRIBE = "dataflow jobs describe";

  @TempDir Path temporary;

  private RecordingGcloud gcloud;

  @BeforeEach
  void prepare() throws IOException {
    gcloud = new RecordingGcloud(temporary);
  }

  @Test
  void drainsTheJobOfThatName() throws IOException {
    gcloud.answers(LIST, "id-1\ttidegate-events\tRunning").answers(DRAIN, "Started draining");

    Command.Result result = gcloud.run("drain", JOB);
    assertThat(result.exitCode()).isZero();
    assertThat(result.output()).contains("Started draining");
    assertThat(gcloud.calls()).hasSize(2);
    assertThat(gcloud.lastCall())
        .containsExactly(
            "dataflow", "jobs", "drain", "id-1", "--project=p-123", "--region=europe-west1");
  }

  @Test
  void waitsUntilItHasDrained() throws IOException {
    gcloud
        .answers(LIST, "id-1\ttidegate-events\tRunning")
        .answers(DESCRIBE, "JOB_STATE_RUNNING", "JOB_STATE_DRAINING", "JOB_STATE_DRAINED");

    Command.Result result = gcloud.run("drain", and(JOB, "--wait"));
    assertThat(result.exitCode()).isZero();
    assertThat(result.output()).contains("tidegate-events, id-1, has drained.");
    assertThat(gcloud.calls()).hasSize(5);
    assertThat(gcloud.lastCall())
        .containsExactly(
            "dataflow",
            "jobs",
            "describe",
            "id-1",
            "--project=p-123",
            "--region=europe-west1",
            "--format=value(currentState)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_UPDATED"})
  void failsWhereTheJobEndsOtherwise(String state) throws IOException {
    gcloud.answers(LIST, "id-1\ttidegate-events\tRunning").answers(DESCRIBE, state);

    Command.Result result = gcloud.run("drain", and(JOB, "--wait"));
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).contains("did not drain: it is " + state);
  }

  @Test
  void givesUpWaitingInTime() throws IOException {
    gcloud.answers(LIST, "id-1\ttidegate-events\tRunning").answers(DESCRIBE, "JOB_STATE_DRAINING");

    Command.Result result = gcloud.run("drain", and(JOB, "--wait", "--timeout=1"));
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).contains("is still draining after 1 s");
  }

  @Test
  void onlyWaitsForAJobThatIsDrainingAlready() throws IOException {
    gcloud.answers(LIST, "id-1\ttidegate-events\tDraining").answers(DESCRIBE, "JOB_STATE_DRAINED");

    assertThat(gcloud.run("drain", and(JOB, "--wait")).exitCode()).isZero();
    assertThat(gcloud.calls()).noneMatch(call -> call.contains("drain"));
  }

  /** The real one prints this, and exits with 0. */
  @Test
  void failsWhereGcloudSaysSoInWordsOnly() throws IOException {
    gcloud
        .answers(LIST, "id-1\ttidegate-events\tRunning")
        .answers(DRAIN, "Failed to drain job [id-1]: no permission");

    Command.Result result = gcloud.run("drain", JOB);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).contains("no permission");
  }

  @Test
  void saysThatNoSuchJobIsRunning() throws IOException {
    Command.Result result = gcloud.run("drain", and(JOB, "--job", "other"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).contains("no job other is running in europe-west1");
    assertThat(gcloud.lastCall()).contains("--filter=name=other");
  }

  @Test
  void saysThatDataflowCouldNotBeAsked() throws IOException {
    gcloud.fails(LIST);

    Command.Result result = gcloud.run("drain", JOB);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).contains("did not say which jobs run");
    assertThat(gcloud.calls()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--cancel", "--force"})
  void neverCancels(String option) throws IOException {
    gcloud.answers(LIST, "id-1\ttidegate-events\tRunning");

    Command.Result result = gcloud.run("drain", and(JOB, option));
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.errors()).contains("A job is never cancelled here");
    assertThat(gcloud.calls()).isEmpty();
  }

  @Test
  void aDryRunPrintsLinesThatFindTheJobByThemselves() throws IOException {
    Command.Result result = gcloud.run("drain", and(JOB, "--wait", "--dry-run"));
    assertThat(result.lines()).hasSize(2).allMatch(line -> line.startsWith("gcloud "));
    assertThat(gcloud.calls()).isEmpty();

    gcloud.answers(LIST, "id-1");
    gcloud.paste(result.output());
    assertThat(gcloud.calls())
        .contains(
            List.of(
                "dataflow", "jobs", "drain", "id-1", "--project=p-123", "--region=europe-west1"),
            List.of(
                "dataflow",
                "jobs",
                "describe",
                "id-1",
                "--project=p-123",
                "--region=europe-west1",
                "--format=value(currentState)"));
  }
}
