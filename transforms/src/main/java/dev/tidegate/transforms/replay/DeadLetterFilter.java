package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.DeadLetter.ErrorClass;
import java.io.Serializable;
import java.util.Set;

/**
 * Which dead letters are replayed. An empty set means any.
 *
 * @param status what became of them
 * @param failed when they failed
 * @param errorClasses how they failed
 * @param fingerprints which failure it was
 */
public record DeadLetterFilter(
    Status status, TimeRange failed, Set<ErrorClass> errorClasses, Set<String> fingerprints)
    implements Serializable {
  /** The status of a dead letter, as in {@code event_dead_letters}. */
  public enum Status {
    OPEN,
    REPLAYED,
    DISCARDED
  }

  public DeadLetterFilter {
    errorClasses = Set.copyOf(errorClasses);
    fingerprints = Set.copyOf(fingerprints);
  }
}
