package dev.tidegate.local.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.pipeline.EventPipeline;
import dev.tidegate.pipeline.ReplayPipeline;
import dev.tidegate.testing.Command;
import dev.tidegate.testing.JavaProcess;
import dev.tidegate.testing.Repository;
import org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory;
import org.junit.jupiter.api.Test;

/** What a person sees of the mains: exit code, messages and help. */
class LaunchProcessIT {
  @Test
  void mistakesAreLinesAndNoStackTrace() {
    Command.Result outcome =
        run(
            EventPipeline.class,
            "--runner=DataflowRunner",
            "--project=own-project",
            "--region=europe-west1-b",
            "--inputSubscripton=projects/own-project/subscriptions/events",
            "--archiveDataset=own-project.archive",
            "--batchRows=many",
            "--jdbcUrl=jdbc:postgresql://localhost:1/tidegate",
            "--jdbcUsername=tidegate",
            "--bigQueryEndpoint=http://localhost:1/",
            // Without any, Beam logs at length that there are none.
            "--credentialFactoryClass=" + NoopCredentialFactory.class.getName());
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.output()).isEmpty();
    assertThat(outcome.errors())
        .contains("EventPipeline: nothing was launched.")
        .contains("  --inputSubscripton is not an option: did you mean --inputSubscription?")
        .contains("  --inputSubscription must be projects/PROJECT/subscriptions/NAME")
        .contains("  --batchRows must be one whole number")
        .contains("  --region must be a region, and europe-west1-b is a zone")
        .contains("  --jdbcUrl must be reachable")
        .contains("  --archiveDataset could not be checked")
        .doesNotContain("\tat ");
  }

  @Test
  void aReplaysMistakesToo() {
    Command.Result outcome = run(ReplayPipeline.class, "--from=NOWHERE", "--rate=-1", "stray");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.errors().lines())
        .contains(
            "ReplayPipeline: nothing was launched.",
            "  --from must be one of [ARCHIVE_FILES, ARCHIVE_BIGQUERY, DEAD_LETTERS]",
            "  --rate must be 0, for no limit, or more")
        .anyMatch(line -> line.contains("an argument is not --NAME=VALUE"))
        .filteredOn(line -> line.contains("--from must"))
        .hasSize(1);
  }

  @Test
  void helpListsOurOptionsInGroups() {
    Command.Result events = run(EventPipeline.class, "--help");
    assertThat(events.exitCode()).isZero();
    assertThat(events.output().lines())
        .contains("    The pipeline", "    The archive", "    PostgreSQL", "    The launch")
        .containsSequence("  --dedupeWindow=<String>", "    Default: 10m")
        .containsSequence("  --batching=<BUNDLES | GROUPS>", "    Default: GroupsOnDataflow")
        .contains("  --inputSubscription=<String>", "  --launchChecks=<boolean>");
    assertThat(run(ReplayPipeline.class, "--help").output().lines())
        .contains("    The replay", "    PostgreSQL")
        .containsSequence("  --dryRun=<boolean>", "    Default: false");
  }

  private static Command.Result run(Class<?> main, String... arguments) {
    return Command.in(Repository.ROOT).run(JavaProcess.commandLine(main, arguments));
  }
}
