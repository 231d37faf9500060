package dev.tidegate.transforms.convergence;

/** What a resource says of a group of its attributes, from the simplest to the oddest. */
enum Said {
  NOTHING,
  FIRST_VALUES,
  SECOND_VALUES,
  THIRD_VALUES,
  NULLS,
  /** Of the first attribute of the group only. */
  PARTS,
  /** A value that no column takes: where the type has a handler, the notification is rejected. */
  NONSENSE
}
