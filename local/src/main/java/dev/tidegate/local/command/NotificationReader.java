package dev.tidegate.local.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;

/**
 * Cuts input into notifications, byte for byte: nothing is parsed, reformatted or repaired, since
 * what is sent must be what a sender would have sent. It holds one notification in memory.
 */
final class NotificationReader {
  private static final JsonFactory JSON = new JsonFactory();

  /** Takes the notifications. */
  interface Receiver {
    void take(byte[] body) throws IOException;

    /** Told instead where a body is larger than the limit; {@code where} says which. */
    void tooLarge(String where) throws IOException;
  }

  private final int largestBody;
  private final Receiver receiver;

  NotificationReader(int largestBody, Receiver receiver) {
    this.largestBody = largestBody;
    this.receiver = receiver;
  }

  /** All of {@code input} is one notification, were it malformed or empty. */
  void readWhole(InputStream input, String name) throws IOException {
    byte[] body = input.readNBytes(largestBody + 1);
    if (body.length > largestBody) {
      receiver.tooLarge(name);
    } else {
      receiver.take(body);
    }
  }

  /** Every line that is not blank is a notification, without its line end. */
  void readLines(InputStream input, String name) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    byte[] chunk = new byte[1 << 16];
    long number = 1;
    boolean tooLarge = false;
    for (int read = input.read(chunk); read >= 0; read = input.read(chunk)) {
      int start = 0;
      while (start < read) {
        int end = start;
        while (end < read && chunk[end] != '\n') {
          end++;
        }
        // One byte more than the limit, for the carriage return that is not part of the body.
        tooLarge |= line.size() + (end - start) > largestBody + 1;
        if (!tooLarge) {
          line.write(chunk, start, end - start);
        }
        if (end < read) {
          finish(line, tooLarge, name, number++);
          tooLarge = false;
        }
        start = end + 1;
      }
    }
    finish(line, tooLarge, name, number);
  }

  private void finish(ByteArrayOutputStream line, boolean tooLarge, String name, long number)
      throws IOException {
    byte[] body = withoutCarriageReturn(line.toByteArray());
    line.reset();
    if (tooLarge || body.length > largestBody) {
      receiver.tooLarge("line " + number + " of " + name);
    } else if (!isBlank(body)) {
      receiver.take(body);
    }
  }

  /** A single JSON value is one notification; anything else has one a line. */
  void readValueOrLines(InputStream input, String name) throws IOException {
    byte[] head = input.readNBytes(largestBody + 1);
    if (head.length <= largestBody && isSingleValue(head)) {
      receiver.take(head);
    } else {
      readLines(new SequenceInputStream(new ByteArrayInputStream(head), input), name);
    }
  }

  private static boolean isSingleValue(byte[] bytes) {
    try (JsonParser parser = JSON.createParser(bytes)) {
      if (parser.nextToken() == null) {
        return false;
      }
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (IOException notJson) {
      return false;
    }
  }

  private static byte[] withoutCarriageReturn(byte[] line) {
    boolean windows = line.length > 0 && line[line.length - 1] == '\r';
    return windows ? java.util.Arrays.copyOf(line, line.length - 1) : line;
  }

  private static boolean isBlank(byte[] line) {
    for (byte character : line) {
      if (character != ' ' && character != '\t' && character != '\r') {
        return false;
      }
    }
    return true;
  }
}
