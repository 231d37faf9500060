package dev.tidegate.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.testing.Patience;
import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Under load: Pub/Sub goes away and comes back, and the gateway is killed meanwhile. */
@Proof(
    name = "pubsub-outage",
    promise = "What the gateway has answered 202 is in Pub/Sub in the end",
    faults = "Pub/Sub away under load, kill -9 of the gateway at four instants")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class PubsubOutageIT {
  private static final Duration OUTAGE =
      ProofSize.of(Duration.ofSeconds(5), Duration.ofSeconds(60));
  private static final Duration PAUSE = Duration.ofMillis(50);

  @TempDir Path pubsubFolder;
  @TempDir Path spoolFolder;
  @TempDir Path logs;

  @Test
  void sendersDoNotNoticeThatPubsubIsAway() throws Exception {
    EmbeddedPubsub pubsub = EmbeddedPubsub.start(pubsubFolder, 0);
    int port = pubsub.port();
    String endpoint = pubsub.endpoint();
    try (PubsubInbox inbox = new PubsubInbox(endpoint);
        WebhookGateway gateway = WebhookGateway.withSpool(endpoint, spoolFolder)) {
      inbox.create();
      WebhookSender sender = new WebhookSender(gateway.port(), "n-").start(PAUSE);
      await().until(() -> sender.accepted().size() > 100);
      pubsub.close();
      // The outage is what is tested: nothing tells that it was long enough but the time.
      TimeUnit.MILLISECONDS.sleep(OUTAGE.toMillis());
      assertThat(gateway.metric("tidegate_spool_messages")).isPositive();
      try (EmbeddedPubsub back = EmbeddedPubsub.start(pubsubFolder, port);
          PubsubInbox again = new PubsubInbox(back.endpoint())) {
        await().until(() -> gateway.metric("tidegate_spool_messages") == 0);
        sender.close();
        assertThat(sender.refused()).isEmpty();
        assertThat(sender.lost()).isZero();
        Set<String> accepted = sender.accepted();
        ProofSize.count(accepted.size());
        assertThat(again.notificationIds(accepted, Patience.LONGEST)).containsAll(accepted);
      }
    }
  }

  /** Killed at several instants, since what is being written then differs. */
  @ParameterizedTest
  @ValueSource(ints = {50, 200, 600})
  void aKilledGatewayLosesNothingThatItAccepted(int answersBeforeKill) throws Exception {
    EmbeddedPubsub pubsub = EmbeddedPubsub.start(pubsubFolder, 0);
    int port = pubsub.port();
    String endpoint = pubsub.endpoint();
    try (PubsubInbox inbox = new PubsubInbox(endpoint)) {
      inbox.create();
    }
    pubsub.close();
    Path log = logs.resolve("gateway.log");
    WebhookSender sender;
    try (GatewayProcess killed = GatewayProcess.start(endpoint, spoolFolder, log)) {
      sender = new WebhookSender(killed.port(), "n-").start(Duration.ZERO);
      await()
          .pollInterval(Duration.ofMillis(5))
          .until(() -> sender.accepted().size() >= answersBeforeKill);
      killed.kill();
    }
    sender.close();
    // That some were refused is no loss: on a machine that is starved the gateway answers 503.
    assertThat(sender.refused().keySet()).isSubsetOf(503);
    assertThat(sender.lost()).as("it was killed under load").isPositive();
    try (EmbeddedPubsub back = EmbeddedPubsub.start(pubsubFolder, port);
        PubsubInbox inbox = new PubsubInbox(back.endpoint());
        GatewayProcess next =
            GatewayProcess.start(back.endpoint(), spoolFolder, logs.resolve("next.log"))) {
      assertThat(next.port()).isPositive();
      Set<String> accepted = sender.accepted();
      ProofSize.count(accepted.size());
      assertThat(inbox.notificationIds(accepted, Patience.LONGEST)).containsAll(accepted);
    }
  }

  /** With Pub/Sub there, what was accepted is in Pub/Sub already. */
  @Test
  void soDoesOneThatIsKilledBetweenAcceptingAndPublishing() throws Exception {
    try (EmbeddedPubsub pubsub = EmbeddedPubsub.start(pubsubFolder, 0);
        PubsubInbox inbox = new PubsubInbox(pubsub.endpoint())) {
      inbox.create();
      WebhookSender sender;
      try (GatewayProcess killed =
          GatewayProcess.start(pubsub.endpoint(), spoolFolder, logs.resolve("gateway.log"))) {
        sender = new WebhookSender(killed.port(), "n-").start(Duration.ZERO);
        await().until(() -> sender.accepted().size() >= 500);
        killed.kill();
      }
      sender.close();
      Set<String> accepted = sender.accepted();
      ProofSize.count(accepted.size());
      assertThat(inbox.notificationIds(accepted, Patience.LONGEST)).containsAll(accepted);
    }
  }
}
