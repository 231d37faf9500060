package dev.tidegate.gateway.events;

import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import java.util.ArrayList;
import java.util.List;

/** What is wrong with one event: all of it, up to {@link #MOST}. */
final class Mistakes {
  /** An answer is no larger than what a person reads. */
  static final int MOST = 20;

  private final List<Problem.Error> found = new ArrayList<>();

  /**
   * Remembers a mistake.
   *
   * @param pointer a JSON pointer into the body, or a header's name
   * @param detail what it must be
   */
  void add(String pointer, String detail) {
    if (found.size() < MOST) {
      found.add(new Problem.Error(pointer, detail));
    }
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  List<Problem.Error> found() {
    return List.copyOf(found);
  }

  /** What the sender of the event is told. */
  Problem toProblem() {
    return Problem.of(ProblemType.INVALID_EVENT, "Mend what the pointers name, and send it again.")
        .withErrors(found);
  }
}
