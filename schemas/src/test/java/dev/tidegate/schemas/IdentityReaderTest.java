package dev.tidegate.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class IdentityReaderTest {
  private final IdentityReader reader = new IdentityReader("/data/id", "/data/attributes/event");

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
    IdentityReader other = new IdentityReader("/events/1/~1id", "/type");
    assertThat(
            other.read(
                "{\"events\":[{\"/id\":\"a\"},{\"/id\":\"b\"}],\"type\":\"t\"}".getBytes(UTF_8)))
        .isEqualTo(notification("b", "t"));
    assertThat(new IdentityReader("", "").read(new byte[0])).isEqualTo(notification(null, null));
  }

  @Test
  void pointersThatAreNoneAreRefused() {
    assertThatThrownBy(() -> new IdentityReader("id", ""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void idAndTypeMayBeOneValue() {
    assertThat(new IdentityReader("/id", "/id").read("{\"id\":\"n1\"}".getBytes(UTF_8)))
        .isEqualTo(notification("n1", "n1"));
  }

  @Test
  void ofNamesThatRepeatTheLastCounts() {
    assertThat(
            read(
                "{\"data\":{\"id\":\"n1\",\"attributes\":{\"event\":\"moved\"}},"
                    + "\"data\":{\"id\":\"n2\"},\"id\":\"n3\"}"))
        .isEqualTo(notification("n2", null));
    assertThat(read("{\"data\":{\"id\":\"n1\"},\"data\":[1]}")).isEqualTo(notification(null, null));
    assertThat(read("{\"data\":{\"id\":\"n1\",\"id\":\"cut of"))
        .isEqualTo(notification(null, null));
  }

  private NotificationIdentity read(String body) {
    return reader.read(body.getBytes(UTF_8));
  }

  private static NotificationIdentity notification(String id, String type) {
    return new NotificationIdentity(Optional.ofNullable(id), Optional.ofNullable(type));
  }
}
