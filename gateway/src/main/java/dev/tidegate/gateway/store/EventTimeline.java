package dev.tidegate.gateway.store;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** What happened to an event, in the order of time. */
public final class EventTimeline {
  private static final int MOST = 500;

  /** The ledger's time of processing, and that of the attempt that did it, are not quite one. */
  private static final Duration ONE_ATTEMPT = Duration.ofSeconds(5);

  private EventTimeline() {}

  /** What happened. */
  public enum Kind {
    RECEIVED,
    PUBLISHED,
    PROCESSED,
    UNHANDLED,
    REPEATED,
    FAILED,
    REPLAYED,
    EFFECT
  }

  /**
   * Something that happened to an event.
   *
   * @param release of Tidegate
   * @param replayId of the replay that it came with
   * @param effectId of an effect, its kind and its type
   */
  public record Entry(
      Instant at,
      Kind kind,
      Optional<String> stage,
      Optional<String> errorClass,
      Optional<String> errorMessage,
      Optional<String> fingerprint,
      Optional<String> release,
      Optional<String> replayId,
      Optional<UUID> effectId,
      Optional<String> effect) {
    private static Entry of(Instant at, Kind kind) {
      return new Entry(
          at,
          kind,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }
  }

  /** A row of {@code event_attempts}. */
  public record Attempt(
      Instant attemptedAt,
      String outcome,
      Optional<String> stage,
      Optional<String> errorClass,
      Optional<String> errorMessage,
      Optional<String> fingerprint,
      String release,
      Optional<String> replayId) {
    @JsonIgnore
    boolean hasSucceeded() {
      return outcome.equals("PROCESSED") || outcome.equals("UNHANDLED");
    }

    Entry entry() {
      Kind kind =
          switch (outcome) {
            case "DEAD_LETTER" -> Kind.FAILED;
            case "DUPLICATE" -> replayId.isPresent() ? Kind.REPLAYED : Kind.REPEATED;
            default -> replayId.isPresent() ? Kind.REPLAYED : Kind.valueOf(outcome);
          };
      return new Entry(
          attemptedAt,
          kind,
          stage,
          errorClass,
          errorMessage,
          fingerprint,
          Optional.of(release),
          replayId,
          Optional.empty(),
          Optional.empty());
    }
  }

  /** All that is known to have happened to {@code event}. */
  static List<Entry> of(
      Handle handle, LedgerEvent event, List<DeadLetter> letters, List<CausedEffect> effects) {
    SqlConditions where = event.where();
    List<Attempt> attempts =
        where
            .bindTo(
                handle.createQuery(
                    "SELECT * FROM event_attempts WHERE %s ORDER BY attempted_at DESC LIMIT %d"
                        .formatted(where.text(), MOST)))
            .mapTo(Attempt.class)
            .list();
    List<Entry> entries = new ArrayList<>();
    entries.add(Entry.of(event.receivedAt(), Kind.RECEIVED));
    entries.add(Entry.of(event.publishedAt(), Kind.PUBLISHED));
    attempts.forEach(attempt -> entries.add(attempt.entry()));
    if (event.status() != LedgerEvent.Status.DEAD_LETTER
        && attempts.stream()
            .noneMatch(
                attempt ->
                    attempt.hasSucceeded() && isOne(attempt.attemptedAt(), event.processedAt()))) {
      entries.add(Entry.of(event.processedAt(), Kind.valueOf(event.status().name())));
    }
    letters.stream()
        .filter(
            letter ->
                attempts.stream()
                    .noneMatch(
                        attempt ->
                            attempt.outcome().equals("DEAD_LETTER")
                                && isOne(attempt.attemptedAt(), letter.failedAt())))
        .forEach(letter -> entries.add(entry(letter)));
    effects.forEach(effect -> entries.add(entry(effect)));
    entries.sort(Comparator.comparing(Entry::at).thenComparing(Entry::kind));
    return entries;
  }

  private static boolean isOne(Instant one, Instant other) {
    return Duration.between(one, other).abs().compareTo(ONE_ATTEMPT) < 0;
  }

  private static Entry entry(DeadLetter letter) {
    return new Entry(
        letter.failedAt(),
        Kind.FAILED,
        Optional.of(letter.stage()),
        Optional.of(letter.errorClass()),
        Optional.of(letter.errorMessage()),
        Optional.of(letter.fingerprint()),
        Optional.of(letter.handlerVersion()),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Entry entry(CausedEffect effect) {
    return new Entry(
        effect.createdAt(),
        Kind.EFFECT,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(effect.effectId()),
        Optional.of(effect.kind() + " " + effect.type()));
  }
}
