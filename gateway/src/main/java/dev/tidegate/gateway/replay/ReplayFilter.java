package dev.tidegate.gateway.replay;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * What a replay takes; what is absent means any.
 *
 * @param tenants whose events, of those that the requester may replay
 * @param eventIds the events as clients name them; for {@code EVENTS} only
 * @param since the earliest time: of the failure, or of reception in the ledger
 * @param until the first time that is too late
 * @param letterStatus which dead letters; {@code OPEN} by default
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ReplayFilter(
    List<String> tenants,
    List<String> sources,
    List<String> eventTypes,
    List<String> notificationIds,
    List<ErrorClass> errorClasses,
    List<String> fingerprints,
    List<String> eventIds,
    Optional<Instant> since,
    Optional<Instant> until,
    Optional<LetterStatus> letterStatus) {
  /** What became of a dead letter. */
  public enum LetterStatus {
    OPEN,
    REPLAYED,
    DISCARDED
  }

  private static final int MOST = 1_000;

  /** Makes an absent list an empty one. */
  public ReplayFilter {
    tenants = anyOr(tenants);
    sources = anyOr(sources);
    eventTypes = anyOr(eventTypes);
    notificationIds = anyOr(notificationIds);
    errorClasses = anyOr(errorClasses);
    fingerprints = anyOr(fingerprints);
    eventIds = anyOr(eventIds);
  }

  private static <T> List<T> anyOr(@Nullable List<T> some) {
    if (some != null && some.size() > MOST) {
      throw new IllegalArgumentException("A list may have at most %d values.".formatted(MOST));
    }
    return some == null ? List.of() : Collections.unmodifiableList(some);
  }

  /** Selects these events; without any, everything. */
  static ReplayFilter ofEvents(List<String> ids) {
    return new ReplayFilter(
        null,
        null,
        null,
        null,
        null,
        null,
        ids,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The mistakes: filters that {@code origin} does not have. */
  List<Problem.Error> mistakes(ReplayOrigin origin) {
    List<Problem.Error> mistakes = new ArrayList<>();
    if (origin != ReplayOrigin.DEAD_LETTERS) {
      String detail = "Leave it out, or replay from DEAD_LETTERS.";
      if (!errorClasses.isEmpty()) {
        mistakes.add(new Problem.Error("/filter/errorClasses", detail));
      }
      if (!fingerprints.isEmpty()) {
        mistakes.add(new Problem.Error("/filter/fingerprints", detail));
      }
      if (letterStatus.isPresent()) {
        mistakes.add(new Problem.Error("/filter/letterStatus", detail));
      }
    }
    if (eventIds.isEmpty() == (origin == ReplayOrigin.EVENTS)) {
      mistakes.add(new Problem.Error("/filter/eventIds", "Send it only with EVENTS."));
    }
    return mistakes;
  }
}
