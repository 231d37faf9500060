package dev.tidegate.gateway.replay;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.TestLedger.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TestLedger;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Replays outlive the gateway that they were asked of. */
class ReplayRestartIT {
  private static final int LETTERS = 100;

  private final RecordingPublisher publisher = new RecordingPublisher();
  private TestLedger ledger;

  @BeforeEach
  void create() throws SQLException {
    ledger = TestLedger.create();
    ledger.letters("a", LETTERS);
  }

  private static String start(RunningReplays gateway, int rate) {
    return gateway.client().start(A_OPERATOR, "{\"eventsPerSecond\":%d}".formatted(rate));
  }

  private static JsonNode awaitCompleted(RunningReplays gateway, String replay) {
    return gateway.client().awaitCompleted(replay);
  }

  @Test
  void theNextStartGoesOnWhereItStopped() {
    String replay;
    try (RunningReplays gateway = RunningReplays.start(ledger, publisher)) {
      replay = start(gateway, 20);
      await().until(() -> publisher.all().size() >= 10);
    }
    int before = publisher.all().size();
    assertThat(before).isLessThan(LETTERS);

    try (RunningReplays gateway = RunningReplays.start(ledger, publisher)) {
      JsonNode done = awaitCompleted(gateway, replay);
      assertThat(done.path("published").asInt()).isEqualTo(LETTERS);
    }
    // It was stopped in good order, so nothing is published twice either.
    assertThat(publisher.all("notification_id")).containsExactlyElementsOf(ids(LETTERS));
  }

  @Test
  void whatACrashedGatewayHadIsTakenOverWhenItsLeaseRunsOut() throws SQLException {
    String replay;
    try (RunningReplays gateway = RunningReplays.start(ledger, publisher)) {
      replay = start(gateway, 20);
      await().until(() -> publisher.all().size() >= 10);
    }
    int before = publisher.all().size();
    // As a gateway leaves it that published two more and was killed before it wrote that down.
    ledger.execute(
        """
        UPDATE replays SET lease_token = gen_random_uuid(),
          leased_until = now() + interval '3 seconds', published = published - 2,
          position_key = ARRAY['a', 'shop', 'n%03d', '', '']
        """
            .formatted(before - 2));

    try (RunningReplays gateway = RunningReplays.start(ledger, publisher)) {
      JsonNode done = awaitCompleted(gateway, replay);
      assertThat(done.path("published").asInt()).isEqualTo(LETTERS);
    }
    List<String> expected = new ArrayList<>(ids(LETTERS).subList(0, before));
    expected.addAll(ids(LETTERS).subList(before - 2, LETTERS));
    assertThat(publisher.all("notification_id")).containsExactlyElementsOf(expected);
  }

  @Test
  void ofTwoGatewaysOneWorksOnAReplay() {
    try (RunningReplays one = RunningReplays.start(ledger, publisher);
        RunningReplays other = RunningReplays.start(ledger, publisher)) {
      awaitCompleted(other, start(one, 200));
    }
    assertThat(publisher.all("notification_id")).containsExactlyElementsOf(ids(LETTERS));
  }
}
