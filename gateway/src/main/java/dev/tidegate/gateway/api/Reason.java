package dev.tidegate.gateway.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import dev.tidegate.schemas.StorableText;

/** Why a caller does something, in its own words. */
public record Reason(String text) {
  private static final int MOST = 2_000;

  /** Reads it. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static Reason of(String text) {
    if (text.isBlank() || text.length() > MOST || !StorableText.isStorable(text)) {
      throw new IllegalArgumentException(
          "It must be 1 to %d characters, without NUL and halves of surrogate pairs."
              .formatted(MOST));
    }
    return new Reason(text);
  }
}
