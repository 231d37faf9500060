package dev.tidegate.transforms.handlers.declared;

import java.util.List;

/** Files of declared sources have mistakes: all of them, a line each. */
public final class SourceException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  SourceException(List<String> mistakes) {
    super(String.join("\n", mistakes));
  }
}
