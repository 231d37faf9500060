package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.schemas.NotificationIdentity;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PubsubSinkTest {
  @Test
  void attributesSayWhatAGatewayWould() {
    PubsubMessage message = message(new byte[] {0, -1}, "id-1", "container.updated");
    assertThat(message.getData().toByteArray()).containsExactly(0, -1);
    assertThat(message.getAttributesMap())
        .containsEntry("source", "terminal49")
        .containsEntry("tenant_id", "acme")
        .containsEntry("content_type", "application/json")
        .containsEntry("notification_id", "id-1")
        .containsEntry("event_type", "container.updated")
        .hasSize(6);
    assertThat(UUID.fromString(message.getAttributesOrThrow("request_id")).version()).isEqualTo(4);
  }

  @Test
  void attributesPubsubWouldRefuseAreLeftOut() {
    PubsubMessage message = message(new byte[0], "é".repeat(513), "t".repeat(1024));
    assertThat(message.getAttributesMap())
        .doesNotContainKey("notification_id")
        .containsKey("event_type");
  }

  private static PubsubMessage message(byte[] body, String id, String type) {
    return PubsubSink.message(
        body, "terminal49", "acme", new NotificationIdentity(Optional.of(id), Optional.of(type)));
  }
}
