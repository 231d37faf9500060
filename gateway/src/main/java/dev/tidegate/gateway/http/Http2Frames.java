package dev.tidegate.gateway.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Follows the frames (RFC 9113, 4.1) in what comes over a connection, and tells whether one has
 * begun and not ended. A block of headers counts as one frame, over however many it goes.
 */
final class Http2Frames {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final int HEADER_LENGTH = 9;
  private static final int TYPE_OFFSET = 3;
  private static final int FLAGS_OFFSET = 4;
  private static final int HEADERS = 0x1;
  private static final int CONTINUATION = 0x9;
  private static final int END_HEADERS = 0x4;

  private int prefaceRead;
  private boolean isOtherwise;
  private final byte[] header = new byte[HEADER_LENGTH];
  private int headerRead;
  private int payloadLeft;
  private boolean isWithinHeaders;

  /**
   * Follows what has come, and leaves it unread.
   *
   * @return whether a frame, or the preface, has ended within it
   */
  boolean follow(ByteBuf bytes) {
    boolean ended = false;
    int index = bytes.readerIndex();
    while (index < bytes.writerIndex() && !isOtherwise) {
      if (prefaceRead < PREFACE.length) {
        isOtherwise = bytes.getByte(index++) != PREFACE[prefaceRead++];
        ended |= prefaceRead == PREFACE.length;
      } else if (headerRead < HEADER_LENGTH) {
        header[headerRead++] = bytes.getByte(index++);
        if (headerRead == HEADER_LENGTH) {
          payloadLeft = (header[0] & 0xFF) << 16 | (header[1] & 0xFF) << 8 | header[2] & 0xFF;
          ended |= endIfComplete();
        }
      } else {
        int length = Math.min(payloadLeft, bytes.writerIndex() - index);
        index += length;
        payloadLeft -= length;
        ended |= endIfComplete();
      }
    }
    return ended;
  }

  /** Whether this is a connection of HTTP/2, as far as can be told by its first bytes. */
  boolean isHttp2() {
    return !isOtherwise && prefaceRead == PREFACE.length;
  }

  /** Whether this is a connection of something else. */
  boolean isOtherwise() {
    return isOtherwise;
  }

  /** Whether a frame, a block of headers or the preface has begun, and not ended. */
  boolean isWithinOne() {
    return isWithinHeaders
        || headerRead > 0
        || (prefaceRead > 0 && prefaceRead < PREFACE.length && !isOtherwise);
  }

  private boolean endIfComplete() {
    if (payloadLeft > 0) {
      return false;
    }
    headerRead = 0;
    int type = header[TYPE_OFFSET];
    if (type == HEADERS || type == CONTINUATION) {
      isWithinHeaders = (header[FLAGS_OFFSET] & END_HEADERS) == 0;
    }
    return !isWithinHeaders;
  }
}
