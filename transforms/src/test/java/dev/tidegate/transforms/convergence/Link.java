package dev.tidegate.transforms.convergence;

/** What a resource says of one of its relationships, from the simplest to the oddest. */
enum Link {
  NOT_MENTIONED,
  TO_FIRST,
  TO_SECOND,
  TO_NOTHING,
  /** To something that no notification ever includes. */
  TO_STRANGER,
  /** To a resource of a type that the relationship is not about. */
  TO_WRONG_TYPE
}
