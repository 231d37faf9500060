package dev.tidegate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesAndIdsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "projects/local-dev/topics/events",
        "projects/p1/topics/a.b_c~d+e%f-0",
        "projects/example.com:old/topics/abc",
      })
  void acceptsTopicNames(String name) {
    assertThat(ResourceName.topic(name)).hasToString(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "events",
        "projects/local-dev/topics/",
        "projects/local-dev/topics/ab",
        "projects/local-dev/topics/1abc",
        "projects/local-dev/topics/google-events",
        "projects/local-dev/topics/a/b/c",
        "projects/local-dev/topics/spa ce",
        "projects//topics/events",
        "projects/local-dev/subscriptions/events",
      })
  void refusesOtherNames(String name) {
    assertThatThrownBy(() -> ResourceName.topic(name)).hasMessageContaining("INVALID_ARGUMENT");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-", "1", "1-", "-1", "1-0", "0-1", "x-1", "1-x", "1-1-1"})
  void refusesOtherAckIds(String ackId) {
    assertThatThrownBy(() -> AckId.parse(ackId)).hasMessageContaining("INVALID_ARGUMENT");
  }

  @Test
  void readsItsOwnAckIds() {
    AckId ackId = new AckId(1_700_000_000_123_456L, 3);
    assertThat(AckId.parse(ackId.toString())).isEqualTo(ackId);
  }

  @Test
  void messageIdsRiseEvenIfTheClockDoesNot() {
    Instant now = Instant.parse("2026-01-02T03:04:05.123456Z");
    MessageIds ids = new MessageIds(InstantSource.fixed(now), 0);
    long first = ids.next();
    assertThat(MessageIds.publishTime(first)).isEqualTo(now);
    assertThat(ids.next()).isEqualTo(first + 1);
    assertThat(new MessageIds(InstantSource.fixed(now), first + 1000).next())
        .isEqualTo(first + 1001);
  }

  @Test
  void listsNamesInPages() {
    List<String> names = List.of("x/c", "x/a", "y/a", "x/b");
    NamePage first = NamePage.of(names, "x/", 2, "");
    assertThat(first.names()).containsExactly("x/a", "x/b");
    NamePage second = NamePage.of(names, "x/", 2, first.nextToken());
    assertThat(second).isEqualTo(new NamePage(List.of("x/c"), ""));
  }
}
