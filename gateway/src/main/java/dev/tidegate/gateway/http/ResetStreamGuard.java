package dev.tidegate.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Ends a connection of HTTP/2 whose client makes the server reset stream after stream: by frames
 * that are errors of a stream, such as a window update of zero. A stream that is reset no longer
 * counts against the limit of streams, while the request that it brought is still worked for
 * (CVE-2025-8671, "MadeYouReset"). The HTTP server bounds only the resets that a client sends.
 *
 * <p>A stream that the server resets for reasons of its own does not count: it does so after each
 * request that it answers before it has come whole. Nor does a stream count twice: what its client
 * had sent by then still arrives, and each frame of it is one more error.
 */
final class ResetStreamGuard extends ChannelOutboundHandlerAdapter {
  /** Resets within a window; no client that works has any. */
  static final int MOST_RESETS = 200;

  private static final long WINDOW_NANOS = Duration.ofSeconds(30).toNanos();

  private static final int TYPE_OFFSET = 3;
  private static final int STREAM_OFFSET = 5;
  private static final int PAYLOAD_OFFSET = 9;
  private static final int RST_STREAM = 0x3;
  private static final int RST_STREAM_LENGTH = 4;
  private static final int GOAWAY = 0x7;
  private static final int GOAWAY_LENGTH = 8;
  private static final int PROTOCOL_ERROR = 0x1;
  private static final int FLOW_CONTROL_ERROR = 0x3;
  private static final int STREAM_CLOSED = 0x5;
  private static final int FRAME_SIZE_ERROR = 0x6;
  private static final int ENHANCE_YOUR_CALM = 0xb;

  /** More streams than a client may have open at once; what it sent to older ones has arrived. */
  private static final int MOST_REMEMBERED = 1_000;

  private final Set<Integer> lastReset = new LinkedHashSet<>();
  private int resets;
  private long windowBegan;

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    boolean isTooMany =
        message instanceof ByteBuf frame
            && isReset(frame)
            && remember(streamOf(frame))
            && isForAnError(frame)
            && isOneTooMany();
    int stream = isTooMany ? streamOf((ByteBuf) message) : 0;
    super.write(context, message, promise);
    if (isTooMany) {
      ByteBuf goAway = context.alloc().buffer(PAYLOAD_OFFSET + GOAWAY_LENGTH);
      goAway.writeMedium(GOAWAY_LENGTH).writeByte(GOAWAY).writeByte(0).writeInt(0);
      goAway.writeInt(stream).writeInt(ENHANCE_YOUR_CALM);
      context.writeAndFlush(goAway).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private boolean isOneTooMany() {
    long now = System.nanoTime();
    if (resets == 0 || now - windowBegan > WINDOW_NANOS) {
      windowBegan = now;
      resets = 0;
    }
    return ++resets > MOST_RESETS;
  }

  /** Whether {@code stream} was not reset before. */
  private boolean remember(int stream) {
    boolean isNew = lastReset.add(stream);
    if (lastReset.size() > MOST_REMEMBERED) {
      lastReset.remove(lastReset.iterator().next());
    }
    return isNew;
  }

  /** The server writes such a frame in a buffer of its own. */
  private static boolean isReset(ByteBuf frame) {
    int start = frame.readerIndex();
    return frame.readableBytes() == PAYLOAD_OFFSET + RST_STREAM_LENGTH
        && frame.getMedium(start) == RST_STREAM_LENGTH
        && frame.getByte(start + TYPE_OFFSET) == RST_STREAM;
  }

  private static boolean isForAnError(ByteBuf reset) {
    return switch (reset.getInt(reset.readerIndex() + PAYLOAD_OFFSET)) {
      case PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR -> true;
      default -> false;
    };
  }

  private static int streamOf(ByteBuf frame) {
    return frame.getInt(frame.readerIndex() + STREAM_OFFSET);
  }
}
