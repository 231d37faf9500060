package dev.tidegate.local.infrastructure;

import static dev.tidegate.local.infrastructure.ScriptArguments.and;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LaunchScriptTest {
  @TempDir Path temporary;

  private RecordingGcloud gcloud;
  private String[] arguments;

  @BeforeEach
  void prepare() throws IOException {
    gcloud = new RecordingGcloud(temporary);
    arguments = and(new String[] {"streaming"}, ScriptArguments.flexTemplate(temporary));
  }

  @Test
  void launchesWithStreamingEngineAndTheDefaults() throws IOException {
    assertThat(gcloud.run("launch", arguments).exitCode()).isZero();

    assertThat(gcloud.calls())
        .containsExactly(
            List.of(
                "storage",
                "objects",
                "describe",
                "gs://templates/streaming/1.2.0.json",
                "--project=p-123",
                "--format=value(name)"),
            List.of(
                "dataflow",
                "jobs",
                "list",
                "--project=p-123",
                "--region=europe-west1",
                "--status=active",
                "--filter=name=tidegate-events",
                "--format=value(id,name,state)"),
            List.of(
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
                "--num-workers=1",
                "--max-workers=4",
                "--worker-machine-type=n2-standard-2",
                "--disable-public-ips",
                "--enable-streaming-engine",
                ScriptArguments.JOINED));
  }

  @Test
  void passesOnWhatIsSaidOfWorkers() throws IOException {
    gcloud.run(
        "launch",
        and(
            arguments,
            "--num-workers=3",
            "--max-workers=12",
            "--machine-type=n2-standard-4",
            "--subnetwork=regions/europe-west1/subnetworks/jobs",
            "--public-ips"));

    assertThat(gcloud.lastCall())
        .contains(
            "--num-workers=3",
            "--max-workers=12",
            "--worker-machine-type=n2-standard-4",
            "--subnetwork=regions/europe-west1/subnetworks/jobs")
        .doesNotContain("--disable-public-ips");
  }

  @Test
  void aParameterOutranksThoseOfTheFile() throws IOException {
    gcloud.run(
        "launch", and(arguments, "--parameter", "jdbcUsername=other", "--parameter=batchRows=500"));

    assertThat(gcloud.lastCall().get(gcloud.lastCall().size() - 1))
        .contains("~jdbcUsername=other~")
        .doesNotContain("jdbcUsername=tidegate")
        .endsWith("~batchRows=500");
  }

  @Test
  void partsParametersByACharacterThatNoneOfThemHolds() throws IOException {
    gcloud.run("launch", and(arguments, "--parameter=defaultTenant=a~b|c"));

    assertThat(gcloud.lastCall().get(gcloud.lastCall().size() - 1))
        .startsWith("--parameters=^;^inputSubscription=")
        .endsWith(";defaultTenant=a~b|c");
  }

  @Test
  void aDryRunCallsNothingAndPrintsWhatARunWouldCall() throws IOException {
    gcloud.run("launch", and(arguments, "--parameter=defaultSource=it's $HOME"));
    List<List<String>> called = gcloud.calls();
    gcloud.forget();

    Command.Result result =
        gcloud.run("launch", and(arguments, "--parameter=defaultSource=it's $HOME", "--dry-run"));
    assertThat(result.exitCode()).isZero();
    assertThat(result.lines()).hasSize(3).allMatch(line -> line.startsWith("gcloud "));
    assertThat(gcloud.calls()).isEmpty();

    gcloud.paste(result.output());
    assertThat(gcloud.calls()).isEqualTo(called);
  }

  @Test
  void aReplayHasNoStreamingEngine() throws IOException {
    String[] replay = arguments.clone();
    replay[0] = "replay";
    assertThat(gcloud.run("launch", replay).exitCode()).isZero();

    assertThat(gcloud.lastCall())
        .contains(
            "tidegate-replay", "--template-file-gcs-location=gs://templates/replay/1.2.0.json")
        .doesNotContain("--enable-streaming-engine");
  }

  @Test
  void leavesARunningJobAlone() throws IOException {
    gcloud.answers("dataflow jobs list", "2026-01-01_id\ttidegate-events\tRunning");

    Command.Result result = gcloud.run("launch", arguments);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors())
        .contains("tidegate-events is running already, as 2026-01-01_id (Running)")
        .contains("scripts/update");
    assertThat(gcloud.lastCall()).contains("list");
  }

  @Test
  void anotherJobThatTheFilterLetsThroughIsNotTheJob() throws IOException {
    gcloud.answers("dataflow jobs list", "2026-01-01_id\ttidegate-events-two\tRunning");

    assertThat(gcloud.run("launch", arguments).exitCode()).isZero();
    assertThat(gcloud.lastCall()).contains("run");
  }

  @Test
  void refusesATemplateThatIsNotThere() throws IOException {
    gcloud.fails("storage objects describe");

    Command.Result result = gcloud.run("launch", arguments);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors())
        .contains("there is no template gs://templates/streaming/1.2.0.json");
    assertThat(gcloud.calls()).hasSize(1);
  }

  @Test
  void tellsAllMistakesAtOnceAndCallsNothing() throws IOException {
    Command.Result result =
        gcloud.run(
            "launch",
            "streaming",
            "--region=europe-west1-b",
            "--bogus",
            "--num-workers=9",
            "--parameter=inputSubscription=events",
            "--parameter=nonsense",
            "--parameter=two words=1");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.output()).isEmpty();
    assertThat(result.errors().lines())
        .startsWith("launch: nothing was done.")
        .anyMatch(line -> line.contains("There is no option --bogus"))
        .anyMatch(line -> line.contains("--project is missing"))
        .anyMatch(line -> line.contains("--region is not a region") && line.endsWith("west1-b"))
        .anyMatch(line -> line.contains("--template is missing"))
        .anyMatch(line -> line.contains("--service-account is missing"))
        .anyMatch(line -> line.contains("--temporary is missing"))
        .anyMatch(line -> line.contains("9 of 4"))
        .anyMatch(line -> line.contains("--parameter is not NAME=VALUE: nonsense"))
        .anyMatch(line -> line.contains("No parameter can have this name: two words"))
        .anyMatch(line -> line.contains("inputSubscription is not projects/PROJECT/subscriptions"))
        .anyMatch(line -> line.contains("The parameter jdbcUrl is missing"))
        .anyMatch(line -> line.contains("The parameter jdbcPasswordSecret is missing"));
    assertThat(gcloud.calls()).isEmpty();
  }

  @Test
  void refusesAPasswordAndDoesNotRepeatIt() throws IOException {
    Command.Result result =
        gcloud.run(
            "launch",
            and(
                arguments,
                "--parameter=jdbcPassword=hunter2",
                "--parameter=jdbcUrl=jdbc:postgresql://h/d?user=u&password=hunter3"));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.errors())
        .contains("The parameter jdbcPassword holds a password")
        .contains("The parameter jdbcUrl holds a password")
        .doesNotContain("hunter");
    assertThat(gcloud.calls()).isEmpty();
  }

  @Test
  void saysThatGcloudIsMissing() throws IOException {
    Path tools = Files.createDirectory(temporary.resolve("tools"));
    Files.createSymbolicLink(tools.resolve("bash"), Path.of("/bin/bash"));
    String[] words = and(new String[] {Repository.SCRIPTS + "/launch"}, arguments);
    Command.Result result =
        Command.in(temporary).with("PATH", tools.toString()).run(List.of(words));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.errors()).contains("gcloud is not on the PATH");
  }

  @Test
  void helpIsTheScriptsHead() throws IOException {
    for (String script :
        List.of("build-template", "launch", "update", "drain", "status", "rollback")) {
      Command.Result result = gcloud.run(script, "--help");
      assertThat(result.exitCode()).isZero();
      assertThat(result.output())
          .contains("scripts/" + script)
          .contains("--dry-run")
          .doesNotContain("shellcheck");
    }
    assertThat(gcloud.calls()).isEmpty();
  }
}
