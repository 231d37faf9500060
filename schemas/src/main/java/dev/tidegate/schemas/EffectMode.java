package dev.tidegate.schemas;

import java.util.Locale;
import java.util.Optional;

/** Which effects an event may cause. A replay says it; every other event causes what is missing. */
public enum EffectMode {
  /**
   * No effect is caused. Those that the event has are remembered as suppressed, so that nothing
   * causes them later: tables are rebuilt without anybody being told.
   */
  NONE,
  /** Effects that no event has caused before. */
  MISSING,
  /** All effects, once more and under the same IDs, whatever became of them before. */
  ALL;

  /** Its name in the attribute and the option. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The mode of {@code event}; the usual one where its attribute names none. */
  public static EffectMode of(RawEvent event) {
    return event.attribute(EventAttributes.EFFECTS).flatMap(EffectMode::labelled).orElse(MISSING);
  }

  /** The mode that is called {@code label}; empty for any other word. */
  public static Optional<EffectMode> labelled(String label) {
    for (EffectMode mode : values()) {
      if (mode.label().equals(label)) {
        return Optional.of(mode);
      }
    }
    return Optional.empty();
  }
}
