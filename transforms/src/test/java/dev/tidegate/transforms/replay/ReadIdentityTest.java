package dev.tidegate.transforms.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.RawEvent;
import org.junit.jupiter.api.Test;

/** A source that has learned to read an ID gives it to what is replayed. */
class ReadIdentityTest {
  @Test
  void anIdThatIsReadableNowIsRead() {
    RawEvent event =
        ReplayEvents.unreadable("m1").toBuilder()
            .body(
                "{\"data\":{\"id\":\"now\",\"attributes\":{\"event\":\"container.updated\"}}}"
                    .getBytes(UTF_8))
            .build();

    RawEvent read = ReadIdentity.of(event);

    assertThat(read.identity()).isEqualTo("now");
    assertThat(read.eventType()).contains("container.updated");
  }

  @Test
  void whatCannotBeReadStillKeepsItsFirstMessagesId() {
    assertThat(ReadIdentity.of(ReplayEvents.unreadable("m1")).identity())
        .isEqualTo("pubsub-message:m1");
  }

  @Test
  void anIdThatIsThereStays() {
    assertThat(ReadIdentity.of(ReplayEvents.event("n1")).identity()).isEqualTo("n1");
  }
}
