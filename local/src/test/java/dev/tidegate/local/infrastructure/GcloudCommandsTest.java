package dev.tidegate.local.infrastructure;

import static dev.tidegate.local.infrastructure.ScriptArguments.JOB;
import static dev.tidegate.local.infrastructure.ScriptArguments.and;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command and every flag that the scripts use, against the real gcloud: its help, and its
 * reading of the very command lines. It has no account, so that it can do nothing.
 */
class GcloudCommandsTest {
  private static final List<String> COMMANDS =
      List.of(
          "storage objects describe",
          "builds submit",
          "dataflow flex-template build",
          "dataflow flex-template run",
          "dataflow jobs list",
          "dataflow jobs drain",
          "dataflow jobs describe",
          "beta dataflow metrics list");

  @TempDir Path temporary;

  private Command gcloud;

  @BeforeEach
  void useNobodysAccount() throws IOException {
    Command.assumeInstalled("gcloud");
    gcloud =
        Command.in(temporary)
            .with("CLOUDSDK_CONFIG", Files.createDirectory(temporary.resolve("none")).toString())
            .with("CLOUDSDK_CORE_CHECK_GCE_METADATA", "false")
            .with("CLOUDSDK_CORE_DISABLE_PROMPTS", "true")
            .with("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "true");
  }

  @Test
  void gcloudHasEachFlag() throws IOException {
    Map<String, List<List<String>>> calls = callsByCommand();
    assertThat(calls).containsOnlyKeys(COMMANDS);
    calls.forEach(
        (command, ofIt) -> {
          String help = help(command);
          ofIt.stream()
              .flatMap(Collection::stream)
              .filter(word -> word.startsWith("--"))
              .map(word -> word.split("=", 2)[0].substring(2))
              .distinct()
              .forEach(
                  flag ->
                      assertThat(
                              Pattern.compile("--(\\[no-\\])?" + flag + "(?![a-z-])")
                                  .matcher(help)
                                  .find())
                          .as("gcloud %s --%s", command, flag)
                          .isTrue());
        });
  }

  @Test
  void gcloudReadsEachCommandAndMissesOnlyAnAccount() throws IOException {
    for (List<List<String>> calls : callsByCommand().values()) {
      List<String> words = new ArrayList<>(List.of("gcloud"));
      words.addAll(calls.get(calls.size() - 1));
      Command.Result result = gcloud.run(words);
      assertThat(result.exitCode()).isNotZero();
      assertThat(result.errors()).as("%s", words).contains("active account selected");
    }
  }

  /** It keeps parameters as they are; of the streaming modes, its releases so far keep nothing. */
  @Test
  void gcloudReadsTheTemplatesMetadata() throws IOException {
    for (String pipeline : List.of("streaming", "replay")) {
      Path metadata = Repository.ROOT.resolve("templates/metadata/" + pipeline + ".json");
      Command.Result result =
          gcloud.run(
              List.of(
                  "gcloud",
                  "dataflow",
                  "flex-template",
                  "build",
                  "gs://templates/1.json",
                  "--project=p-123",
                  "--sdk-language=JAVA",
                  "--image=registry/image:1",
                  "--metadata-file=" + metadata,
                  "--print-only"));
      assertThat(result.exitCode()).as(result.errors()).isZero();
      JsonNode printed =
          Json.mapper().readTree(result.output().substring(result.output().indexOf('{')));
      assertThat(printed.at("/metadata/parameters"))
          .isEqualTo(Json.mapper().readTree(Files.readString(metadata)).path("parameters"));
    }
  }

  @Test
  void gcloudWouldNotTakeAFlagOfAnotherName() {
    assertThat(
            gcloud
                .run(List.of("gcloud", "dataflow", "jobs", "list", "--regions=europe-west1"))
                .errors())
        .contains("unrecognized arguments")
        .doesNotContain("active account selected");
  }

  private String help(String command) {
    List<String> words = new ArrayList<>(List.of("gcloud"));
    words.addAll(List.of(command.split(" ")));
    words.add("--help");
    Command.Result result = gcloud.run(words);
    assertThat(result.exitCode()).as("gcloud %s --help", command).isZero();
    // Bold and underlined for terminals.
    return result.output().replaceAll(".\b|\u001b\\[[0-9;]*m", "");
  }

  /** What the scripts call, with each of their options given. */
  private Map<String, List<List<String>>> callsByCommand() throws IOException {
    List<List<String>> calls = new ArrayList<>();
    RecordingGcloud running =
        new RecordingGcloud(temporary.resolve("running"))
            .answers(
                "dataflow jobs list --project=p-123 --region=europe-west1 --status=active",
                "id-1\ttidegate-events\tRunning")
            .answers("dataflow jobs describe", "JOB_STATE_DRAINED");
    String[] template =
        and(
            ScriptArguments.flexTemplate(temporary),
            "--num-workers=2",
            "--max-workers=3",
            "--machine-type=n2-standard-2",
            "--subnetwork=regions/europe-west1/subnetworks/jobs");
    running.run("update", and(template, "--rename", "A=B"));
    running.run("drain", and(JOB, "--wait"));
    running.run("status", and(JOB, "--metrics"));
    calls.addAll(running.calls());

    Path file = Files.createFile(temporary.resolve("file"));
    RecordingGcloud empty =
        new RecordingGcloud(temporary.resolve("empty")).fails("storage objects describe");
    String[] build = {
      "streaming",
      "--project=p-123",
      "--templates=gs://templates",
      "--version=1",
      "--metadata=" + file
    };
    empty.run("build-template", and(build, "--image=registry/streaming:1"));
    empty.run(
        "build-template",
        and(build, "--images=europe-west1-docker.pkg.dev/p-123/images", "--jar=" + file));
    calls.addAll(empty.calls());

    Map<String, List<List<String>>> byCommand = new TreeMap<>();
    for (List<String> call : calls) {
      String words = String.join(" ", call);
      String command =
          COMMANDS.stream().filter(known -> words.startsWith(known + " ")).findAny().orElse(words);
      byCommand.computeIfAbsent(command, none -> new ArrayList<>()).add(call);
    }
    return byCommand;
  }
}
