package dev.tidegate.schemas;

import java.io.IOException;
import java.io.InputStream;
import org.apache.beam.sdk.coders.CoderException;

/** The byte that stands before every encoded value and names the format of what follows. */
final class CoderFormat {
  private CoderFormat() {}

  /**
   * @throws CoderException where the value has another format: a newer Tidegate wrote it, or
   *     another coder did
   */
  static void expect(int format, InputStream in, Class<?> type) throws IOException {
    expect(format, in.read(), type);
  }

  static void expect(int format, int found, Class<?> type) throws CoderException {
    if (found != format) {
      throw new CoderException(
          "cannot read a %s of format %d, only of format %d"
              .formatted(type.getSimpleName(), found, format));
    }
  }

  /**
   * The constant of {@code type} that was written by its name.
   *
   * @throws CoderException where there is no such constant, because a newer Tidegate wrote it
   */
  static <E extends Enum<E>> E constant(Class<E> type, String name) throws CoderException {
    try {
      return Enum.valueOf(type, name);
    } catch (IllegalArgumentException newer) {
      throw new CoderException("no %s %s".formatted(type.getSimpleName(), name), newer);
    }
  }
}
