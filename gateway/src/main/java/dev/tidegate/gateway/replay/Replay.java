package dev.tidegate.gateway.replay;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.tidegate.gateway.api.RequestRecords;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.store.RawJson;
import dev.tidegate.schemas.EffectMode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * A replay, as the API answers it. Status, origin, filter and effects are as they are stored: a row
 * of another version can be shown and refused, and disturbs no other.
 *
 * @param tenant whose events are replayed; empty for several tenants
 * @param tenantScope the tenants that the requester may replay; null for all
 * @param runner who works it off: {@code GATEWAY}, or the {@code COMMAND} that asked for it
 * @param action what is done with each event
 * @param cause why, in the words of the operator
 * @param effects which effects its events may cause
 * @param selected how many events the filter selected at the start
 * @param refused how many events Pub/Sub would never take
 * @param positionKey the key of the last row that is done; null at the start
 * @param attempts how many turns in a row made no progress
 * @param reason why it waits, or why it failed
 * @param nextAttemptAt when it is tried again, where it waits for a reason
 * @param leaseToken what the run that has its turn must show with each write
 * @param failedAgain how many attempts at its events have failed; of a single replay
 */
record Replay(
    UUID replayId,
    Optional<String> tenant,
    @JsonIgnore @Nullable List<String> tenantScope,
    String status,
    String from,
    String runner,
    RawJson filter,
    String action,
    Optional<String> cause,
    String effects,
    double eventsPerSecond,
    long selected,
    long published,
    long refused,
    @JsonIgnore @Nullable List<String> positionKey,
    int attempts,
    Optional<String> reason,
    Optional<Instant> nextAttemptAt,
    @JsonIgnore @Nullable UUID leaseToken,
    Optional<String> requestedBy,
    Instant createdAt,
    Instant updatedAt,
    Optional<Instant> finishedAt,
    Optional<Long> failedAgain) {
  /** Events a second. */
  static final double LEAST_RATE = 0.1;

  /** Events a second. */
  static final double MOST_RATE = 1_000;

  /** The states of a replay. */
  enum Status {
    RUNNING,
    PAUSED,
    CANCELLED,
    COMPLETED,
    FAILED
  }

  /** The same, with how many attempts have failed. */
  Replay withFailedAgain(long attempts) {
    return new Replay(
        replayId,
        tenant,
        tenantScope,
        status,
        from,
        runner,
        filter,
        action,
        cause,
        effects,
        eventsPerSecond,
        selected,
        published,
        refused,
        positionKey,
        this.attempts,
        reason,
        nextAttemptAt,
        leaseToken,
        requestedBy,
        createdAt,
        updatedAt,
        finishedAt,
        Optional.of(attempts));
  }

  /**
   * What is done with each event.
   *
   * @throws IllegalArgumentException where this version does not know it
   */
  ReplayAction replayAction() {
    try {
      return ReplayAction.valueOf(action);
    } catch (IllegalArgumentException unknown) {
      throw new IllegalArgumentException("its action is unknown", unknown);
    }
  }

  /** Whether a command runs it, and no gateway. */
  @JsonIgnore
  boolean isOfCommand() {
    return !runner.equals("GATEWAY");
  }

  boolean is(Status one) {
    return status.equals(one.name());
  }

  /**
   * Which effects its events may cause.
   *
   * @throws IllegalArgumentException where this version does not know it
   */
  EffectMode effectMode() {
    try {
      return EffectMode.valueOf(effects);
    } catch (IllegalArgumentException unknown) {
      throw new IllegalArgumentException("its mode of effects is unknown", unknown);
    }
  }

  /**
   * The events that it takes, by the rules of today.
   *
   * @throws IllegalArgumentException where this version does not understand the row: it then takes
   *     nothing, never everything
   */
  ReplaySelection selection() {
    if (!is(Status.RUNNING)) {
      throw new IllegalArgumentException("its status is unknown");
    }
    if (!(eventsPerSecond >= LEAST_RATE && eventsPerSecond <= MOST_RATE)) {
      throw new IllegalArgumentException("its rate is not valid");
    }
    ReplayOrigin origin;
    try {
      origin = ReplayOrigin.valueOf(from);
    } catch (IllegalArgumentException unknown) {
      throw new IllegalArgumentException("its origin is unknown", unknown);
    }
    List<Problem.Error> mistakes;
    try {
      ReplayFilter stored =
          RequestRecords.ofJson(filter.text().getBytes(StandardCharsets.UTF_8), ReplayFilter.class);
      mistakes = stored.mistakes(origin);
      if (mistakes.isEmpty()) {
        return new ReplaySelection(origin, stored, Optional.ofNullable(tenantScope), createdAt);
      }
    } catch (ProblemException invalid) {
      mistakes = invalid.problem().errors();
    }
    throw new IllegalArgumentException("its filter is not valid: " + mistakes);
  }
}
