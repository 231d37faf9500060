package dev.tidegate.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tidegate.gateway.publish.Acceptance;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.testing.Patience;
import dev.tidegate.testing.SmallDisk;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Events while Pub/Sub is away, against the real protocol. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SpoolIT {

  @TempDir Path pubsubFolder;
  @TempDir Path spoolFolder;

  @Test
  void withoutASpoolTheSenderKeepsItsEvents() throws Exception {
    EmbeddedPubsub pubsub = EmbeddedPubsub.start(pubsubFolder, 0);
    int port = pubsub.port();
    String endpoint = pubsub.endpoint();
    try (PubsubInbox inbox = new PubsubInbox(endpoint);
        WebhookGateway gateway = new WebhookGateway(endpoint, Optional.empty());
        WebhookSender sender = new WebhookSender(gateway.port(), "n-")) {
      inbox.create();
      HttpResponse<String> accepted = sender.send("first");
      assertThat(accepted.statusCode()).isEqualTo(202);
      assertThat(accepted.body()).contains("\"success\":true").contains("\"eventId\":\"evt_");
      assertThat(inbox.notificationIds(Set.of("first"), Patience.LONGEST)).containsExactly("first");

      pubsub.close();
      assertUnavailable(sender.send("second"));
      // Known to be away now: nobody waits to find out again.
      long start = System.nanoTime();
      assertUnavailable(sender.send("third"));
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));

      try (EmbeddedPubsub back = EmbeddedPubsub.start(pubsubFolder, port)) {
        await()
            .pollInterval(Duration.ofMillis(500))
            .until(() -> sender.send("fourth").statusCode() == 202);
        assertThat(back.port()).isEqualTo(port);
      }
    }
  }

  @Test
  void whatWaitsIsPublishedInOrderAlsoByTheNextProcess() throws Exception {
    EmbeddedPubsub pubsub = EmbeddedPubsub.start(pubsubFolder, 0);
    int port = pubsub.port();
    String endpoint = pubsub.endpoint();
    try (PubsubInbox inbox = new PubsubInbox(endpoint)) {
      inbox.create();
    }
    pubsub.close();
    List<String> ids = new ArrayList<>();
    try (WebhookGateway gateway = WebhookGateway.withSpool(endpoint, spoolFolder);
        WebhookSender sender = new WebhookSender(gateway.port(), "n-")) {
      for (int i = 0; i < 50; i++) {
        ids.add("n-" + i);
        assertThat(sender.send("n-" + i).statusCode()).isEqualTo(202);
      }
      assertThat(gateway.metric("tidegate_spool_messages")).isEqualTo(50);
      assertThat(gateway.metric("tidegate_spool_bytes")).isGreaterThan(50 * 2_400);
      assertThat(gateway.metric("tidegate_spool_oldest_seconds")).isPositive();
    }
    try (WebhookGateway gateway = WebhookGateway.withSpool(endpoint, spoolFolder)) {
      assertThat(gateway.metric("tidegate_spool_messages")).isEqualTo(50);
      try (EmbeddedPubsub back = EmbeddedPubsub.start(pubsubFolder, port);
          PubsubInbox inbox = new PubsubInbox(back.endpoint())) {
        List<String> published = new ArrayList<>();
        await()
            .until(
                () -> {
                  inbox
                      .pull(100)
                      .forEach(
                          message ->
                              published.add(message.getAttributesOrThrow("notification_id")));
                  return published.size() >= ids.size();
                });
        assertThat(published).containsExactlyElementsOf(ids);
        await().until(() -> gateway.metric("tidegate_spool_messages") == 0);
        assertThat(gateway.metric("tidegate_spool_bytes")).isZero();
        assertThat(gateway.metric("tidegate_spool_oldest_seconds")).isZero();
      }
    }
  }

  @Test
  void aFullSpoolIsUnavailable() throws Exception {
    try (WebhookGateway gateway = WebhookGateway.withSpool(unused(), spoolFolder, 10_000);
        WebhookSender sender = new WebhookSender(gateway.port(), "n-")) {
      for (int i = 0; i < 3; i++) {
        assertThat(sender.send("n-" + i).statusCode()).isEqualTo(202);
      }
      assertUnavailable(sender.send("one more"));
      assertThat(gateway.metric("tidegate_spool_messages")).isEqualTo(3);
      assertThat(gateway.metric("tidegate_spool_bytes")).isLessThanOrEqualTo(10_000);
    }
  }

  @Test
  void whatPubsubRefusesForGoodStandsInNobodysWay() throws Exception {
    EmbeddedPubsub pubsub = EmbeddedPubsub.start(pubsubFolder, 0);
    int port = pubsub.port();
    String endpoint = pubsub.endpoint();
    try (PubsubInbox inbox = new PubsubInbox(endpoint)) {
      inbox.create();
    }
    pubsub.close();
    try (WebhookGateway gateway = WebhookGateway.withSpool(endpoint, spoolFolder)) {
      // One of the spool's, among others, and one that meets Pub/Sub itself.
      publish(gateway, "before", "value");
      publish(gateway, "poison", "v".repeat(1_025));
      publish(gateway, "after", "value");
      try (EmbeddedPubsub back = EmbeddedPubsub.start(pubsubFolder, port);
          PubsubInbox inbox = new PubsubInbox(back.endpoint())) {
        assertThat(inbox.notificationIds(Set.of("before", "after"), Patience.LONGEST))
            .containsExactlyInAnyOrder("before", "after");
        await().until(() -> gateway.metric("tidegate_spool_messages") == 0);
        CompletableFuture.allOf(
                publishLater(gateway, "live poison", "v".repeat(1_025)),
                publishLater(gateway, "neighbour", "value"))
            .get(Patience.LONGEST.toSeconds(), TimeUnit.SECONDS);
        assertThat(inbox.notificationIds(Set.of("neighbour"), Patience.LONGEST))
            .containsExactly("neighbour");
        assertThat(gateway.publisher().setAside())
            .extracting(event -> event.notificationId().orElseThrow())
            .containsExactly("poison", "live poison");
        assertThat(gateway.metric("tidegate_spool_set_aside_messages")).isEqualTo(2);
        assertThat(gateway.metric("tidegate_spool_refused_total")).isEqualTo(2);
        assertThat(gateway.metric("tidegate_spool_messages")).isZero();
      }
    }
    // A start tries them again, behind what waits.
    try (WebhookGateway gateway = WebhookGateway.withSpool(endpoint, spoolFolder)) {
      assertThat(gateway.publisher().setAside()).isEmpty();
      assertThat(gateway.metric("tidegate_spool_messages")).isEqualTo(2);
    }
  }

  @Test
  void aSpoolWhoseDiskIsFullTakesEventsAgainOnceItHasRoom() throws Exception {
    try (SmallDisk disk = SmallDisk.at(spoolFolder.resolve("disk"), 2)) {
      disk.assumeMounted();
      try (WebhookGateway gateway = WebhookGateway.withSpool(unused(), disk.folder())) {
        publish(gateway, "kept", "value");
        assertThat(gateway.publisher().accepts()).isTrue();

        disk.fill();
        await()
            .untilAsserted(
                () ->
                    assertThat(publishLater(gateway, "refused", "x".repeat(900)))
                        .failsWithin(Patience.LONGEST));
        assertThat(gateway.publisher().accepts()).isFalse();

        disk.makeRoom();
        await().until(() -> gateway.publisher().accepts());
        publish(gateway, "later", "value");
      }
      try (EmbeddedPubsub pubsub = EmbeddedPubsub.start(pubsubFolder, 0);
          PubsubInbox inbox = new PubsubInbox(pubsub.endpoint())) {
        inbox.create();
        try (WebhookGateway gateway = WebhookGateway.withSpool(pubsub.endpoint(), disk.folder())) {
          assertThat(inbox.notificationIds(Set.of("kept", "later"), Patience.LONGEST))
              .contains("kept", "later");
          assertThat(gateway.publisher().setAside()).isEmpty();
        }
      }
    }
  }

  @Test
  void aSecondGatewayOnTheFolderIsRefused() {
    try (WebhookGateway gateway = WebhookGateway.withSpool(unused(), spoolFolder)) {
      assertThat(gateway.port()).isPositive();
      assertThatThrownBy(() -> WebhookGateway.withSpool(unused(), spoolFolder))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(spoolFolder.toString())
          .hasMessageContaining("in use by another process");
    }
  }

  private static void assertUnavailable(HttpResponse<String> response) {
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("retry-after")).isPresent();
    assertThat(response.body()).contains("urn:tidegate:problem:unavailable");
  }

  private static void publish(WebhookGateway gateway, String id, String value) throws Exception {
    publishLater(gateway, id, value).get(Patience.LONGEST.toSeconds(), TimeUnit.SECONDS);
  }

  private static CompletableFuture<Acceptance> publishLater(
      WebhookGateway gateway, String id, String value) {
    return gateway
        .publisher()
        .publish(
            new OutgoingEvent(
                "{}".getBytes(UTF_8), Map.of("notification_id", id, "something", value)));
  }

  /** Where nobody listens. */
  private static String unused() {
    return "localhost:1";
  }
}
