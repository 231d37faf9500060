package dev.tidegate.local.infrastructure;

import static dev.tidegate.local.infrastructure.ScriptArguments.and;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.pipeline.EventPipeline;
import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuildTemplateScriptTest {
  private static final String BASE =
      "gcr.io/dataflow-templates-base/java17-template-launcher-base:20260122_RC00";
  private static final String IMAGE = "europe-west1-docker.pkg.dev/p-123/images/streaming:1.2.0";

  @TempDir Path temporary;

  private RecordingGcloud gcloud;
  private String[] staged;
  private String[] built;
  private Path jar;
  private Path metadata;

  @BeforeEach
  void prepare() throws IOException {
    gcloud = new RecordingGcloud(temporary);
    // There is no such template yet.
    gcloud.fails("storage objects describe");
    jar = Files.createFile(temporary.resolve("a pipeline.jar"));
    metadata = Files.createFile(temporary.resolve("metadata.json"));
    staged =
        new String[] {
          "streaming",
          "--project=p-123",
          "--templates=gs://templates/",
          "--version=1.2.0",
          "--metadata=" + metadata
        };
    built = and(staged, "--images=europe-west1-docker.pkg.dev/p-123/images", "--jar=" + jar);
  }

  @Test
  void buildsAndStagesTheTemplate() throws IOException {
    assertThat(gcloud.run("build-template", built).exitCode()).isZero();

    Path folder = temporary.resolve("image-streaming");
    assertThat(gcloud.calls().subList(1, 3))
        .containsExactly(
            List.of(
                "builds",
                "submit",
                folder.toString(),
                "--project=p-123",
                "--config=" + Repository.ROOT.resolve("templates/cloudbuild.yaml"),
                "--substitutions=_IMAGE="
                    + IMAGE
                    + ",_BASE_IMAGE="
                    + BASE
                    + ",_MAIN_CLASS="
                    + EventPipeline.class.getName()
                    + ",_VERSION=1.2.0,_LAUNCHER_USER=65532"),
            List.of(
                "dataflow",
                "flex-template",
                "build",
                "gs://templates/streaming/1.2.0.json",
                "--project=p-123",
                "--sdk-language=JAVA",
                "--image=" + IMAGE,
                "--metadata-file=" + metadata));
    assertThat(folder.resolve("pipeline.jar")).hasSameBinaryContentAs(jar);
    assertThat(folder.resolve("Dockerfile"))
        .hasSameTextualContentAs(Repository.ROOT.resolve("templates/Dockerfile"))
        .content()
        // The script's own default is the file's.
        .contains("ARG BASE_IMAGE=" + BASE)
        .contains("USER ${LAUNCHER_USER}:${LAUNCHER_USER}");
  }

  /** An image built again from a tag that moves would not be the one that was tried. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "JAVA17",
        "gcr.io/dataflow-templates-base/java17-template-launcher-base",
        "gcr.io/dataflow-templates-base/java17-template-launcher-base:latest"
      })
  void aBaseThatMovesIsRefused(String base) throws IOException {
    Command.Result result = gcloud.run("build-template", and(built, "--base-image=" + base));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.errors()).contains("--base-image is not an image that stays the same");
    assertThat(gcloud.calls()).isEmpty();
  }

  @Test
  void anotherBaseAndUserMayBeGiven() throws IOException {
    String base = "gcr.io/some/base@sha256:" + "0a".repeat(32);
    gcloud.run("build-template", and(built, "--base-image=" + base, "--launcher-user=0"));

    assertThat(gcloud.calls().get(1))
        .last()
        .asString()
        .contains("_BASE_IMAGE=" + base, "_LAUNCHER_USER=0");
  }

  @Test
  void theReplayHasAMainOfItsOwn() throws IOException {
    built[0] = "replay";
    gcloud.run("build-template", built);

    assertThat(gcloud.calls().get(1))
        .last()
        .asString()
        .contains("_MAIN_CLASS=dev.tidegate.pipeline.ReplayPipeline");
    assertThat(gcloud.lastCall()).contains("gs://templates/replay/1.2.0.json");
  }

  @Test
  void stagesATemplateOfAnImageThatIsThere() throws IOException {
    gcloud.run("build-template", and(staged, "--image=registry/streaming@sha256:0"));

    assertThat(gcloud.lastCall())
        .containsExactly(
            "dataflow",
            "flex-template",
            "build",
            "gs://templates/streaming/1.2.0.json",
            "--project=p-123",
            "--sdk-language=JAVA",
            "--image=registry/streaming@sha256:0",
            "--metadata-file=" + metadata);
  }

  @Test
  void neverReplacesAVersion() throws IOException {
    RecordingGcloud full = new RecordingGcloud(temporary.resolve("full"));

    Command.Result result = full.run("build-template", built);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).contains("a version never changes");
    assertThat(full.calls()).hasSize(1);
  }

  @Test
  void aDryRunCallsNothingAndPrintsWhatARunWouldCall() throws IOException {
    gcloud.run("build-template", built);
    List<List<String>> called = gcloud.calls();
    gcloud.forget();

    Command.Result result = gcloud.run("build-template", and(built, "--dry-run"));
    assertThat(gcloud.calls()).isEmpty();
    gcloud.paste(result.output());
    assertThat(gcloud.calls()).isEqualTo(called);
  }

  /** gcloud would say so too, but not together with other mistakes. */
  @Test
  void imagesAreKeptByGoogle() throws IOException {
    Command.Result result =
        gcloud.run("build-template", and(staged, "--images=docker.io/images", "--jar=" + jar));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.errors()).contains("--images is not a repository of Google");
  }

  @Test
  void tellsAllMistakesAtOnce() throws IOException {
    Command.Result result =
        gcloud.run("build-template", "streaming", "--version=1/2", "--jar=/no.jar");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.errors())
        .contains("--project is missing")
        .contains("--templates is missing")
        .contains("--images is missing")
        .contains("--version is not a version")
        .contains("The jar is not there, build it first: /no.jar");
    assertThat(gcloud.calls()).isEmpty();
  }
}
