package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tidegate.pipeline.EventPipelineConfiguration;
import dev.tidegate.pipeline.EventPipelineOptions;
import dev.tidegate.pipeline.launch.CommandLine;
import dev.tidegate.testing.Command;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The parameters that docs/sizing.md recommends are ones that a launch takes. */
class ParameterFilesTest {
  private static final Path FOLDER = Repository.ROOT.resolve("templates/parameters");

  @TempDir Path temporary;

  @ParameterizedTest
  @ValueSource(strings = {"100-per-second.properties", "10000-per-second.properties"})
  void everyNameIsAnOptionAndEveryValueCanBeUsed(String file) throws IOException {
    List<String> arguments =
        Files.readAllLines(FOLDER.resolve(file)).stream()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .map(line -> "--" + line)
            .toList();
    CommandLine<EventPipelineOptions> line =
        CommandLine.parse(EventPipelineOptions.class, arguments.toArray(String[]::new));
    assertThat(line.mistakes()).isEmpty();
    assertThatCode(() -> EventPipelineConfiguration.of(line.options())).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"100-per-second.properties", "10000-per-second.properties"})
  void theLaunchScriptTakesThem(String file) throws IOException {
    RecordingGcloud gcloud = new RecordingGcloud(temporary);
    Command.Result result =
        gcloud.run(
            "launch",
            ScriptArguments.and(
                new String[] {"streaming"},
                ScriptArguments.and(
                    ScriptArguments.flexTemplate(temporary),
                    "--parameters",
                    FOLDER.resolve(file).toString(),
                    "--max-workers=16")));
    assertThat(result.exitCode()).as(result.errors()).isZero();
    assertThat(gcloud.lastCall().get(gcloud.lastCall().size() - 1))
        .startsWith("--parameters=")
        .contains("batchShards=", "jdbcPasswordSecret=");
  }

  @Test
  void thePageTellsOfEachFile() throws IOException {
    String page = Files.readString(Repository.ROOT.resolve("docs/sizing.md"));
    assertThat(Repository.files(FOLDER, ".properties"))
        .isNotEmpty()
        .allSatisfy(file -> assertThat(page).contains(file.getFileName().toString()));
  }
}
