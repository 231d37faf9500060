package dev.tidegate.local.infrastructure;

import static dev.tidegate.local.infrastructure.ScriptArguments.JOB;
import static dev.tidegate.local.infrastructure.ScriptArguments.and;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Command;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusScriptTest {
  private static final String ALL =
      "dataflow jobs list --project=p-123 --region=europe-west1 --status=all";
  private static final String ACTIVE =
      "dataflow jobs list --project=p-123 --region=europe-west1 --status=active";

  @TempDir Path temporary;

  private RecordingGcloud gcloud;

  @BeforeEach
  void prepare() throws IOException {
    gcloud = new RecordingGcloud(temporary);
  }

  @Test
  void showsTheJobsAndSaysWithItsExitCodeThatOneIsRunning() throws IOException {
    gcloud.answers(ALL, "a table").answers(ACTIVE, "id-1\ttidegate-events\tRunning");

    Command.Result result = gcloud.run("status", JOB);
    assertThat(result.exitCode()).isZero();
    assertThat(result.output()).isEqualTo("a table\n");
    assertThat(gcloud.calls()).hasSize(2);
  }

  @Test
  void asksForCountersOfTheRunningJob() throws IOException {
    gcloud
        .answers(ACTIVE, "id-1\ttidegate-events\tRunning")
        .answers("beta dataflow metrics list", "events_read 7");

    Command.Result result = gcloud.run("status", and(JOB, "--metrics"));
    assertThat(result.exitCode()).isZero();
    assertThat(result.output()).contains("events_read 7");
    assertThat(gcloud.lastCall())
        .startsWith("beta", "dataflow", "metrics", "list", "id-1")
        .contains("--source=user");
  }

  @Test
  void failsWhereNoneIsRunning() throws IOException {
    gcloud.answers(ALL, "a table");

    Command.Result result = gcloud.run("status", JOB);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).isEqualTo("a table\n");
    assertThat(result.errors()).contains("no job tidegate-events is running");
  }

  @Test
  void failsWhereItIsNotRunningAnyMore() throws IOException {
    gcloud.answers(ACTIVE, "id-1\ttidegate-events\tDraining");

    Command.Result result = gcloud.run("status", JOB);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).contains("is not running but Draining");
  }

  @Test
  void aDryRunPrintsLinesThatFindTheJobByThemselves() throws IOException {
    Command.Result result = gcloud.run("status", and(JOB, "--metrics", "--dry-run"));
    assertThat(result.lines()).hasSize(2).allMatch(line -> line.startsWith("gcloud "));
    assertThat(gcloud.calls()).isEmpty();

    gcloud.answers(ACTIVE, "id-1");
    gcloud.paste(result.output());
    assertThat(gcloud.lastCall()).startsWith("beta", "dataflow", "metrics", "list", "id-1");
  }
}
