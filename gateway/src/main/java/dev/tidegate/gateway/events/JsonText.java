package dev.tidegate.gateway.events;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * A body as text, and the very bytes that a part of it stood in. It is decoded strictly, so text
 * and bytes are the same thing; Jackson would take UTF-16 too, and UTF-8 that is none.
 */
final class JsonText {
  /** Deeper nesting is not read to its end: each level costs memory. */
  private static final int DEEPEST_READ = 10_000;

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          // Shared tables of names would grow with what clients send, and fail on chosen ones.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST_READ)
                  // The body's size bounds these; what is too long has a pointer of its own.
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final CharBuffer text;

  private JsonText(CharBuffer text) {
    this.text = text;
  }

  /**
   * The text that {@code body} is; a byte order mark before it is skipped.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code INVALID_REQUEST} where it is not
   *     UTF-8
   */
  static JsonText of(byte[] body) {
    int start = startsWithMark(body) ? BYTE_ORDER_MARK.length : 0;
    try {
      return new JsonText(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(body, start, body.length - start)));
    } catch (CharacterCodingException notUtf8) {
      throw Problem.of(ProblemType.INVALID_REQUEST, "Send JSON in UTF-8.").asException();
    }
  }

  /** A parser whose places count characters of this text. */
  JsonParser parser() {
    try {
      return FACTORY.createParser(text.array(), text.arrayOffset(), text.length());
    } catch (IOException impossible) {
      throw new UncheckedIOException("an array can always be read", impossible);
    }
  }

  /** The bytes from one place to another. */
  byte[] slice(int start, int end) {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.subSequence(start, end));
    byte[] slice = new byte[bytes.remaining()];
    bytes.get(slice);
    return slice;
  }

  /** Whether there are more than so many bytes from one place to another. */
  boolean isLonger(int start, int end, int bytes) {
    // A character has at most three bytes; half a pair has two of four.
    return (end - start) * 3L > bytes && slice(start, end).length > bytes;
  }

  private static boolean startsWithMark(byte[] body) {
    for (int i = 0; i < BYTE_ORDER_MARK.length; i++) {
      if (body.length <= i || body[i] != BYTE_ORDER_MARK[i]) {
        return false;
      }
    }
    return true;
  }
}
