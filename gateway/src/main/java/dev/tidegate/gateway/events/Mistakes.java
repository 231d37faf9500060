package dev.tidegate.gateway.events;

import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** What is wrong with one event: all of it, up to {@link #MOST}. */
final class Mistakes {
  /** An answer is no larger than what a person reads. */
  static final int MOST = 20;

  private final List<Problem.Error> found = new ArrayList<>();
  private final UnaryOperator<String> places;

  /**
   * @param places from an attribute's or member's name to where it stands; of "", the event's place
   */
  Mistakes(UnaryOperator<String> places) {
    this.places = places;
  }

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

  /** Remembers a mistake of the member {@code name} unless it keeps to {@code rule}. */
  void require(String name, boolean isKept, String rule) {
    if (!isKept) {
      add(placeOf(name), "must " + rule);
    }
  }

  /** Where the member {@code name} stands. */
  String placeOf(String name) {
    return places.apply(name);
  }

  List<Problem.Error> found() {
    return List.copyOf(found);
  }

  /** What has become of the event: it is in order, or its sender is told of the mistakes. */
  Outcome outcome(SentEvent event) {
    return found.isEmpty() ? new Outcome.InOrder(event) : refused();
  }

  Outcome refused() {
    return new Outcome.Refused(
        Problem.of(ProblemType.INVALID_EVENT, "Mend what the pointers name, and send it again.")
            .withErrors(found));
  }
}
