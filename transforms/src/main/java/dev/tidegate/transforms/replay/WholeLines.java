package dev.tidegate.transforms.replay;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * The lines of a file that may still be written: the last one counts once it is ended. Bytes, not
 * text, since what a line holds is not decided here.
 */
final class WholeLines implements Closeable {
  private final InputStream in;
  private final byte[] block = new byte[1 << 16];
  private int position;
  private int end;

  WholeLines(InputStream in) {
    this.in = in;
  }

  /** The next line without its end; empty after the last whole one. */
  Optional<byte[]> next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(1 << 13);
    while (true) {
      if (position == end) {
        end = in.read(block);
        position = 0;
        if (end < 0) {
          end = 0;
          return Optional.empty();
        }
      }
      int start = position;
      while (position < end && block[position] != '\n') {
        position++;
      }
      line.write(block, start, position - start);
      if (position < end) {
        position++;
        return Optional.of(line.toByteArray());
      }
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
