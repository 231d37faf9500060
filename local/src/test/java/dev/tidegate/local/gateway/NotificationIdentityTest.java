package dev.tidegate.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.gateway.webhooks.NotificationReader;
import dev.tidegate.gateway.webhooks.NotificationReader.Notification;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.NotificationIdentity;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The gateway tells senders an event's ID that the ledger must know it by: so it reads from a body
 * exactly what the pipeline reads, of broken ones too.
 */
class NotificationIdentityTest {
  private static final int BODIES = 200_000;

  private final NotificationReader gateway =
      new NotificationReader(Optional.of("/data/id"), Optional.of("/data/attributes/event"));
  private final EventSource pipeline = EventSources.installed().named("terminal49");

  @Test
  void theGatewayReadsWhatThePipelineReads() {
    Random random = new Random(49);
    int readable = 0;
    for (int i = 0; i < BODIES; i++) {
      byte[] body = body(random);
      NotificationIdentity expected = pipeline.identify(body);
      Notification read = gateway.read(body);
      assertThat(read)
          .as("what is read of %s", new String(body, UTF_8))
          .isEqualTo(new Notification(expected.notificationId(), expected.eventType()));
      readable += expected.notificationId().isPresent() ? 1 : 0;
    }
    // Both kinds were met.
    assertThat(readable).isBetween(BODIES / 20, BODIES * 19 / 20);
  }

  /** Made of the words that count, in an order that hardly does, some of them damaged. */
  private static byte[] body(Random random) {
    StringBuilder text = new StringBuilder(random.nextInt(20) == 0 ? "[" : "{");
    members(random, text, 0);
    text.append('}');
    byte[] body = text.toString().getBytes(UTF_8);
    if (random.nextInt(4) == 0) {
      body[random.nextInt(body.length)] = (byte) random.nextInt(256);
    }
    return random.nextInt(5) == 0 ? Arrays.copyOf(body, random.nextInt(body.length)) : body;
  }

  private static void members(Random random, StringBuilder text, int depth) {
    String likely = depth == 0 ? "data" : depth == 1 ? "attributes" : "event";
    int count = random.nextInt(4) + (depth == 0 ? 1 : 0);
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : ",");
      String name =
          switch (random.nextInt(5)) {
            case 0 -> "id";
            case 1 -> "event";
            case 2 -> "other";
            default -> likely;
          };
      text.append('"').append(name).append("\":");
      if (depth < 4 && name.equals(likely) && random.nextInt(5) > 0 && !name.equals("event")) {
        text.append('{');
        members(random, text, depth + 1);
        text.append('}');
      } else {
        text.append(
            switch (random.nextInt(8)) {
              case 0 -> "7";
              case 1 -> "null";
              case 2 -> "[{\"id\":\"in a list\"}]";
              case 3 -> "{\"id\":\"deeper\"}";
              case 4 -> "\"\"";
              default -> "\"value %d\"".formatted(random.nextInt(10));
            });
      }
    }
  }
}
