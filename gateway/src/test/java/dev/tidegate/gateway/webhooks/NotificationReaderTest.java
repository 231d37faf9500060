package dev.tidegate.gateway.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.gateway.webhooks.NotificationReader.Notification;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NotificationReaderTest {
  private final NotificationReader reader =
      new NotificationReader(Optional.of("/data/id"), Optional.of("/data/attributes/event"));

  @Test
  void readsBothWhereverTheyStand() {
    assertThat(read("{\"data\":{\"id\":\"n1\",\"attributes\":{\"event\":\"moved\"}}}"))
        .isEqualTo(notification("n1", "moved"));
    assertThat(
            read(
                "{\"links\":{\"id\":\"x\"},\"data\":{\"attributes\":{\"a\":[{}],\"event\":\"moved\"},"
                    + "\"id\":\"n1\"}}"))
        .isEqualTo(notification("n1", "moved"));
  }

  @Test
  void readsAsFarAsABodyCanBeRead() {
    assertThat(read("{\"data\":{\"id\":\"n1\",\"attributes\":{\"eve"))
        .isEqualTo(notification("n1", null));
    assertThat(read("{\"data\":{\"attributes\":{\"event\":\"moved\"},\"id\":7}}"))
        .isEqualTo(notification(null, "moved"));
    assertThat(read("not JSON")).isEqualTo(notification(null, null));
    assertThat(read("")).isEqualTo(notification(null, null));
    assertThat(read("[{\"data\":{\"id\":\"n1\"}}]")).isEqualTo(notification(null, null));
    assertThat(read("{\"data\":" + "[".repeat(1_000))).isEqualTo(notification(null, null));
  }

  @Test
  void takesNamesOnly() {
    assertThat(read("{\"data\":{\"id\":\"\",\"attributes\":{\"event\":\"a\\u0000b\"}}}"))
        .isEqualTo(notification(null, null));
    assertThat(read("{\"data\":{\"id\":\"" + "x".repeat(201) + "\"}}"))
        .isEqualTo(notification(null, null));
  }

  @Test
  void pointersMayGoThroughArraysAndEscapes() {
    NotificationReader other =
        new NotificationReader(Optional.of("/events/1/~1id"), Optional.of("/type"));
    assertThat(
            other.read(
                "{\"events\":[{\"/id\":\"a\"},{\"/id\":\"b\"}],\"type\":\"t\"}".getBytes(UTF_8)))
        .isEqualTo(notification("b", "t"));
    assertThat(new NotificationReader(Optional.empty(), Optional.empty()).read(new byte[0]))
        .isEqualTo(notification(null, null));
  }

  @Test
  void pointersThatAreNoneAreRefused() {
    assertThatThrownBy(() -> new NotificationReader(Optional.of("id"), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new NotificationReader(Optional.of(""), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new NotificationReader(Optional.of("/id"), Optional.of("/id")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private Notification read(String body) {
    return reader.read(body.getBytes(UTF_8));
  }

  private static Notification notification(String id, String type) {
    return new Notification(Optional.ofNullable(id), Optional.ofNullable(type));
  }
}
