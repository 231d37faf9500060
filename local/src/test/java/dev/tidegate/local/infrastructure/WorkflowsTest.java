package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** GitHub's workflows: what they run is there, and they may do no more than they must. */
class WorkflowsTest {
  private static final Map<String, JsonNode> WORKFLOWS = new TreeMap<>();

  @TempDir Path temporary;

  @BeforeAll
  static void readWorkflows() throws IOException {
    // A key that stands twice would silently win over the first.
    ObjectMapper yaml =
        new ObjectMapper(new YAMLFactory().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION));
    for (Path file : Repository.files(Repository.WORKFLOWS, ".yml")) {
      WORKFLOWS.put(file.getFileName().toString(), yaml.readTree(Files.readString(file)));
    }
  }

  @Test
  void thereAreThree() throws IOException {
    assertThat(WORKFLOWS).containsOnlyKeys("prove.yml", "release.yml", "test.yml");
    assertThat(Repository.files(Repository.WORKFLOWS, "")).hasSize(3);
  }

  /** A pull request's code never runs with more than the right to read. */
  @Test
  void onlyTagsReleaseAndPullRequestsReadOnly() {
    JsonNode test = WORKFLOWS.get("test.yml");
    assertThat(test.get("on").fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("pull_request", "push");
    assertThat(test.get("permissions").toString()).isEqualTo("{\"contents\":\"read\"}");
    test.get("jobs").forEach(job -> assertThat(job.has("permissions")).isFalse());
    assertThat(test.toString()).doesNotContain("secrets.", "vars.", "id-token");

    JsonNode release = WORKFLOWS.get("release.yml");
    assertThat(release.get("on").toString()).isEqualTo("{\"push\":{\"tags\":[\"v*\"]}}");
    assertThat(release.get("permissions")).isEmpty();
    assertThat(release.at("/jobs/test/permissions").toString())
        .isEqualTo("{\"contents\":\"read\"}");
    assertThat(release.at("/jobs/templates/permissions").toString())
        .isEqualTo("{\"contents\":\"read\",\"id-token\":\"write\"}");
    assertThat(release.at("/jobs/templates/environment").asText()).isEqualTo("release");
    assertThat(release.at("/jobs/templates/needs").asText()).isEqualTo("test");
    assertThat(release.toString()).doesNotContain("secrets.", "credentials_json");
  }

  @Test
  void theProofsRunEveryNightAndReadOnly() {
    JsonNode prove = WORKFLOWS.get("prove.yml");
    assertThat(prove.at("/on/schedule/0/cron").asText()).matches("\\d+ \\d+ \\* \\* \\*");
    assertThat(prove.get("permissions").toString()).isEqualTo("{\"contents\":\"read\"}");
    assertThat(prove.findValuesAsText("run")).containsExactly("scripts/prove");
    assertThat(Repository.SCRIPTS.resolve("prove")).isExecutable();
  }

  @Test
  void eachHasALimitOfTimeAndOneRunAtATime() {
    WORKFLOWS.forEach(
        (name, workflow) -> {
          assertThat(workflow.at("/concurrency/group").asText()).as(name).isNotEmpty();
          workflow
              .get("jobs")
              .forEach(job -> assertThat(job.get("timeout-minutes").asInt()).isBetween(1, 120));
        });
    assertThat(WORKFLOWS.get("release.yml").at("/concurrency/cancel-in-progress").asBoolean(true))
        .isFalse();
  }

  /** A tag can be moved to other code; a commit cannot. */
  @Test
  void actionsAreNamedByCommit() throws IOException {
    List<JsonNode> uses = new ArrayList<>();
    WORKFLOWS.values().forEach(workflow -> uses.addAll(workflow.findValues("uses")));
    assertThat(uses)
        .hasSizeGreaterThan(8)
        .allSatisfy(action -> assertThat(action.asText()).matches("[\\w-]+/[\\w-]+@[0-9a-f]{40}"));
    for (Path file : Repository.files(Repository.WORKFLOWS, ".yml")) {
      assertThat(Files.readString(file).lines().filter(line -> line.contains("uses: ")))
          .allMatch(line -> line.matches(".*@[0-9a-f]{40} # v\\d+\\.\\d+\\.\\d+"));
    }
  }

  @Test
  void nothingOfGitHubsIsPutIntoAShellsText() {
    for (String run : runs()) {
      assertThat(run).doesNotContain("${{");
    }
  }

  @Test
  void theScriptsTakeWhatTheyAreGiven() throws IOException {
    Command shell = PageCommands.shell(temporary).with("GITHUB_REF_NAME", "v1.2.0");
    List<String> scripts =
        runs().stream().filter(run -> run.contains("scripts/build-template")).toList();
    int called = 0;
    for (String run : scripts) {
      if (run.startsWith("scripts/")) {
        Command.Result result = shell.run(PageCommands.inShell(run + " --dry-run"));
        // What is to be packaged first is not there in a test; other mistakes would be told with
        // it.
        assertThat(result.errors().lines().skip(1)).as(run).allMatch(s -> s.contains("not there"));
        assertThat(result.errors().isEmpty() ? result.output() : result.errors())
            .containsAnyOf("1.2.0", "not there");
        called++;
      }
    }
    assertThat(called).isEqualTo(2);
  }

  @Test
  void theWrapperAndTheModuleAreThere() {
    assertThat(runs())
        .contains("./mvnw -B verify", "terraform validate", "terraform test")
        .anyMatch(run -> run.contains("shellcheck"));
    assertThat(Repository.ROOT.resolve("mvnw")).isExecutable();
    assertThat(
            Repository.ROOT.resolve(
                WORKFLOWS
                    .get("test.yml")
                    .at("/jobs/terraform/defaults/run/working-directory")
                    .asText()))
        .isEqualTo(Repository.TERRAFORM);
  }

  private static List<String> runs() {
    List<String> runs = new ArrayList<>();
    WORKFLOWS
        .values()
        .forEach(
            workflow ->
                workflow
                    .get("jobs")
                    .forEach(
                        job ->
                            job.get("steps")
                                .forEach(
                                    step -> {
                                      if (step.has("run")) {
                                        runs.add(step.get("run").asText());
                                      }
                                    })));
    return runs;
  }
}
