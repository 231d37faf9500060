package dev.tidegate.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.pipeline.EventPipelineConfiguration;
import dev.tidegate.pipeline.EventPipelineOptions;
import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.testing.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pipeline on embedded Flink that is ended from outside. */
class PipelineSupervisorIT {
  private static final LocalOptions.Pubsub PUBSUB =
      new LocalOptions.Pubsub(Optional.empty(), "local-dev", "events", "events-pipeline");

  @TempDir private Path folder;

  private final List<LocalPipeline> started = new CopyOnWriteArrayList<>();

  @Test
  void aPipelineIsReplacedOnDemandAndAfterAFewCancellationsGivenUp() throws Exception {
    TestDatabase database = TestDatabase.create();
    try (EmbeddedPubsub pubsub = EmbeddedPubsub.start(folder.resolve("pubsub"), 0)) {
      PubsubResources.create(pubsub.endpoint(), PUBSUB);
      RunningSystem system =
          new RunningSystem(
              0,
              pubsub.endpoint(),
              PUBSUB.project(),
              PUBSUB.topic(),
              PUBSUB.subscription(),
              database.jdbcUrl(),
              TestDatabase.USERNAME,
              folder.resolve("archive").toString(),
              "",
              List.of());
      try (PipelineSupervisor supervisor =
          PipelineSupervisor.start(
              () -> {
                EventPipelineOptions options =
                    LocalPipeline.options(system, "env:NO_STAMP_KEY", 2, List.of());
                LocalPipeline pipeline =
                    LocalPipeline.start(
                        options,
                        EventPipelineConfiguration.of(options),
                        LocalOptions.Runner.FLINK,
                        2,
                        folder.resolve("flink"));
                started.add(pipeline);
                return pipeline;
              },
              () -> pubsub.redeliver(PUBSUB.subscriptionPath()),
              Duration.ofMillis(50))) {
        supervisor.awaitRunning();
        assertThat(supervisor.problem()).isEmpty();
        assertThat(supervisor.state()).isEqualTo("RUNNING");

        cancel();
        await().until(() -> supervisor.problem().isPresent());
        assertThat(supervisor.problem().orElseThrow())
            .isEqualTo("it ended (cancelled), and is started again (1 of 5)");
        assertThat(supervisor.state()).isEqualTo("RESTARTING");

        new ReachableSystem(system).publish("{}".getBytes(UTF_8), Map.of());
        await().until(() -> database.query("SELECT count(*) FROM event_dead_letters").equals("1"));
        await().until(() -> supervisor.problem().isEmpty());
        assertThat(supervisor.counters()).containsEntry("pipeline_restarts", 1L);
        assertThat(supervisor.failure()).isEmpty();

        supervisor.replace();
        await().until(() -> started.size() == 3);
        started.get(2).awaitRunning();
        assertThat(started.get(1).phase()).isEqualTo(LocalPipeline.Phase.ENDED);
        assertThat(supervisor.counters()).as("no failure").containsEntry("pipeline_restarts", 1L);
        new ReachableSystem(system).publish("[]".getBytes(UTF_8), Map.of());
        await().until(() -> database.query("SELECT count(*) FROM event_dead_letters").equals("2"));

        for (int starts = 3; starts <= 8; starts++) {
          int expected = starts;
          await().until(() -> started.size() == expected);
          started.get(expected - 1).awaitRunning();
          cancel();
        }
        await().until(() -> supervisor.failure().isPresent());
        assertThat(supervisor.failure().orElseThrow())
            .isEqualTo("it ended (cancelled) again after 5 starts");
        assertThat(supervisor.state()).isEqualTo("ENDED");
        assertThat(supervisor.problem()).isPresent();
        assertThat(started).hasSize(8);
      }
    }
  }

  /** As somebody else would: nothing but the runner knows. */
  private void cancel() throws Exception {
    started.get(started.size() - 1).close();
  }
}
