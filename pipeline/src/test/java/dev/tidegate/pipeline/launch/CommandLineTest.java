package dev.tidegate.pipeline.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.pipeline.EventPipelineOptions;
import dev.tidegate.pipeline.ReplayPipelineOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Arguments are read one by one, and every mistake is told. */
class CommandLineTest {
  @Test
  void readsWhatIsThere() {
    CommandLine<ReplayPipelineOptions> line =
        CommandLine.parse(
            ReplayPipelineOptions.class,
            "--from=DEAD_LETTERS",
            "--tenants=a",
            "--tenants=b",
            "--dryRun",
            "--jdbcUrl=jdbc:postgresql://db/tidegate?a=b&c=d,e");
    assertThat(line.mistakes()).isEmpty();
    assertThat(line.options().getFrom()).isEqualTo(ReplayPipelineOptions.Source.DEAD_LETTERS);
    assertThat(line.options().getTenants()).containsExactly("a", "b");
    assertThat(line.options().getDryRun()).isTrue();
    assertThat(line.options().getJdbcUrl()).endsWith("/tidegate?a=b&c=d,e");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--inputSubscripton=x | --inputSubscripton is not an option: did you mean --inputSubscription?",
        "--jdbcPolSize=1      | --jdbcPolSize is not an option: did you mean --jdbcPoolSize?",
        "--zzzzzzzzzzzzzzz=1  | --zzzzzzzzzzzzzzz is not an option: leave it out, or see --help",
        "--jdbcPoolSize=four  | --jdbcPoolSize must be one whole number, not too large",
        "--jdbcPoolSize=      | --jdbcPoolSize must be given once, with a value of the kind that --help describes",
        "--jdbcPoolSize=99999999999 | --jdbcPoolSize must be one whole number, not too large",
        "--ledgerPayload=maybe | --ledgerPayload must be true or false",
        "--batching=ALL       | --batching must be one of [BUNDLES, GROUPS]",
        "--runner=Nothing     | --runner must be given once, with a value of the kind that --help describes",
        "-help                | an argument is not --NAME=VALUE: write the value after ="
      })
  void aMistakeSaysWhatToChange(String argument, String mistake) {
    assertThat(CommandLine.parse(EventPipelineOptions.class, argument).mistakes())
        .containsExactly(mistake);
  }

  @Test
  void allMistakesAreToldAndTheRestIsRead() {
    CommandLine<EventPipelineOptions> line =
        CommandLine.parse(
            EventPipelineOptions.class,
            "--bogus=1",
            "--batchRows=x",
            "--batchShards=y",
            "--defaultTenant=somebody",
            "s3cret");
    assertThat(line.mistakes()).hasSize(4).noneMatch(mistake -> mistake.contains("s3cret"));
    assertThat(line.unusable()).containsExactlyInAnyOrder("bogus", "batchRows", "batchShards");
    assertThat(line.options().getDefaultTenant()).isEqualTo("somebody");
  }

  @Test
  void optionGivenTwiceThatIsNoListIsAMistake() {
    assertThat(
            CommandLine.parse(EventPipelineOptions.class, "--batchRows=1", "--batchRows=2")
                .mistakes())
        .containsExactly(
            "--batchRows must be given once, with a value of the kind that --help describes");
  }

  @Test
  void optionsOfRunnersAreKnown() {
    assertThat(
            CommandLine.parse(
                    EventPipelineOptions.class,
                    "--runner=DataflowRunner",
                    "--maxNumWorkers=4",
                    "--enableStreamingEngine")
                .mistakes())
        .isEmpty();
  }
}
