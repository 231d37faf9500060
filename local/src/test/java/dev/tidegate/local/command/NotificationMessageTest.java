package dev.tidegate.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.transforms.handlers.NotificationIdentity;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class NotificationMessageTest {
  @Test
  void attributesSayWhatAGatewayWould() {
    PubsubMessage message = identified("id-1", "container.updated").of(new byte[] {0, -1});
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
    PubsubMessage message = identified("é".repeat(513), "t".repeat(1024)).of(new byte[0]);
    assertThat(message.getAttributesMap())
        .doesNotContainKey("notification_id")
        .containsKey("event_type");
  }

  private static NotificationMessage identified(String id, String type) {
    return new NotificationMessage(
        "terminal49", "acme", body -> new NotificationIdentity(Optional.of(id), Optional.of(type)));
  }
}
