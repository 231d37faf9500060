package dev.tidegate.pipeline.launch;

import java.util.List;

/** Options that cannot be used. The message has a line for each mistake, saying what to change. */
public final class InvalidOptionsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  InvalidOptionsException(List<String> mistakes) {
    super(String.join("\n", mistakes));
  }
}
