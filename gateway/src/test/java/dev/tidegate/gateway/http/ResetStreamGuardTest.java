package dev.tidegate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class ResetStreamGuardTest {
  private static final int NO_ERROR = 0x0;
  private static final int STREAM_CLOSED = 0x5;

  private final EmbeddedChannel channel = new EmbeddedChannel(new ResetStreamGuard());

  @Test
  void whatIsUnderWayToStreamsThatWereResetDoesNotEndTheConnection() {
    for (int stream = 1; stream < 80; stream += 2) {
      reset(stream, NO_ERROR);
      for (int frames = 0; frames < 15; frames++) {
        reset(stream, STREAM_CLOSED);
      }
    }
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void aStreamThatIsMadeToBeResetCountsOnce() {
    for (int i = 0; i < ResetStreamGuard.MOST_RESETS; i++) {
      reset(1 + 2 * i, STREAM_CLOSED);
      reset(1 + 2 * i, STREAM_CLOSED);
    }
    assertThat(channel.isOpen()).isTrue();
    reset(3_001, STREAM_CLOSED);
    assertThat(channel.isOpen()).isFalse();
  }

  private void reset(int stream, int code) {
    channel.writeOutbound(
        Unpooled.buffer()
            .writeMedium(4)
            .writeByte(0x3)
            .writeByte(0)
            .writeInt(stream)
            .writeInt(code));
  }
}
