package dev.tidegate.transforms.postgresql;

/** What became of an event that was committed. */
public enum Outcome {
  /** Something it says stands in the tables; or its handler had nothing to say. */
  APPLIED,
  /** The tables knew something newer of everything it says. */
  STALE,
  /** The ledger had this very event, with this body, before. */
  DUPLICATE,
  /** Nobody handles its type. */
  UNHANDLED
}
