package dev.tidegate.transforms.convergence;

/** How a notification's outer form departs from the usual one. */
enum Oddity {
  NONE,
  INCLUDED_MISSING,
  INCLUDED_NULL,
  REFERENCE_MISSING,
  REFERENCE_NULL,
  REFERENCE_TO_WRONG_TYPE,
  /** The newest documents' notifications refer to them in this way. */
  REFERENCE_CALLED_DOCUMENT,
  /** Breaks the schema, where the type has a handler. */
  REFERENCE_A_LIST,
  ID_MISSING,
  BODY_CUT_OFF
}
