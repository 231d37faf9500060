package dev.tidegate.gateway.replay;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a replay takes; what is absent means any.
 *
 * @param eventIds the events as clients name them; for {@link ReplayOrigin#EVENTS} only
 * @param since the earliest time: of the failure, or of reception in the ledger
 * @param until the first time that is too late
 * @param letterStatus which dead letters; {@code OPEN} by default
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
record ReplayFilter(
    Optional<Names> tenants,
    Optional<Names> sources,
    Optional<Names> eventTypes,
    Optional<Names> notificationIds,
    Optional<ErrorClasses> errorClasses,
    Optional<Names> fingerprints,
    Optional<Names> eventIds,
    Optional<Instant> since,
    Optional<Instant> until,
    Optional<LetterStatus> letterStatus) {
  /** What became of a dead letter. */
  enum LetterStatus {
    OPEN,
    REPLAYED,
    DISCARDED
  }

  private static final int MOST = 1_000;

  /** Some names. */
  record Names(@JsonValue List<String> names) {
    /** Reads them. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Names of(List<String> names) {
      return new Names(complete(names));
    }
  }

  /** Some of the classes. */
  record ErrorClasses(@JsonValue List<ErrorClass> classes) {
    /** Reads them. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static ErrorClasses of(List<ErrorClass> classes) {
      return new ErrorClasses(complete(classes));
    }

    List<String> names() {
      return classes.stream().map(Enum::name).toList();
    }
  }

  private static <T> List<T> complete(List<T> values) {
    if (values.isEmpty() || values.size() > MOST || values.contains(null)) {
      throw new IllegalArgumentException("It must be a list of 1 to %d.".formatted(MOST));
    }
    return values;
  }

  /** Selects everything. */
  static final ReplayFilter ALL = of(Optional.empty());

  /** Selects these events. */
  static ReplayFilter ofEvents(List<String> ids) {
    return of(Optional.of(new Names(ids)));
  }

  private static ReplayFilter of(Optional<Names> eventIds) {
    return new ReplayFilter(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        eventIds,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  static List<String> namesOf(Optional<Names> some) {
    return some.map(Names::names).orElse(List.of());
  }

  /** What does not go with {@code origin}. */
  List<Problem.Error> mistakes(ReplayOrigin origin) {
    List<Problem.Error> mistakes = new ArrayList<>();
    if (origin != ReplayOrigin.DEAD_LETTERS) {
      String detail = "Leave it out, or replay from DEAD_LETTERS.";
      errorClasses.ifPresent(
          some -> mistakes.add(new Problem.Error("/filter/errorClasses", detail)));
      fingerprints.ifPresent(
          some -> mistakes.add(new Problem.Error("/filter/fingerprints", detail)));
      letterStatus.ifPresent(
          some -> mistakes.add(new Problem.Error("/filter/letterStatus", detail)));
    }
    if (eventIds.isPresent() != (origin == ReplayOrigin.EVENTS)) {
      mistakes.add(
          new Problem.Error("/filter/eventIds", "Send it to replay from EVENTS, and only then."));
    }
    return mistakes;
  }
}
