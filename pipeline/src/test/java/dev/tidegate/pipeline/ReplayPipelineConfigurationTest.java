package dev.tidegate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.schemas.EffectMode;
import dev.tidegate.transforms.StampKey;
import dev.tidegate.transforms.replay.ReadArchiveBigQuery;
import dev.tidegate.transforms.replay.ReadArchiveFiles;
import dev.tidegate.transforms.replay.ReadDeadLetters;
import java.time.Instant;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.Test;

/** What a replay's options become, and which of them are refused. */
class ReplayPipelineConfigurationTest {
  private static final String TOPIC = "--outputTopic=projects/project/topics/events";

  @Test
  void anArchivesEventsArePublishedByDefault() {
    ReplayPipelineConfiguration configuration =
        configuration(
            "--from=ARCHIVE_FILES",
            "--archiveFolder=/archive",
            TOPIC,
            "--fromTime=2026-01-31",
            "--toTime=2026-02-01T10:00:00+02:00",
            "--tenants=a,b",
            "--notificationIds=n1");

    assertThat(configuration.read()).isInstanceOf(ReadArchiveFiles.class);
    assertThat(configuration.output())
        .isEqualTo(
            new ReplayPipelineConfiguration.Output.Topic(
                "projects/project/topics/events", new StampKey("env:TIDEGATE_STAMP_KEY")));
    assertThat(configuration.filter().received().from())
        .isEqualTo(Instant.parse("2026-01-31T00:00:00Z"));
    assertThat(configuration.filter().received().to())
        .isEqualTo(Instant.parse("2026-02-01T08:00:00Z"));
    assertThat(configuration.filter().tenants()).containsExactlyInAnyOrder("a", "b");
    assertThat(configuration.filter().notificationIds()).containsExactly("n1");
    assertThat(configuration.rate()).isZero();
    assertThat(configuration.replayId()).matches("replay-\\d{8}T\\d{6}Z-[0-9a-f]{8}");
  }

  @Test
  void everyAttemptHasANameOfItsOwn() {
    Instant now = Instant.parse("2026-11-21T10:20:30Z");
    assertThat(ReplayPipelineConfiguration.newReplayId(now))
        .startsWith("replay-20261121T102030Z-")
        .isNotEqualTo(ReplayPipelineConfiguration.newReplayId(now));
    assertThat(
            configuration(
                    "--from=ARCHIVE_BIGQUERY",
                    "--archiveDataset=project.tidegate",
                    TOPIC,
                    "--replayId=mine")
                .replayId())
        .isEqualTo("mine");
  }

  @Test
  void lettersAreChosenByWhenTheyFailedAndNotByWhenTheyCame() {
    ReplayPipelineConfiguration configuration =
        configuration(
            "--from=DEAD_LETTERS",
            "--jdbcUrl=jdbc:postgresql://db/tidegate",
            "--jdbcUsername=tidegate",
            TOPIC,
            "--fromTime=2026-01-31",
            "--tenants=a",
            "--errorClasses=INVALID,DATABASE_REJECTED");

    assertThat(configuration.read()).isInstanceOf(ReadDeadLetters.class);
    assertThat(configuration.filter().received().from()).isNull();
    assertThat(configuration.filter().tenants()).containsExactly("a");
  }

  @Test
  void archivesEventsCauseNothingAndLettersWhatIsMissingUnlessItIsSaid() {
    String[] database = {"--jdbcUrl=jdbc:postgresql://db/tidegate", "--jdbcUsername=tidegate"};

    assertThat(configuration("--from=ARCHIVE_FILES", "--archiveFolder=/archive", TOPIC).effects())
        .isEqualTo(EffectMode.NONE);
    assertThat(
            configuration("--from=ARCHIVE_BIGQUERY", "--archiveDataset=tidegate", TOPIC).effects())
        .isEqualTo(EffectMode.NONE);
    assertThat(configuration("--from=DEAD_LETTERS", TOPIC, database[0], database[1]).effects())
        .isEqualTo(EffectMode.MISSING);
    for (EffectMode mode : EffectMode.values()) {
      assertThat(
              configuration(
                      "--from=ARCHIVE_FILES",
                      "--archiveFolder=/archive",
                      TOPIC,
                      "--effects=" + mode.label())
                  .effects())
          .isEqualTo(mode);
    }
  }

  @Test
  void aDryRunNeedsNothingToWriteTo() {
    ReplayPipelineConfiguration configuration =
        configuration(
            "--from=ARCHIVE_BIGQUERY", "--archiveDataset=tidegate", "--dryRun", "--output=SINKS");

    assertThat(configuration.read()).isInstanceOf(ReadArchiveBigQuery.class);
    assertThat(configuration.output()).isEqualTo(new ReplayPipelineConfiguration.Output.Preview());
  }

  @Test
  void allMistakesAreToldAtOnce() {
    assertThatThrownBy(
            () ->
                configuration(
                    "--from=ARCHIVE_FILES",
                    "--outputTopic=events",
                    "--fromTime=yesterday",
                    "--rate=-1",
                    "--replayId= ",
                    "--effects=some",
                    "--errorClasses=WRONG",
                    "--fingerprints=f"))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .contains(
            "--archiveFolder must be given",
            "--outputTopic must be",
            "--fromTime must be a day",
            "--rate must be 0",
            "--replayId must be",
            "--effects must be none, missing or all",
            "--errorClasses must be of [UNDECODABLE",
            "--errorClasses and --fingerprints are for");
    assertThatThrownBy(() -> configuration("--output=SINKS", "--handlerAttempts=0"))
        .message()
        .contains(
            "--handlerAttempts must be 1 to 20",
            "--from must be one of [ARCHIVE_FILES",
            "--jdbcUrl",
            "--jdbcUsername")
        .doesNotContain("--outputTopic");
    assertThatThrownBy(
            () ->
                configuration(
                    "--from=ARCHIVE_BIGQUERY",
                    "--archiveDataset=a`b",
                    TOPIC,
                    "--fromTime=2026-02-01",
                    "--toTime=2026-02-01"))
        .hasMessage(
            "--archiveDataset must be DATASET or PROJECT.DATASET\n"
                + "--fromTime must be before --toTime");
  }

  private static ReplayPipelineConfiguration configuration(String... arguments) {
    return ReplayPipelineConfiguration.of(
        PipelineOptionsFactory.fromArgs(arguments).as(ReplayPipelineOptions.class));
  }
}
