package dev.tidegate.transforms.handlers.declared;

/**
 * A reason why a newer source or schema does not take all that an older one took.
 *
 * @param place a JSON pointer to it: in the source's file, or in the values of a schema, where
 *     {@code *} is any item or member
 * @param rule what changed
 */
public record Incompatibility(Kind kind, String place, String rule) {
  /** How sure it is. */
  public enum Kind {
    /** There are events that are no longer taken, or rows that are no longer written. */
    BREAKING,
    /** It may be compatible: look at it. */
    CANNOT_TELL
  }
}
